import DatabaseFixture
import Postgres
import Testing

@Suite("Sessions", .timeLimit(.minutes(2)))
struct SessionTests {
    @Test("what the server says unasked is kept until it is taken", arguments: TestServer.all)
    func notices(server: TestServer) async throws {
        var connection = try await open(server.target())
        try await connection.run(
            script: """
                DO $$ BEGIN
                    RAISE WARNING 'too % for %', 'long', 'one' || chr(10) || 'line' USING DETAIL = 'why', HINT = 'What to do.';
                    RAISE NOTICE 'second';
                END $$
                """
        )
        let notices = connection.takeNotices()
        #expect(notices.map(\.severity) == ["WARNING", "NOTICE"])
        #expect(notices.first?.message == "too long for one\nline")
        #expect(notices.first?.sqlState == SQLState(rawValue: "01000"))
        #expect(notices.first?.detail == "why")
        #expect(notices.first?.hint == "What to do.")
        #expect(notices.first?.description == "WARNING: too long for one line")
        #expect(connection.takeNotices().isEmpty)
    }

    @Test("notices beyond a thousand are not kept", arguments: TestServer.all)
    func manyNotices(server: TestServer) async throws {
        var connection = try await open(server.target())
        try await connection.run(
            script: "DO $$ BEGIN FOR n IN 1..3000 LOOP RAISE NOTICE '%', n; END LOOP; END $$"
        )
        let notices = connection.takeNotices()
        #expect(notices.count == 1_000)
        #expect(notices.last?.message == "1000")
    }

    @Test("a script stops at its first error and is rolled back", arguments: TestServer.all)
    func script(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            var connection = try await database.connect()
            let failure = try await error { () async throws(PostgresError) in
                try await connection.run(script: "CREATE TABLE t (n int); SELECT nonsense; SELECT 1")
            }
            #expect(failure.sqlState == .undefinedColumn)
            #expect(try await connection.query("SELECT to_regclass('t')::text").one()[0, as: String?.self] == nil)
        }
    }

    @Test("a session ended by an administrator while it works is lost, with the reason", arguments: TestServer.all)
    func terminatedWhileBusy(server: TestServer) async throws {
        let name = uniqueName()
        let task = start(name, try server.target()) { connection async throws(PostgresError) in
            _ = try await connection.query("SELECT pg_sleep(60)")
        }
        try await waitUntilAsleep(name, on: server)
        var admin = try await open(server.target())
        _ = try await admin.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \(name)"
        )
        let (failure, handover) = try await task.value
        #expect(failure.code == .connectionLost)
        #expect(failure.sqlState == .adminShutdown)
        #expect(failure.message == "terminating connection due to administrator command")
        #expect(failure.statement == "SELECT pg_sleep(60)")
        var connection = try handover.take()
        let isUsable = connection.isUsable
        #expect(!isUsable)
        let next = try await error { () async throws(PostgresError) in _ = try await connection.query("SELECT 1") }
        #expect(next.code == .connectionLost)
    }

    @Test(
        "a session ended while it is idle is found lost by the next statement",
        arguments: TestServer.all,
        [true, false]
    )
    func terminatedWhileIdle(server: TestServer, isPipeline: Bool) async throws {
        var connection = try await open(server.target())
        var admin = try await open(server.target())
        let processID = connection.processID
        _ = try await admin.query("SELECT pg_terminate_backend(\(processID)::int)")
        try await wait(until: "the session has ended") {
            let rows = try await admin.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(processID)::int")
            return rows.isEmpty
        }
        let failure = try await error { () async throws(PostgresError) in
            if isPipeline {
                _ = try await connection.pipeline(["BEGIN", "SELECT 1", "COMMIT"])
            } else {
                _ = try await connection.query("SELECT 1")
            }
        }
        #expect(failure.code == .connectionLost)
        #expect(failure.sqlState == .adminShutdown)
        let isUsable = connection.isUsable
        #expect(!isUsable)
    }

    @Test("a network that breaks loses the connection", arguments: TestServer.all)
    func cut(server: TestServer) async throws {
        let target = try server.target()
        try await Relay.with(port: target.portNumber()) { relay in
            let name = uniqueName()
            let task = start(name, target.through(port: relay.port)) { connection async throws(PostgresError) in
                _ = try await connection.pipeline(["SELECT 1", "SELECT pg_sleep(60)"])
            }
            try await waitUntilAsleep(name, on: server)
            relay.cut()
            let (failure, _) = try await task.value
            #expect(failure.code == .connectionLost)
            #expect(failure.sqlState == nil)
            #expect(failure.message == "server closed the connection unexpectedly")
        }
    }

    @Test("the real vecs client works on a test's database", arguments: TestServer.all)
    func vecsClient(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let output = try await VecsClient.run(
                """
                docs = vx.get_or_create_collection(name="docs", dimension=3)
                docs.upsert([(str(n), np.array([n, 1, 2]), {}) for n in range(10)])
                print(len(docs))
                """,
                on: database
            )
            #expect(output == "10\n")
            let rows = try await database.query("SELECT count(*) AS n FROM vecs.docs")
            #expect(try rows.one()["n", as: Int.self] == 10)
        }
        try await withDatabase(on: server) { database in
            _ = await #expect(throws: FixtureError.self) { try await VecsClient.run("1 / 0", on: database) }
        }
    }
}
