import DatabaseFixture
import Foundation
import Postgres
import Testing

/// Partitioned tables whose owner has hung code of her own on one partition only, or on what divides the rows.
@Suite("Code of those who own partitions", .timeLimit(.minutes(10)))
struct ForeignPartitionCodeTests {
    /// A way in: the name of a table, by what its rows are divided, and what its owner does to `PART`, the partition with
    /// most rows.
    private static let ways: [(name: String, key: String, sql: String)] = [
        ("clean", "id", ""), ("key", "(CASE WHEN hers.planted('key') THEN id END)", ""),
        ("below", "id", "CREATE INDEX ON hers.below_rest_0 (id) WHERE hers.planted('below')"),
        ("predicate", "id", "CREATE INDEX ON PART (id) WHERE hers.planted('predicate')"),
        ("expression", "id", "CREATE INDEX ON PART ((CASE WHEN hers.planted('expression') THEN id END))"),
        (
            "statistics", "id",
            "CREATE STATISTICS hers.of_part ON id, (CASE WHEN hers.planted('statistics') THEN id END) FROM PART"
        ),
        ("constraint", "id", "ALTER TABLE PART ADD CHECK (hers.planted('constraint') OR id > 0)"),
        (
            "domain", "id",
            """
            CREATE DOMAIN hers.number AS int CHECK (hers.planted('domain') OR VALUE = 0);
            CREATE INDEX ON PART (id) WHERE id > 1::hers.number;
            """
        ),
        (
            "policy", "id",
            """
            ALTER TABLE PART ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY hers ON PART USING (hers.planted('policy'));
            """
        ),
    ]

    /// A table of each way, with an index on all partitions that a search would take.
    private func withTables(on server: TestServer, _ body: (TestDatabase) async throws -> Void) async throws {
        var script = "CREATE SCHEMA hers;\n" + PlantedCode.functions(in: "hers")
        for way in Self.ways {
            let table = "hers.\(way.name)"
            script += """
                CREATE TABLE \(table) (id int, vec vector(3)) PARTITION BY RANGE (\(way.key));
                CREATE TABLE \(table)_first PARTITION OF \(table) FOR VALUES FROM (0) TO (100);
                CREATE TABLE \(table)_rest PARTITION OF \(table) DEFAULT\(way.name == "below" ? " PARTITION BY HASH (id)" : "");

                """
            if way.name == "below" {
                for part in 0..<2 {
                    script += """
                        CREATE TABLE \(table)_rest_\(part) PARTITION OF \(table)_rest
                        FOR VALUES WITH (MODULUS 2, REMAINDER \(part));

                        """
                }
            }
            script += """
                INSERT INTO \(table) SELECT g, ('[' || g || ',1,2]')::vector(3) FROM generate_series(1, 700) AS g;
                CREATE INDEX index_of_\(way.name) ON \(table) USING ivfflat (vec vector_l2_ops) WITH (lists = 10);
                ANALYZE \(table);
                \(way.sql.replacingOccurrences(of: "PART", with: "\(table)_rest"));

                """
        }
        try await withDatabase(on: server) { database in
            try await database.administer(
                """
                ALTER DATABASE \(database.name) SET enable_seqscan = off;
                ALTER DATABASE \(database.name) SET constraint_exclusion = on;
                """
            )
            try await database.execute(script)
            try await body(database)
        }
    }

    @Test("is never run by a measurement of recall", arguments: TestServer.all, [true, false])
    func recall(server: TestServer, isSuperuser: Bool) async throws {
        try await withTables(on: server) { database in
            if !isSuperuser { try await database.grant() }
            let role: TestRole = isSuperuser ? .superuser : .steward
            let before = try PlantedCode.rights(in: database)
            for way in Self.ways {
                let run = try await RecallBench.recall(["hers.\(way.name).vec"], on: database, as: role)
                // A superuser passes over policies, and its COPY reads no query of them.
                let isMeasured = way.name == "clean" || way.name == "policy" && isSuperuser
                #expect(run.status == (isMeasured ? 0 : 1), "\(way.name): \(run.text)")
                if !isMeasured, way.name != "policy" {
                    #expect(run.errors.contains("which would run with vecsteward's privileges"), "\(run.text)")
                }
            }
            // Of one partition alone, what divides the rows matters to no search.
            let part = try await RecallBench.recall(
                ["hers.key.vec", "--index", "key_rest_vec_idx"],
                on: database,
                as: role
            )
            #expect(part.status == 0, "\(part.text)")
            let user = try database.user(role)
            for (way, roles) in try PlantedCode.rights(in: database) {
                #expect(roles.subtracting(before[way] ?? []).isEmpty, "\(way) ran with the rights of \(roles)")
                #expect(!roles.contains(user))
            }
        }
    }

    @Test("runs with the rights of whoever searches the table: so the ways in are ways in", arguments: TestServer.all)
    func teeth(server: TestServer) async throws {
        try await withTables(on: server) { database in
            var administrator = try await database.connect()
            for way in Self.ways {
                _ = try await administrator.query(
                    "SELECT FROM hers.\(unescaped: way.name) WHERE id > 3 ORDER BY vec OPERATOR(public.<->) '[1,2,3]' LIMIT 1"
                )
            }
            let role = try database.user(.superuser)
            let found = try PlantedCode.rights(in: database).filter { $0.value.contains(role) }.map(\.key)
            // Policies do not hold for a superuser.
            #expect(Set(found) == Set(Self.ways.map(\.name)).subtracting(["clean", "policy"]))
        }
    }
}
