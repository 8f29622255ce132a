import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("A collection whose searches the configuration states", .timeLimit(.minutes(5)))
struct ConfiguredSearchRunTests {
    private static let stated = #"{"measure": "l2_distance", "filters": ["tenant_id"], "limit": 10, "perHour": 5000"#

    /// Runs the program with a configuration that states searches of `docs`.
    private func run(
        _ arguments: [String],
        stating searches: String,
        on database: TestDatabase
    ) async throws -> ProgramRun {
        let folder = TemporaryFolder()
        let connection = try await database.stewardConnection().replacingOccurrences(of: "\\", with: "\\\\")
        let file = folder.make(
            "stated.json",
            """
            {"databases": [{"connection": "\(connection)"}], "connectTimeout": "2min", "statementTimeout": "2min",
             "collections": [{"match": "public.docs", "searches": [\(searches)]}]}
            """
        )
        return try await ProgramRun.of(
            arguments + ["--config", file],
            in: folder,
            environment: ["PGPASSWORD": database.server.password()]
        )
    }

    private func search(_ run: ProgramRun) throws -> [String: Any] {
        let report = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        let database = (report?["databases"] as? [[String: Any]])?.first
        let collection = (database?["collections"] as? [[String: Any]])?.first
        let searches = collection?["searches"] as? [[String: Any]] ?? []
        return try #require(searches.first { $0["source"] as? String == "configuration" })
    }

    @Test("gets the index that they need where no extension counts searches", arguments: TestServer.all)
    func index(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id int, tenant_id int, note jsonb, embedding vector(4));
                INSERT INTO docs
                SELECT g, g % 20, '{}', ARRAY[g, g % 7, g % 11, 1]::vector FROM generate_series(1, 3000) AS g;
                ANALYZE docs;
                """
            )
            let stated = "\(Self.stated)}"
            let shown = try search(
                try await run(["searches", "docs", "--format", "json"], stating: stated, on: database)
            )
            #expect(shown["measure"] as? String == "l2_distance")
            #expect(shown["limit"] as? Int == 10)
            #expect(shown["calls"] is NSNull && shown["callsPerHour"] is NSNull)
            #expect(shown["statedCallsPerHour"] as? Double == 5_000)
            let filter = (shown["filters"] as? [[String: Any]])?.first
            #expect(filter?["condition"] as? String == "tenant_id = ?" && filter?["isEquality"] as? Bool == true)

            // A session that has searched by another operator is all that this server shows.
            var session = try await database.connect(as: .application)
            _ = try await session.query("SELECT id FROM docs ORDER BY embedding <=> '[1,2,3,4]' LIMIT 3")
            let report = try await run(["--dry-run"], stating: stated, on: database)
            #expect(report.output.contains("(\"embedding\" \"public\".\"vector_l2_ops\")"), "\(report.output)")
            let text = report.output.replacing(/\s+/, with: " ")
            #expect(text.contains("What was seen differs: 1 by <=> (cosine_distance)"), "\(text)")
            #expect(
                text.contains("5,000 searches an hour as configured, l2, LIMIT 10, filtered by tenant_id"),
                "\(text)"
            )
            #expect(!text.contains("is a guess"), "\(text)")
            _ = try await session.query("SELECT 1")
            withExtendedLifetime(session.isUsable) {}

            let build = try await run(["create-index", "docs"], stating: stated, on: database)
            #expect(build.status == 0, "\(build.errors)")
            #expect(
                build.errors.contains(
                    "of the configuration have a filter: with the index they are expected to get about 2 of 10"
                ),
                "\(build.errors)"
            )
            let classes = try await database.query(
                """
                SELECT opcname::text AS name FROM pg_index JOIN pg_opclass AS class ON class.oid = indclass[0]
                WHERE indrelid = 'docs'::regclass
                """
            )
            #expect(try classes.map { try $0["name", as: String.self] } == ["vector_l2_ops"])

            let ill = try await run(["--dry-run"], stating: stated, on: database)
            #expect(ill.output.contains("\n  filtered ("), "\(ill.output)")
            #expect(ill.output.contains("ON \"public\".\"docs\" (\"tenant_id\")"), "\(ill.output)")
            let cured = try await run(
                ["--dry-run"],
                stating: "\(Self.stated), \"iterativeScan\": \"relaxed_order\"}",
                on: database
            )
            #expect(!cured.output.contains("\n  filtered ("), "\(cured.output)")
            #expect(cured.output.contains("iterative scan relaxed_order (configuration)"), "\(cured.output)")

            // What is set for all roles holds for the searches of the configuration too.
            let many = #"{"measure": "l2_distance", "limit": 100}"#
            let few = try await run(["--dry-run"], stating: many, on: database)
            #expect(few.output.contains("\n  search-settings ("), "\(few.output)")
            try await database.administer(
                "LOAD 'vector'; ALTER DATABASE \(Identifier(database.name)) SET hnsw.ef_search = 100"
            )
            let enough = try await run(["--dry-run"], stating: many, on: database)
            #expect(!enough.output.contains("\n  search-settings ("), "\(enough.output)")
        }
    }

    @Test("is reported with what cannot be so, and with what is left", arguments: TestServer.all)
    func misstated(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE docs (id int, note jsonb, embedding vector(4))")
            let stated = #"{"measure": "l2_distance", "filters": ["note", "tenat"]}"#
            let run = try await run(["searches", "docs"], stating: stated, on: database)
            #expect((run.status, run.errors) == (0, ""))
            let text = run.output.replacing(/\s+/, with: " ")
            #expect(
                text.contains(
                    "! The configuration states a search of public.docs.embedding that filters by tenat, which is no column of "
                        + "the table."
                ),
                "\(text)"
            )
            #expect(run.output.contains("     filter: note\n"), "\(run.output)")
            #expect(run.output.contains("     named in the configuration\n"), "\(run.output)")
        }
    }
}
