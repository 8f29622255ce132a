import DatabaseFixture
import Foundation
import Testing

@testable import vecsteward

@Suite("Recall that is not measured", .timeLimit(.minutes(10)))
struct RecallRefusalTests {
    /// What cannot be measured, and what is said of it.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sql: String
        var reason: String
        var index: String? = nil
        var arguments: [String] = []
        var status: Int32 = 1

        private static let folder = TemporaryFolder()
        private static let queries = folder.make("q.csv", "1,2,3,4,5,6\n")

        static let all = [
            Refusal(testDescription: "no index", sql: "DROP INDEX docs_index", reason: "the collection has no index"),
            Refusal(
                testDescription: "a twin that costs less",
                sql: "CREATE INDEX twin ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 2)",
                reason: "the planner takes index \"docs_index\" instead of \"twin\"",
                arguments: ["--index", "twin"]
            ),
            Refusal(
                testDescription: "two indexes",
                sql: "CREATE INDEX twin ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 12)",
                reason: "the collection has 2 indexes: docs_index, twin",
                status: 64
            ),
            Refusal(
                testDescription: "an unknown index",
                sql: "SELECT",
                reason: "there is no index \"nonsense\"",
                arguments: ["--index", "nonsense"],
                status: 64
            ),
            Refusal(
                testDescription: "an invalid index",
                sql: "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'docs_index'::regclass",
                reason: "is not valid",
                arguments: ["--index", "docs_index"]
            ),
            Refusal(
                testDescription: "a scan that the planner prefers",
                sql:
                    "ALTER DATABASE :database SET enable_seqscan = on; ALTER DATABASE :database SET enable_indexscan = off",
                reason: "the planner reads the whole table instead of index \"docs_index\""
            ),
            Refusal(
                testDescription: "a file for an index on an expression",
                sql: "SELECT",
                reason: "is on an expression, and a file has vectors of the column",
                index: "CREATE INDEX docs_index ON docs USING ivfflat ((subvector(v, 1, 3)::vector(3)) vector_l2_ops)",
                arguments: ["--queries", queries],
                status: 64
            ),
            Refusal(
                testDescription: "foreign code in another index",
                sql: """
                    CREATE FUNCTION planted(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
                    CREATE INDEX ON docs (id) WHERE planted(1) = 1;
                    CREATE OR REPLACE FUNCTION planted(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
                    AS $$ BEGIN RAISE EXCEPTION 'planted code ran as %', current_user; END $$;
                    ALTER FUNCTION planted OWNER TO :application
                    """,
                reason: "planted(integer)' of role"
            ),
            Refusal(
                testDescription: "row security",
                sql: "ALTER TABLE docs ENABLE ROW LEVEL SECURITY; ALTER TABLE docs FORCE ROW LEVEL SECURITY",
                reason: "row-level security"
            ),
            Refusal(testDescription: "no rows", sql: "TRUNCATE docs", reason: "no vector to search for"),
        ]
    }

    @Test("says why nothing is measured, and what to do", arguments: Refusal.all)
    func refusals(refusal: Refusal) async throws {
        try await RecallBench.withTable(on: TestServer.all[0], index: refusal.index) { database in
            let application = try database.user(.application)
            let sql = refusal.sql.replacingOccurrences(of: ":database", with: database.name)
                .replacingOccurrences(of: ":application", with: application)
            try await database.administer(sql)
            // A superuser passes over row security.
            let role: TestRole = refusal.testDescription == "row security" ? .application : .superuser
            let run = try await RecallBench.recall(["docs"] + refusal.arguments, on: database, as: role)
            #expect(run.status == refusal.status, "\(run.text)")
            #expect(run.errors.contains(refusal.reason), "\(run.text)")
            #expect(run.errors.contains("HINT: "))
            #expect(run.output == "")
            #expect(!run.text.contains("planted code ran"))
        }
    }
}
