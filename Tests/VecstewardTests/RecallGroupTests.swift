import DatabaseFixture
import Foundation
import Testing

@testable import vecsteward

@Suite("The recall of searches for the rows of one value each", .timeLimit(.minutes(10)))
struct RecallGroupTests {
    /// A type of the column, and a value of it in SQL, by the number of its group.
    private static let types = [
        ("smallint", "g"), ("int", "g - 2"), ("bigint", "g * 10000000000"), ("text", "'é ' || g"),
        ("varchar(9)", "'t' || g"),
        ("boolean", "g > 2"), ("uuid", "md5(g::text)::uuid"),
    ]

    @Test("is what brute force finds, for each type of the column", arguments: TestServer.all)
    func bruteForce(server: TestServer) async throws {
        let kind = RecallKind.all[0]
        for (number, (type, value)) in Self.types.enumerated() {
            let layout: RecallLayout = number % 2 == 0 ? .plain : .levels
            try await RecallBench.withTable(on: server, kind, layout: layout, rows: 700) { database in
                try await database.execute("ALTER TABLE docs ADD COLUMN tenant \(type)")
                try await database.execute(
                    "UPDATE docs SET tenant = \(value) FROM generate_series(0, 4) AS g WHERE abs(id) % 7 = g; ANALYZE docs"
                )
                // Rows without a value are searched for by nobody.
                try await database.execute("DELETE FROM docs WHERE tenant IS NULL AND id <> 5")
                try await database.execute("DELETE FROM docs WHERE tenant IS NULL")
                let report = try await RecallBench.expectBruteForce(
                    kind,
                    ["--group-by", "tenant", "--queries", "1000"],
                    groupedBy: "tenant",
                    on: database
                )
                let groups = try #require(report["groups"] as? [String: Any])
                #expect(groups["column"] as? String == "tenant")
                #expect(groups["count"] as? Int == (type == "boolean" ? 2 : 5))
                if type != "boolean" { #expect(report["shortAnswers"] as? Int != 0) }
            }
        }
    }

    @Test("also of vectors of a file, and of a partial index")
    func others() async throws {
        let partial = try #require(RecallKind.all.first { $0.predicate != "true" })
        try await RecallBench.withTable(on: TestServer.all[0], partial, rows: 700) { database in
            try await database.execute(
                "ALTER TABLE docs ADD COLUMN tenant text; UPDATE docs SET tenant = 't' || abs(id) % 3"
            )
            try await database.execute("ANALYZE docs")
            let report = try await RecallBench.expectBruteForce(
                partial,
                ["--group-by", "tenant", "--queries", "1000"],
                groupedBy: "tenant",
                on: database
            )
            let groups = try #require(report["groups"] as? [String: Any])
            #expect(groups["count"] as? Int == 2)
            let folder = TemporaryFolder()
            let file = folder.make("q.jsonl", "[0.5,0,0,0,0,1]\n[1,1,1,1,1,1]\n")
            let run = try await RecallBench.recall(["docs", "--queries", file, "--group-by", "tenant"], on: database)
            #expect(run.status == 0, "\(run.text)")
            #expect(run.output.contains("values of tenant"), "\(run.text)")
        }
    }

    @Test(
        "misses nothing where another index finds the rows of each value, and that is said",
        arguments: TestServer.all,
        ["SELECT", "ALTER DATABASE :database SET enable_indexscan = off"]
    )
    func exact(server: TestServer, settings: String) async throws {
        try await RecallBench.withTable(on: server, rows: 20_000) { database in
            // After an UPDATE, transactions that are older could keep the planner from the index.
            try await database.execute(
                "ALTER TABLE docs ADD COLUMN tenant int GENERATED ALWAYS AS (abs(id) % 2000) STORED"
            )
            try await database.execute("CREATE INDEX docs_tenant ON docs (tenant)")
            try await database.execute("ANALYZE docs")
            try await database.administer(settings.replacingOccurrences(of: ":database", with: database.name))
            let run = try await RecallBench.recall(
                ["docs", "--group-by", "tenant", "--queries", "20", "--probes", "12"],
                on: database
            )
            #expect(run.status == 1, "\(run.text)")
            #expect(
                run.errors.contains(
                    "the planner takes index \"docs_tenant\", which finds all matching rows, and sorts them exactly"
                ),
                "\(run.text)"
            )
            #expect(run.errors.contains("They miss no row") && !run.errors.contains("drop"), "\(run.text)")
        }
    }

    @Test("is not measured by a column whose equality is not PostgreSQL's own, or that is not there")
    func columns() async throws {
        try await RecallBench.withTable(on: TestServer.all[0]) { database in
            try await database.execute(
                """
                CREATE DOMAIN tenant AS int;
                ALTER TABLE docs ADD COLUMN a tenant, ADD COLUMN b char(3), ADD COLUMN c numeric;
                """
            )
            for column in ["a", "b", "c", "nonsense", "ctid"] {
                let run = try await RecallBench.recall(["docs", "--group-by", column], on: database)
                #expect(run.status == 64, "\(run.text)")
                #expect(run.errors.contains("the table has no column \"\(column)\" to group by"), "\(run.text)")
            }
        }
    }
}
