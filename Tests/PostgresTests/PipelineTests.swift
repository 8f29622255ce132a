import DatabaseFixture
import Postgres
import Testing

@Suite("Pipelines", .timeLimit(.minutes(2)))
struct PipelineTests {
    @Test("any number of statements is one round trip", arguments: TestServer.all)
    func oneRoundTrip(server: TestServer) async throws {
        let target = try server.target()
        try await Relay.with(port: target.portNumber()) { relay in
            var connection = try await open(target.through(port: relay.port))
            let before = relay.roundTrips
            let statements = (0..<50).map { number -> Statement in "SELECT \(number)::int AS n" }
            let results = try await connection.pipeline(["BEGIN READ ONLY"] + statements + ["COMMIT"])
            #expect(relay.roundTrips - before == 1)
            #expect(results.count == 52)
            for (number, rows) in results.dropFirst().dropLast().enumerated() {
                #expect(try rows.one()["n", as: Int.self] == number)
            }
            _ = try await connection.query("SELECT 1")
            #expect(relay.roundTrips - before == 2)
        }
    }

    @Test("rows of a stream are handed over in their order, and those of statements too", arguments: TestServer.all)
    func receiving(server: TestServer) async throws {
        var connection = try await open(server.target())
        let long: Statement = "SELECT n, repeat('x', 1000) AS text FROM generate_series(1, 2000) AS n"
        var numbers: [Int] = []
        var others: [Int] = []
        try await connection.stream(["BEGIN", long, "SELECT 1 WHERE FALSE", "SELECT 7 AS n", "COMMIT"]) {
            (position, rows) throws(PostgresError) in
            for row in rows {
                #expect(position == (others.isEmpty && numbers.count < 2_000 ? 1 : 3))
                if position == 1 { numbers.append(try row["n", as: Int.self]) }
                if position == 3 { others.append(try row["n", as: Int.self]) }
            }
        }
        #expect(numbers == Array(1...2_000))
        #expect(others == [7])
    }

    @Test("what the receiver throws comes out, after which the connection is sound", arguments: TestServer.all)
    func receiverThrows(server: TestServer) async throws {
        var connection = try await open(server.target())
        var calls = 0
        let failure = try await error { () async throws(PostgresError) in
            try await connection.stream(["SELECT 1", "SELECT 'x' AS n", "SELECT 3"]) {
                (position, rows) throws(PostgresError) in
                calls += 1
                if position == 1 { _ = try rows.one()["n", as: Int.self] }
            }
        }
        #expect(failure.code == .decoding)
        #expect(calls == 2)
        #expect(try await connection.query("SELECT 4").one()[0, as: Int.self] == 4)
    }

    @Test("columns of one name stay the first of them, however often and in which order one asks")
    func sameNames() async throws {
        var connection = try await open(TestServer.all[0].target())
        let rows = try await connection.query("SELECT 1 AS a, 2 AS b, 3 AS a UNION ALL SELECT 4, 5, 6")
        for (row, first) in zip(rows, [1, 4]) {
            #expect(try row["a", as: Int.self] == first)
            #expect(try row["a", as: Int.self] == first)
            #expect(try row["b", as: Int.self] == first + 1)
            #expect(try row["a", as: Int.self] == first)
        }
    }

    @Test("large statements and results pass in both directions at once", arguments: TestServer.all)
    func large(server: TestServer) async throws {
        var connection = try await open(server.target())
        let text = String(repeating: "long ", count: 400_000)
        let statements = (0..<8).map { _ -> Statement in "SELECT \(text)::text AS text" }
        let results = try await connection.pipeline(statements, timeout: .seconds(60))
        for rows in results { #expect(try rows.one()["text", as: String.self].utf8.count == text.utf8.count) }
    }

    @Test("all statements are in one transaction, with BEGIN or without", arguments: TestServer.all)
    func oneTransaction(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            var connection = try await database.connect()
            let id: Statement = "SELECT pg_current_xact_id()::text AS id"
            let ids = try await connection.pipeline([id, "CREATE TABLE t (n int)", id])
            #expect(try ids[0].one()["id", as: String.self] == ids[2].one()["id", as: String.self])
            let failing: [Statement] = ["INSERT INTO t VALUES (1)", "SELECT 1 / (random() * 0)::int", "SELECT 3"]
            let failure = try await error { () async throws(PostgresError) in _ = try await connection.pipeline(failing)
            }
            #expect(failure.code == .server)
            #expect(failure.sqlState == SQLState(rawValue: "22012"))
            #expect(failure.statement == failing[1].sql)
            #expect(try await connection.query("SELECT count(*) FROM t").one()[0, as: Int.self] == 0)
        }
    }

    @Test(
        "an error in BEGIN ... COMMIT leaves the connection usable and outside a transaction",
        arguments: TestServer.all
    )
    func rollsBack(server: TestServer) async throws {
        var connection = try await open(server.target())
        let failure = try await error { () async throws(PostgresError) in
            _ = try await connection.pipeline(["BEGIN", "SELECT * FROM no_such_table", "COMMIT"])
        }
        #expect(failure.sqlState == .undefinedTable)
        let (isUsable, isInTransaction) = (connection.isUsable, connection.isInTransaction)
        #expect(isUsable)
        #expect(!isInTransaction)
        let results = try await connection.pipeline(["SELECT 1", "SELECT 2"])
        #expect(try results[1].one()[0, as: Int.self] == 2)
    }

    @Test("an error inside the caller's own transaction leaves that to the caller", arguments: TestServer.all)
    func callersTransaction(server: TestServer) async throws {
        var connection = try await open(server.target())
        _ = try await connection.query("BEGIN")
        _ = try await error { () async throws(PostgresError) in
            _ = try await connection.pipeline(["SELECT 1", "SELECT * FROM no_such_table"])
        }
        let isInTransaction = connection.isInTransaction
        #expect(isInTransaction)
        _ = try await connection.query("ROLLBACK")
    }

    @Test("an error that only the end of the transaction brings is thrown too", arguments: TestServer.all)
    func deferredConstraint(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            try await database.execute("CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            var connection = try await database.connect()
            let insert: Statement = "INSERT INTO t VALUES (1)"
            for statements in [[insert, insert], ["BEGIN", insert, insert, "COMMIT"]] {
                let failure = try await error { () async throws(PostgresError) in
                    _ = try await connection.pipeline(statements)
                }
                #expect(failure.sqlState == .uniqueViolation)
                #expect(failure.table == "t")
                #expect(failure.schema == "public")
            }
            #expect(try await connection.query("SELECT count(*) FROM t").one()[0, as: Int.self] == 0)
        }
    }

    @Test("an empty one does nothing", arguments: TestServer.all)
    func empty(server: TestServer) async throws {
        var connection = try await open(server.target())
        #expect(try await connection.pipeline([]).isEmpty)
    }
}
