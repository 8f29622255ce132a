import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The schema that the state is kept in")
struct StateTests {
    private static func prepare(
        _ database: TestDatabase,
        conninfo: String? = nil,
        createIfMissing: Bool = true,
        patience: Duration = .seconds(10)
    ) async throws -> StateSchema.Status {
        var connection = try await Connection.open(
            try await database.target(conninfo),
            timeout: .seconds(30),
            applicationName: "vecsteward tests"
        )
        let status = try await StateSchema.prepare(
            on: &connection,
            createIfMissing: createIfMissing,
            patience: patience
        )
        let isInTransaction = connection.isInTransaction
        #expect(!isInTransaction)
        return status
    }

    /// What preparing fails with, having left no transaction open.
    private static func failure(_ database: TestDatabase, conninfo: String? = nil) async throws -> PostgresError {
        try #require(
            await #expect(throws: PostgresError.self) {
                try await prepare(database, conninfo: conninfo, patience: .milliseconds(200))
            }
        )
    }

    /// Runs a test with roles that may only log in, and their connection strings; they belong to the server, and so are
    /// dropped whatever happens.
    private static func withRoles(
        _ names: [String],
        in database: TestDatabase,
        _ body: ([String]) async throws -> Void
    ) async throws {
        for name in names { try await database.administer("CREATE ROLE \(Identifier(name)) LOGIN PASSWORD 'few'") }
        let drop = names.map { "DROP OWNED BY \(Identifier($0)) CASCADE; DROP ROLE \(Identifier($0));" }.joined()
        do {
            try await body(try names.map { try database.conninfo(user: $0, password: "few") })
        } catch {
            try await database.administer(drop)
            throw error
        }
        try await database.administer(drop)
    }

    @Test("it is made only when it is to be, once, and then found", arguments: TestServer.all)
    func make(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            #expect(try await Self.prepare(database, createIfMissing: false) == .missing)
            #expect(try await Self.prepare(database) == .ready)
            #expect(try await Self.prepare(database) == .ready)
            #expect(try await Self.prepare(database, createIfMissing: false) == .ready)
            let versions = try await database.query("SELECT version FROM vecsteward.migration")
            #expect(try versions.map { try $0["version", as: Int.self] } == Array(1...StateSchema.version))
        }
    }

    @Test("sessions that make it at once all end well", arguments: TestServer.all)
    func makeAtOnce(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.grant()
            let conninfo = try database.conninfo(user: database.user(.steward), password: server.password())
            try await withThrowingTaskGroup(of: StateSchema.Status.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.prepare(database, conninfo: conninfo) } }
                for try await status in group { #expect(status == .ready) }
            }
        }
    }

    @Test("a session that keeps the lock is not waited for without end", arguments: TestServer.all)
    func lockIsHeld(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            var other = try await database.connect()
            _ = try await other.query("SELECT pg_advisory_lock(\(8_531_334_416_649_646_692 as Int64))")
            #expect(try await Self.failure(database).code == .timedOut)
            _ = try await other.query("SELECT pg_advisory_unlock_all()")
            #expect(try await Self.prepare(database) == .ready)
        }
    }

    @Test("a newer one is refused and left alone", arguments: TestServer.all)
    func newer(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try await Self.prepare(database)
            try await database.administer("INSERT INTO vecsteward.migration VALUES (99)")
            let error = try await Self.failure(database)
            #expect(error.code == .unsupported)
            #expect(error.message.contains("version 99"))
            #expect(error.hint?.contains("later") == true)
        }
    }

    @Test("a role with what grants prints can do all of it", arguments: TestServer.all)
    func grants(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = #"st"eward \#(database.name)"#
            try await Self.withRoles([name], in: database) { conninfos in
                let conninfo = conninfos[0]
                let snapshot = try await assess(database, conninfo: database.conninfo).snapshot
                try await database.administer(GrantScript(snapshot: snapshot, role: name, purpose: .maintain).sql)
                #expect(try await Self.prepare(database, conninfo: conninfo) == .ready)
                var connection = try await Connection.open(
                    try ConnectionTarget(parsing: conninfo),
                    timeout: .seconds(30),
                    applicationName: "vecsteward tests"
                )
                var record = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
                record.state = .running
                #expect(try await JobQueue.record(record, on: &connection))
                #expect(try await JobQueue.unfinished(on: &connection) == [record])
                let error = PostgresError(.timedOut, "late")
                #expect(try await JobQueue.fail(record.id, error: error, retryAfter: nil, on: &connection))
                #expect(try await JobQueue.retry(id: record.id, on: &connection))
                #expect(try await JobQueue.requestCancel(id: record.id, on: &connection) == .queued)
                #expect(try await JobQueue.list(limit: 10, on: &connection).jobs.count == 1)
                try await JobHistory.recordBuild(SampleBuilds.build("i", rows: 1), on: &connection)
                #expect(try await JobHistory.latestBuilds(on: &connection).count == 1)
                try await JobHistory.prune(keepingDays: 1, on: &connection)
            }
        }
    }

    @Test("a superuser does not write into what an ordinary role has made", arguments: TestServer.all)
    func stranger(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = "stranger_\(database.name)"
            try await Self.withRoles([name], in: database) { conninfos in
                try await database.administer("CREATE SCHEMA vecsteward AUTHORIZATION \(Identifier(name))")
                let early = try await Self.failure(database, conninfo: database.conninfo)
                #expect(early.sqlState == .insufficientPrivilege)
                #expect(early.hint?.contains("Run vecsteward as role \"\(name)\"") == true)
                #expect(try await Self.prepare(database, conninfo: conninfos[0]) == .ready)
                let late = try await Self.failure(database, conninfo: database.conninfo)
                #expect(late.message.contains("superuser"))
            }
        }
    }

    @Test("a role that may not make it is told the SQL that lets it, and that is enough", arguments: TestServer.all)
    func hintForSchema(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = #"f"ew \#(database.name)"#
            try await Self.withRoles([name], in: database) { conninfos in
                let conninfo = conninfos[0]
                let error = try await Self.failure(database, conninfo: conninfo)
                #expect(error.sqlState == .insufficientPrivilege)
                let hint = try #require(error.hint)
                #expect(hint == #"CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION "f""ew \#(database.name)";"#)
                #expect(try await Self.prepare(database, conninfo: conninfo, createIfMissing: false) == .missing)
                try await database.administer(hint)
                #expect(try await Self.prepare(database, conninfo: conninfo) == .ready)
            }
        }
    }

    @Test(
        "a role that may not use what another made is told the SQL that lets it, and that is enough",
        arguments: TestServer.all
    )
    func hintForTables(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let names = ["own\"er \(database.name)", "other \(database.name)"]
            try await Self.withRoles(names, in: database) { conninfos in
                let (owner, other) = (conninfos[0], conninfos[1])
                try await database.administer("CREATE SCHEMA vecsteward AUTHORIZATION \(Identifier(names[0]))")
                let hint = try #require(try await Self.failure(database, conninfo: other).hint)
                #expect(hint == "GRANT USAGE, CREATE ON SCHEMA vecsteward TO \(Identifier(names[1]));")
                #expect(try await Self.prepare(database, conninfo: owner) == .ready)
                let error = try await Self.failure(database, conninfo: other)
                #expect(error.sqlState == .insufficientPrivilege)
                try await database.administer(try #require(error.hint))
                #expect(try await Self.prepare(database, conninfo: other) == .ready)
                var connection = try await Connection.open(
                    try ConnectionTarget(parsing: other),
                    timeout: .seconds(30),
                    applicationName: "vecsteward tests"
                )
                #expect(try await JobQueue.enqueue([SampleJobs.analyze], on: &connection).count == 1)
            }
        }
    }

    @Test("a database that cannot be written is told apart", arguments: TestServer.all)
    func readOnly(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = Identifier(database.name)
            try await database.administer("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            let error = try await Self.failure(database)
            #expect(error.sqlState == .readOnlyTransaction)
            #expect(error.hint?.contains("default_transaction_read_only") == true)
            #expect(try await Self.prepare(database, createIfMissing: false) == .missing)
            try await database.administer("BEGIN READ WRITE; ALTER DATABASE \(name) RESET ALL; COMMIT")
            #expect(try await Self.prepare(database) == .ready)
            try await database.administer("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            #expect(try await Self.prepare(database) == .readOnly(isStandby: false))
        }
    }
}
