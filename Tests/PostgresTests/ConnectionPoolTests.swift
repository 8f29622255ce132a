import DatabaseFixture
import Postgres
import Testing

@Suite("A reserve of connections", .timeLimit(.minutes(2)))
struct ConnectionPoolTests {
    private let name = uniqueName()

    private func pool(_ server: TestServer) throws -> ConnectionPool {
        ConnectionPool(try server.target(), timeout: .seconds(30), applicationName: name)
    }

    private func processID(_ pool: ConnectionPool) async throws(PostgresError) -> Int32 {
        try await pool.use { (connection) async throws(PostgresError) in
            try await connection.query("SELECT pg_backend_pid()").one()[0, as: Int32.self]
        }
    }

    private func sessions(on server: TestServer) async throws -> Int64 {
        var watcher = try await open(server.target())
        return try await watcher.query(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = \(name) AND state = 'idle'"
        ).one()[0, as: Int64.self]
    }

    @Test("one use after the other goes over one session, two at once over two", arguments: TestServer.all)
    func sharing(server: TestServer) async throws {
        let pool = try pool(server)
        let first = try await processID(pool)
        #expect(try await processID(pool) == first)
        let other = try await pool.use { (_) async throws(PostgresError) in try await processID(pool) }
        #expect(other != first)
        #expect(try await sessions(on: server) == 2)
    }

    @Test("what is opened ahead is there before it is asked for, and not more than once", arguments: TestServer.all)
    func ahead(server: TestServer) async throws {
        let pool = try pool(server)
        pool.openAhead(2)
        pool.openAhead(2)
        try await wait(until: "two sessions are there") { try await sessions(on: server) == 2 }
        let first = try await pool.checkOut()
        let second = try await pool.checkOut()
        #expect(try await sessions(on: server) == 2)
        pool.giveBack(first)
        pool.giveBack(second)
        pool.openAhead(2)
        _ = try await processID(pool)
        #expect(try await sessions(on: server) == 2)
    }

    @Test("what was opened ahead and failed is told to whoever needs it", arguments: TestServer.all)
    func aheadInVain(server: TestServer) async throws {
        let target = try server.target().replacing(password: "zebra")
        let pool = ConnectionPool(target, timeout: .seconds(30), applicationName: name)
        pool.openAhead()
        let failure = try await error { () async throws(PostgresError) in _ = try await processID(pool) }
        #expect(failure.sqlState == .invalidPassword)
    }

    @Test("a session that the server has ended meanwhile is replaced unnoticed", arguments: TestServer.all)
    func ended(server: TestServer) async throws {
        let pool = try pool(server)
        let first = try await processID(pool)
        var admin = try await open(server.target())
        _ = try await admin.query("SELECT pg_terminate_backend(\(first), 10000)")
        #expect(try await processID(pool) != first)
    }

    @Test("after a failure, or within a transaction, a session is not used again", arguments: TestServer.all)
    func tainted(server: TestServer) async throws {
        let pool = try pool(server)
        let first = try await processID(pool)
        _ = try await error { () async throws(PostgresError) in
            try await pool.use { (connection) async throws(PostgresError) in
                _ = try await connection.query("SELECT nonsense")
            }
        }
        let second = try await processID(pool)
        #expect(second != first)
        try await pool.use { (connection) async throws(PostgresError) in _ = try await connection.query("BEGIN") }
        #expect(try await processID(pool) != second)
    }

    @Test("a sibling makes its own sessions ready, and they keep that", arguments: TestServer.all)
    func sibling(server: TestServer) async throws {
        let sibling = try pool(server).sibling(named: name + " too") { (connection) async throws(PostgresError) in
            _ = try await connection.query("SET lock_timeout = '7s'")
        }
        sibling.openAhead()
        for _ in 1...2 {
            let row = try await sibling.use { (connection) async throws(PostgresError) in
                try await connection.query(
                    "SELECT current_setting('lock_timeout') AS timeout, current_setting('application_name') AS name"
                ).one()
            }
            #expect(try row["timeout", as: String.self] == "7s")
            #expect(try row["name", as: String.self] == name + " too")
        }
    }

    @Test("its sessions end with it", arguments: TestServer.all)
    func end(server: TestServer) async throws {
        do {
            let pool = try pool(server)
            pool.openAhead(2)
            _ = try await processID(pool)
        }
        try await wait(until: "its sessions are gone") { try await sessions(on: server) == 0 }
    }
}
