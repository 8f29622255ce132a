import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("Query vectors that the configuration names", .timeLimit(.minutes(10)))
struct ConfiguredQueryTests {
    private let folder = TemporaryFolder()

    /// What the application has been asked, with one NULL, and other columns.
    private static let log = """
        CREATE SCHEMA app;
        CREATE TABLE app.search_log (at int, embedding vector(6), half halfvec(6), short vector(3), numbers real[], note text);
        INSERT INTO app.search_log
        SELECT n, v::vector, v::vector::halfvec, '[1,2,3]', v::real[], 'Tr0ub4dor'
        FROM generate_series(1, 60) AS n, LATERAL (SELECT ARRAY[sin(n), cos(n), sin(2 * n), cos(3 * n), sin(5 * n), 1] AS v) AS made;
        INSERT INTO app.search_log (at, note) VALUES (100, 'Tr0ub4dor');
        CREATE SEQUENCE app.counter
        """

    /// Runs `vecsteward recall docs` with a configuration that names queries.
    private func recall(
        _ arguments: [String] = [],
        queries sql: String,
        as role: TestRole = .application,
        by steward: TestRole = .superuser,
        timeout: String = "2min",
        connection: String? = nil,
        on database: TestDatabase
    ) async throws -> ProgramRun {
        struct File: Encodable {
            struct Collection: Encodable {
                var match = "public.docs"
                var queries: [String: String]
            }
            var databases: [[String: String]]
            var connectTimeout = "2min"
            var statementTimeout: String
            var collections: [Collection]
        }
        let reader = try connection ?? database.connection(user: database.user(role))
        let file = File(
            databases: [["connection": try database.connection(user: database.user(steward))]],
            statementTimeout: timeout,
            collections: [File.Collection(queries: ["sql": sql, "connection": reader])]
        )
        let path = folder.make("queries.json", String(decoding: try JSONEncoder().encode(file), as: UTF8.self))
        return try await ProgramRun.of(
            ["recall", "docs", "--config", path] + arguments,
            in: folder,
            environment: ["PGPASSWORD": database.server.password()]
        )
    }

