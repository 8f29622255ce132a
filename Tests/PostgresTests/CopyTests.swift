import DatabaseFixture
import Postgres
import Testing

@Suite("COPY to the client", .timeLimit(.minutes(2)))
struct CopyTests {
    /// The lines that a statement sends.
    private func lines(_ sql: String, on connection: inout Connection) async throws(PostgresError) -> [Substring] {
        var bytes: [UInt8] = []
        try await connection.copy(sql, timeout: .seconds(30)) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    private func expectUsable(_ connection: inout Connection) async throws {
        let isUsable = connection.isUsable
        #expect(isUsable)
        #expect(try await connection.query("SELECT 1 AS one").one()["one", as: Int.self] == 1)
    }

    @Test("passes on all that the server sends, and the connection goes on", arguments: TestServer.all)
    func all(server: TestServer) async throws {
        var connection = try await open(server.target())
        for rows in [0, 1, 200_000] {
            let sql = "COPY (SELECT g, repeat('x', 20) FROM generate_series(1, \(rows)) AS g) TO STDOUT"
            let lines = try await lines(sql, on: &connection)
            #expect(lines.count == rows)
            #expect(lines.last.map { $0.hasPrefix("\(rows)\t") } ?? true)
        }
        try await expectUsable(&connection)
    }

    @Test("an error in the middle is the server's, and the connection goes on", arguments: TestServer.all)
    func failing(server: TestServer) async throws {
        var connection = try await open(server.target())
        for (sql, state) in [
            ("COPY (SELECT repeat('x', 9999), 1 / (900 - g) FROM generate_series(1, 1000) AS g) TO STDOUT", "22012"),
            ("COPY nowhere TO STDOUT", "42P01"), ("COPY (SELECT pg_sleep(60)) TO STDOUT", "57014"),
        ] {
            // Only the statement that sleeps is to run into it, however busy the machine is.
            try await connection.run(script: "SET statement_timeout = \(state == "57014" ? 500 : 0)")
            let failure = try await error { () async throws(PostgresError) in
                _ = try await lines(sql, on: &connection)
            }
            #expect(failure.code == .server)
            #expect(failure.sqlState == SQLState(rawValue: state))
            #expect(failure.statement == sql)
            try await expectUsable(&connection)
        }
    }

    @Test("a client that has no more time stops it, however slowly it takes the data", arguments: TestServer.all)
    func timeout(server: TestServer) async throws {
        var connection = try await open(server.target())
        for pause in [Duration.zero, .milliseconds(1)] {
            let failure = try await error { () async throws(PostgresError) in
                let endless = "COPY (SELECT repeat('x', 999) FROM generate_series(1, 1000000000)) TO STDOUT"
                try await connection.copy(endless, timeout: .milliseconds(300)) { _ in try? await Task.sleep(for: pause)
                }
            }
            #expect(failure.code == .timedOut)
            try await expectUsable(&connection)
        }
    }

    @Test("a statement that takes data, or copies nothing, is no harm", arguments: TestServer.all)
    func others(server: TestServer) async throws {
        var connection = try await open(server.target())
        #expect(try await lines("SELECT 1", on: &connection).isEmpty)
        let failure = try await error { () async throws(PostgresError) in
            _ = try await lines("COPY pg_temp.mine FROM STDIN", on: &connection)
        }
        #expect(failure.code == .server)
        try await connection.run(script: "CREATE TEMPORARY TABLE mine (n int)")
        let unsupported = try await error { () async throws(PostgresError) in
            _ = try await lines("COPY mine FROM STDIN", on: &connection)
        }
        #expect(unsupported.code == .unsupported)
        try await expectUsable(&connection)
        let invalid = try await error { () async throws(PostgresError) in
            _ = try await lines("COPY mine TO STDOUT\0", on: &connection)
        }
        #expect(invalid.code == .invalidStatement)
    }
}
