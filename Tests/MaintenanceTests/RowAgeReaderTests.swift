import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Reading the ages of rows", .timeLimit(.minutes(15)))
struct RowAgeReaderTests {
    private func reader() -> RowAgeReader { RowAgeReader(statementTimeout: .seconds(30), answers: RowAgeAnswers()) }

    /// The question about an index of a table.
    private func question(_ table: String, _ database: TestDatabase) async throws -> RowAgeQuestion {
        let row = try await database.query(
            """
            SELECT
                class.oid::int8 AS oid, class.relfilenode::int8 AS relfilenode, index.indrelid::int8 AS table_oid,
                table_class.relnamespace::regnamespace::text AS schema, table_class.relname AS table
            FROM pg_index AS index
            JOIN pg_class AS class ON class.oid = index.indexrelid
            JOIN pg_class AS table_class ON table_class.oid = index.indrelid
            WHERE index.indrelid = \(table)::text::regclass
            """
        ).one()
        let identity = IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
        return try RowAgeQuestion(row, of: identity)
    }

    /// Two tables of one name, and code of an owner in an index of the second.
    private func fill(_ database: TestDatabase) async throws {
        for statement in [
            "CREATE SCHEMA first; CREATE SCHEMA second;",
            table("first.docs", rows: 0), "CREATE INDEX ON first.docs USING ivfflat (vec vector_l2_ops)",
            "INSERT INTO first.docs SELECT g, '[1,2,3,4,5,6,7,8]' FROM generate_series(1, 8000) AS g",
            PlantedCode.functions() + table("second.docs", rows: 100)
                + "CREATE INDEX ON second.docs (id) WHERE planted('ages');",
        ] { try await database.execute(statement) }
    }

    private let swap = """
        ALTER SCHEMA first RENAME TO former; ALTER SCHEMA second RENAME TO first; ALTER SCHEMA former RENAME TO second;
        """

    private func isPlantRun(_ database: TestDatabase) throws -> Bool {
        try PlantedCode.hasRun("ages", as: .superuser, in: database)
    }

    @Test("answers, leaves no transaction and nothing prepared, and can do so again", arguments: TestServer.all)
    func asked(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let question = try await question("first.docs", database)
            var connection = try await database.connect()
            for _ in 0..<2 {
                let ages = try await reader().ask(question, on: &connection)
                #expect(ages == .younger)
            }
            let isInTransaction = connection.isInTransaction
            #expect(!isInTransaction)
            let left = try await connection.query("SELECT count(*) AS number FROM pg_prepared_statements").one()
            #expect(try left["number", as: Int64.self] == 0)
        }
    }

    @Test(
        "a table that gets the name meanwhile is not planned over, whether the session has heard of that or not",
        arguments: TestServer.all,
        [true, false]
    )
    func swapped(server: TestServer, hasHeard: Bool) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let question = try await question("first.docs", database)
            var connection = try await database.connect()
            let checked = try await connection.pipeline(reader().opening + question.checks)
            #expect(try checked[checked.count - 2].one()["is_bound", as: Bool.self])
            try await database.administer(swap)
            // Who takes a new lock hears what others have done.
            if hasHeard { _ = try await connection.query("SELECT count(*) FROM pg_catalog.pg_description") }
            let sampling = question.sample(youngerThan: 3)
            do throws(PostgresError) {
                let seen = try await connection.pipeline(sampling)[sampling.count - 1].one()
                #expect(!hasHeard)
                #expect(try seen["sampled", as: Int64.self] > 1_000, "the other one has a hundred rows")
            } catch {
                #expect(hasHeard)
                #expect(error.message == "cached plan must not change result type")
                _ = try await connection.query(RowAgeQuestion.undo)
            }
            _ = try await connection.pipeline(question.end)
            #expect(try !isPlantRun(database))
            // From the beginning on it is another table too.
            let ages = try await reader().ask(question, on: &connection)
            #expect(ages == nil)
            #expect(try !isPlantRun(database))
            let left = try await connection.query("SELECT count(*) AS number FROM pg_prepared_statements").one()
            #expect(try left["number", as: Int64.self] == 0)
            // So it can be seen.
            _ = try await connection.query("SELECT FROM first.docs WHERE id > 3 LIMIT 1")
            #expect(try isPlantRun(database))
        }
    }

    @Test("a view in the place of the table is told from it, also one over the table", arguments: TestServer.all)
    func view(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            try await database.execute(
                "CREATE VIEW second.seen AS SELECT xmin, ctid, id, planted('ages') FROM first.docs"
            )
            let index = try await question("first.docs", database).index
            var connection = try await database.connect()
            for (number, (name, isBound)) in [("first.docs", true), ("second.seen", false), ("second.docs", false)]
                .enumerated()
            {
                let results = try await connection.pipeline([
                    "BEGIN",
                    "LOCK TABLE ONLY first.docs IN SHARE UPDATE EXCLUSIVE MODE",
                    "PREPARE look_\(unescaped: "\(number)") AS SELECT seen.xmin FROM ONLY \(unescaped: name) AS seen",
                    Statement(PackageResources.row_ages_birth_sql, [Int64(index.oid), Int64(index.relfilenode)]),
                    "ROLLBACK",
                ])
                #expect(try results[3].one()["is_bound", as: Bool.self] == isBound, "\(name)")
            }
            #expect(try !isPlantRun(database))
        }
    }

    @Test("a locked table is an error at once", arguments: TestServer.all)
    func locked(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let question = try await question("first.docs", database)
            var stranger = try await database.connect(as: .application)
            _ = try await stranger.query("BEGIN")
            _ = try await stranger.query("LOCK TABLE first.docs IN ACCESS EXCLUSIVE MODE")
            var connection = try await database.connect()
            let error = await #expect(throws: PostgresError.self) {
                try await reader().ask(question, on: &connection)
            }
            #expect(
                error?.message.contains("could not obtain lock on relation") == true,
                "it does not even begin to wait"
            )
            let isFree = connection.isUsable && !connection.isInTransaction
            #expect(isFree)
        }
    }

    @Test("an index that was built anew since is another one", arguments: TestServer.all)
    func rebuilt(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let question = try await question("first.docs", database)
            try await database.execute("REINDEX TABLE first.docs")
            var connection = try await database.connect()
            let ages = try await reader().ask(question, on: &connection)
            #expect(ages == nil)
        }
    }
}
