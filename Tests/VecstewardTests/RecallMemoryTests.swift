import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite(
    "The memory of a daemon that measures",
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long"),
    .timeLimit(.minutes(20))
)
struct RecallMemoryTests {
    /// A table larger than the bound, with few different vectors, which are enough for the size.
    private static let docs = """
        CREATE TABLE docs (id int, vec vector(2000));
        INSERT INTO docs
        WITH drawn AS MATERIALIZED (
            SELECT g % 1000 AS number, (SELECT array_agg(random()) FROM generate_series(1, 2000) WHERE g = g) AS vec
            FROM generate_series(1, 1000) AS g
        )
        SELECT g, drawn.vec::vector FROM generate_series(1, 24000) AS g JOIN drawn ON drawn.number = g % 1000;
        SET maintenance_work_mem = '256MB';
        CREATE INDEX docs_index ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 20);
        ANALYZE docs;
        """

    @Test("stays below 150 MB, also where the table is larger")
    func peak() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            try await database.execute(Self.docs)
            let size = try await database.number("SELECT pg_table_size('docs') AS number")
            try #require(size > 150 << 20, "\(size)")
            let connection = try await database.stewardConnection().replacingOccurrences(of: "\\", with: "\\\\")
            let daemon = try Daemon(
                """
                {"databases": [{"name": "app", "connection": "\(connection)"}], "connectTimeout": "30s", "statementTimeout": "60s",
                 "poll": {"every": "1s"},
                 "rules": {"recall": {"budgetSeconds": 300}},
                 "collections": [{"match": "public.docs", "searches": [
                    {"measure": "l2_distance", "limit": 10, "probes": 2}
                 ]}]}
                """,
                password: database.server.password()
            )
            let isThere = "SELECT (to_regclass('vecsteward.evidence') IS NOT NULL)::int AS number"
            try await database.wait(until: isThere)
            try await database.wait(until: "SELECT least(count(*), 1) AS number FROM vecsteward.evidence")
            // VmHWM, the most that was ever resident, in kB.
            let status = try String(contentsOfFile: "/proc/\(daemon.processID)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            let peak = try #require(Int(line.filter(\.isNumber)))
            #expect(peak < 150_000, "\(peak) kB")
            let evidence = try await database.query("SELECT names FROM vecsteward.evidence").one()
            let names = try evidence["names", as: [String].self]
            #expect(!names.contains("moreEffort"), "it was no whole pass: \(names)")
            #expect(await daemon.end() == 0)
        }
    }
}
