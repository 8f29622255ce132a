import Advisor
import DatabaseFixture
import Foundation
import Maintenance
import Postgres
import Recall
import Testing

@testable import vecsteward

@Suite("The recall of a partitioned table", .timeLimit(.minutes(10)))
struct RecallPartitionTests {
    /// One of each way in which the pass reads rows.
    private static let kinds = [
        "ivfflat vector_l2_ops", "hnsw vector_cosine_ops", "hnsw halfvec_ip_ops", "hnsw sparsevec_l2_ops",
        "ivfflat bit_hamming_ops", "ivfflat vector_cosine_ops",
    ].compactMap { name in
        // The last of those with the same name is partial.
        RecallKind.all.last { "\($0.method) \($0.operatorClass)" == name }
    }

    @Test("is what brute force finds through the table", arguments: TestServer.all, RecallLayout.partitioned)
    func bruteForce(server: TestServer, layout: RecallLayout) async throws {
        var found: [Double] = []
        for kind in Self.kinds {
            try await RecallBench.withTable(on: server, kind, layout: layout, rows: 700) { database in
                let report = try await RecallBench.expectBruteForce(kind, on: database)
                let partitions = try #require(report["partitions"] as? [String: Any])
                // A predicate excludes a partition from the searches.
                if kind.predicate == "true" { #expect(partitions["indexed"] as? Int == layout.partitions) }
                #expect(partitions["scanned"] as? [String] == [])
                #expect(partitions["unindexed"] as? [String] == [])
                #expect(report["partition"] is NSNull)
                found.append(try #require(report["recall"] as? Double))
            }
        }
        #expect(found.contains { $0 < 1 }, "indexes that find all show nothing")
    }

    /// An index on two of the three partitions of ``RecallLayout/hash``.
    private static let ofTwo = """
        CREATE INDEX docs_index ON ONLY docs USING ivfflat (v vector_l2_ops) WITH (lists = 12);
        CREATE INDEX docs_0_index ON docs_0 USING ivfflat (v vector_l2_ops) WITH (lists = 12);
        CREATE INDEX docs_1_index ON docs_1 USING ivfflat (v vector_l2_ops) WITH (lists = 12);
        ALTER INDEX docs_index ATTACH PARTITION docs_0_index;
        ALTER INDEX docs_index ATTACH PARTITION docs_1_index;
        """

    @Test("says which partitions are read whole, where no index can miss a row", arguments: TestServer.all)
    func withoutIndex(server: TestServer) async throws {
        let kind = RecallKind.all[0]
        try await RecallBench.withTable(on: server, kind, layout: .hash, rows: 700, index: Self.ofTwo) { database in
            let report = try await RecallBench.expectBruteForce(kind, on: database)
            let partitions = try #require(report["partitions"] as? [String: Any])
            #expect(partitions["indexed"] as? Int == 2)
            #expect(partitions["unindexed"] as? [String] == ["public.docs_2"])
            let run = try await RecallBench.recall(["docs"], on: database)
            let words = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("2 of 3 partitions with rows are searched through the index"), "\(words)")
            #expect(words.contains("public.docs_2, which has no valid part of it"))
        }
    }

    @Test("is that of one partition if its index is named", arguments: TestServer.all)
    func onePartition(server: TestServer) async throws {
        let kind = RecallKind.all[0]
        try await RecallBench.withTable(on: server, kind, layout: .hash, rows: 700, index: Self.ofTwo) { database in
            let report = try await RecallBench.expectBruteForce(
                kind,
                ["--index", "docs_1_index"],
                of: "docs_1",
                on: database
            )
            #expect(report["partition"] as? String == "public.docs_1")
            #expect(report["partitions"] is NSNull)
        }
    }

    @Test("leaves out the rows of tables that inherit, and says so")
    func children() async throws {
        let kind = RecallKind.all[0]
        try await RecallBench.withTable(on: TestServer.all[0], kind) { database in
            try await database.execute(
                "CREATE TABLE child () INHERITS (docs); INSERT INTO child SELECT * FROM docs; ANALYZE child"
            )
            let report = try await RecallBench.expectBruteForce(kind, of: "ONLY docs", on: database)
            #expect(report["leavesOutChildren"] as? Bool == true)
            let run = try await RecallBench.recall(["docs"], on: database)
            #expect(run.output.contains("Tables that inherit from this one are left out"), "\(run.text)")
        }
    }

    /// What cannot be measured of ``RecallLayout/hash``, and what is said of it.
    private static let refusals: [(sql: String, arguments: [String], role: TestRole, reason: String)] = [
        (
            """
            DROP INDEX docs_index;
            CREATE INDEX one ON docs_0 USING ivfflat (v vector_l2_ops) WITH (lists = 3);
            """, [], .superuser, "no index is on the partitioned table itself, only on partitions: one"
        ),
        (
            """
            DROP INDEX docs_index;
            CREATE INDEX docs_index ON ONLY docs USING ivfflat (v vector_l2_ops) WITH (lists = 3);
            """, [], .superuser, "no partition with rows has a valid part of index \"docs_index\": public.docs_0"
        ),
        (
            """
            CREATE FOREIGN DATA WRAPPER nowhere;
            CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
            ALTER TABLE docs DETACH PARTITION docs_2;
            CREATE FOREIGN TABLE far PARTITION OF docs FOR VALUES WITH (MODULUS 3, REMAINDER 2) SERVER nowhere;
            """, [], .superuser, "partition public.far is a foreign table, so another server searches it"
        ),
        (
            "ALTER TABLE docs ENABLE ROW LEVEL SECURITY; ALTER TABLE docs FORCE ROW LEVEL SECURITY", [], .application,
            "row-level security"
        ),
        (
            "ALTER TABLE docs_1 ENABLE ROW LEVEL SECURITY; ALTER TABLE docs_1 FORCE ROW LEVEL SECURITY", [],
            .application, "row-level security policy for table \"docs_1\""
        ),
        ("TRUNCATE docs", [], .superuser, "no vector to search for"),
        ("", ["--index", "nonsense"], .superuser, "there is no index \"nonsense\""),
        ("", ["--ef-search", "40"], .superuser, "hnsw.ef_search is no setting of index \"docs_index\""),
    ]

    @Test("is not measured where a search is none of the index, with a sentence", arguments: TestServer.all)
    func refusals(server: TestServer) async throws {
        for refusal in Self.refusals {
            try await RecallBench.withTable(on: server, layout: .hash) { database in
                if !refusal.sql.isEmpty { try await database.administer(refusal.sql) }
                let run = try await RecallBench.recall(["docs"] + refusal.arguments, on: database, as: refusal.role)
                #expect(run.status == (refusal.arguments.isEmpty ? 1 : 64), "\(run.text)")
                #expect(run.errors.contains(refusal.reason), "\(run.text)")
                #expect(run.errors.contains("HINT: "))
                #expect(run.output == "")
            }
        }
    }

    @Test("is that of the partitions that it finds when it begins", arguments: TestServer.all)
    func detached(server: TestServer) async throws {
        try await RecallBench.withTable(on: server, layout: .hash) { database in
            let assessor = Assessor(try database.connections())
            let snapshot = try await assessor.observe()
            try await database.execute("ALTER TABLE docs DETACH PARTITION docs_2")
            let rows = try await database.number("SELECT count(v) AS number FROM docs")
            let measurement = try await assessor.measureRecall(
                RecallRequest(),
                of: CollectionName(schema: "public", table: "docs", column: "v"),
                in: snapshot
            ) { _, _ in }
            .get()
            #expect(measurement.partitions == PartitionScans(indexed: 2))
            #expect(Int64(measurement.rows) == rows)
        }
    }

    @Test("is not measured where the planner takes another index on one partition")
    func twin() async throws {
        let indexes = """
            CREATE INDEX docs_index ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 2);
            CREATE INDEX cheaper ON docs_1 USING ivfflat (v vector_l2_ops) WITH (lists = 12);
            """
        try await RecallBench.withTable(on: TestServer.all[0], layout: .hash, index: indexes) { database in
            let run = try await RecallBench.recall(["docs"], on: database)
            #expect(run.status == 1)
            let reason = """
                the planner takes index "cheaper" instead of "docs_index" for these searches on partition public.docs_1
                """
            #expect(run.errors.contains(reason), "\(run.text)")
        }
    }

    @Test("does not wait for a lock on a partition", arguments: TestServer.all)
    func locked(server: TestServer) async throws {
        try await RecallBench.withTable(on: server, layout: .levels) { database in
            var holder = try await database.connect()
            try await holder.run(script: "BEGIN; LOCK TABLE docs_low_1 IN SHARE UPDATE EXCLUSIVE MODE")
            let run = try await RecallBench.recall(["docs"], on: database)
            #expect(run.status == 1)
            #expect(run.errors.contains("somebody holds a lock on the table"), "\(run.text)")
        }
    }
}