    @Test("are searched for, as many as are wanted, and the report says so", arguments: TestServer.all)
    func measured(server: TestServer) async throws {
        try await RecallBench.withTable(on: server) { database in
            try await database.execute(Self.log)
            let sql = "SELECT embedding FROM app.search_log ORDER BY at DESC LIMIT 500;"
            let report = try RecallBench.json(
                try await recall(["--probes", "1", "--format", "json"], queries: sql, on: database)
            )
            #expect(report["querySource"] as? String == "configuration")
            #expect(report["queries"] as? Int == 60)
            // The same vectors from a file find the same.
            let rows = try await database.query(
                "SELECT embedding::text AS vector FROM app.search_log WHERE embedding IS NOT NULL"
            )
            let lines = try rows.map { try $0["vector", as: String.self] }.joined(separator: "\n")
            let file = folder.make("same.jsonl", lines)
            let same = try RecallBench.json(
                try await RecallBench.recall(
                    ["docs", "--probes", "1", "--format", "json", "--queries", file],
                    on: database
                )
            )
            #expect(same["recall"] as? Double == report["recall"] as? Double)
            #expect((report["recall"] as? Double ?? 1) < 1)
            let text = try await recall(["--queries", "7"], queries: "SELECT half FROM app.search_log", on: database)
            let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("of 7 searches"), "\(text.text)")
            #expect(words.contains("The searches were for the query vectors of the configuration."), "\(words)")
            let stored = try RecallBench.json(
                try await recall(["--stored", "--format", "json"], queries: sql, on: database)
            )
            #expect(stored["querySource"] as? String == "stored")
        }
    }

    /// What is wrong with queries, and what is said of it.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var sql: String
        var reason: String
        var hint = "HINT: "
        var role = TestRole.application
        var timeout = "2min"
        var connection: String?
        var before = "SELECT"

        var testDescription: String { reason }

        static let all = [
            Refusal(
                sql: "SELECT short FROM app.search_log",
                reason: "row 1 has 3 dimensions, and the column has 6",
                hint: "searches of this collection alone"
            ),
            Refusal(
                sql: "SELECT numbers FROM app.search_log",
                reason: "the statement returns no vectors, and the collection is of type vector",
                hint: "embedding::public.vector"
            ),
            Refusal(sql: "TABLE app.search_log", reason: "the statement returns 6 columns", hint: "one column"),
            Refusal(
                sql: "SELECT NULL::public.vector",
                reason: "the statement returns only NULL",
                hint: "Remove \"queries\""
            ),
            Refusal(
                sql: "SELECT embedding FROM app.search_log WHERE at < 0",
                reason: "the statement returns no row",
                hint: "Remove \"queries\""
            ),
            Refusal(
                sql: "SELECT embedding FROM app.secret",
                reason: "permission denied for table secret",
                hint: "Grant the role of the connection",
                before: "CREATE TABLE app.secret (embedding vector(6))"
            ),
            Refusal(
                sql: "SELECT embedding FROM search_log",
                reason: "relation \"search_log\" does not exist",
                hint: "write the schema of each table"
            ),
            Refusal(
                sql: "SELECT embedding FROM app.search_log, pg_sleep(100)",
                reason: "the statement took longer than",
                hint: "\"statementTimeout\" gives it more time",
                timeout: "5s"
            ),
            Refusal(
                sql: "SELECT ('[' || note || ']')::public.vector FROM app.search_log",
                reason: "the server refused the statement (SQLSTATE 22P02)",
                hint: "may quote a vector"
            ),
            Refusal(
                sql: "SELECT embedding FROM app.search_log WHERE nextval('app.counter') > 0",
                reason: "the statement writes",
                hint: "a transaction that only reads"
            ),
            Refusal(
                sql: "WITH gone AS (DELETE FROM app.search_log RETURNING embedding) SELECT embedding FROM gone",
                reason: "the server refused the statement (SQLSTATE 0A000)"
            ),
            Refusal(
                sql: "SELECT embedding FROM app.search_log",
                reason: "the role of the connection is a superuser",
                hint: "may read these tables and no more",
                role: .superuser
            ),
            Refusal(
                sql: "SELECT embedding FROM app.search_log",
                reason:
                    "the role of the connection is a member of \"pg_read_all_data\", which is one of PostgreSQL's own",
                hint: "may read these tables and no more",
                before: "GRANT pg_read_all_data TO :application"
            ),
            Refusal(
                sql: "SELECT embedding FROM app.search_log",
                reason: "cannot connect: ",
                connection: "host=127.0.0.1 port=1 dbname=nowhere user=reader"
            ),
        ]
    }

    @Test("and cannot be had are a sentence with a hint, and no value of theirs", arguments: Refusal.all)
    func refused(refusal: Refusal) async throws {
        try await RecallBench.withTable(on: TestServer.all[0]) { database in
            try await database.execute(Self.log)
            let application = try database.user(.application)
            try await database.administer(refusal.before.replacingOccurrences(of: ":application", with: application))
            let run = try await recall(
                queries: refusal.sql,
                as: refusal.role,
                timeout: refusal.timeout,
                connection: refusal.connection,
                on: database
            )
            #expect(run.status == 1, "\(run.text)")
            let words = run.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("the queries of the configuration: \(refusal.reason)"), "\(words)")
            #expect(words.contains(refusal.hint), "\(words)")
            #expect(run.output == "" && !run.text.contains("Tr0ub4dor"), "\(run.text)")
            #expect(try await database.number("SELECT count(*) AS number FROM app.search_log") == 61)
        }
    }

    /// A table of queries with code of its owner in each way in, and a view with code that tries to get out of the role.
    private static func planted(_ superuser: String) -> String {
        """
        CREATE SCHEMA hers;
        \(PlantedCode.functions(in: "hers"))
        CREATE FUNCTION hers.escaping() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$ DECLARE way text; BEGIN
            PERFORM hers.told('view');
            FOREACH way IN ARRAY ARRAY['RESET ROLE', 'SET ROLE NONE', 'RESET SESSION AUTHORIZATION', 'SET ROLE \(superuser)',
                'SET SESSION AUTHORIZATION \(superuser)', 'SET search_path = hers', 'SET statement_timeout = 0',
                'SET transaction_read_only = off']
            LOOP
                BEGIN
                    EXECUTE way;
                EXCEPTION WHEN OTHERS THEN NULL;
                END;
                PERFORM hers.told('escape');
            END LOOP;
            RETURN TRUE;
        END $$;
        CREATE TABLE hers.log (id int, embedding vector(6));
        INSERT INTO hers.log
        SELECT n, ARRAY[sin(n), cos(n), 1, 2, 3, n]::vector FROM generate_series(1, 30) AS n;
        CREATE INDEX ON hers.log (id) WHERE hers.planted('predicate');
        CREATE STATISTICS hers.of_log ON id, (CASE WHEN hers.planted('statistics') THEN id END) FROM hers.log;
        ALTER TABLE hers.log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY hers ON hers.log USING (hers.planted('policy'));
        CREATE VIEW hers.queries AS SELECT embedding FROM hers.log WHERE id > 0 AND hers.escaping();
        ANALYZE hers.log
        """
    }

    @Test(
        "run what the owner of their table has hung on it with the rights of their own role alone",
        arguments: TestServer.all,
        [TestRole.superuser, .steward]
    )
    func attack(server: TestServer, steward: TestRole) async throws {
        try await RecallBench.withTable(on: server) { database in
            try await database.execute(Self.planted(Identifier(try database.user(.superuser)).sql))
            if steward == .steward { try await database.grant() }
            let sql = "SELECT embedding FROM hers.queries"
            let run = try await recall(["--format", "json"], queries: sql, by: steward, on: database)
            #expect(try RecallBench.json(run)["queries"] as? Int == 30, "\(run.text)")
            let rights = try PlantedCode.rights(in: database)
            #expect(Set(rights.keys).isSuperset(of: ["view", "escape", "predicate", "policy"]), "\(rights)")
            let application = try database.user(.application)
            for (way, roles) in rights { #expect(roles == [application], "\(way) ran with the rights of \(roles)") }
            try await database.waitForEndOfSessions()
            // A superuser who reads the same runs it all, so the ways in are ways in.
            var administrator = try await database.connect()
            _ = try await administrator.query("SELECT embedding FROM hers.queries")
            let superuser = try database.user(.superuser)
            #expect(try PlantedCode.rights(in: database)["escape"]?.contains(superuser) == true)
        }
    }
}
