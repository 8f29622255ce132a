import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("Which rows have a vector")
struct VectorRowsTests {
    /// A table every so many rows of which have a vector.
    private func sparse(_ name: String, rows: Int, every step: Int) -> String {
        """
        CREATE TABLE \(name) (id bigint, vec vector(3));
        INSERT INTO \(name) SELECT g, CASE WHEN g % \(step) = 0 THEN '[1,2,3]'::vector END
        FROM generate_series(1, \(rows)) AS g;
        """
    }

    @Test(
        "is what ANALYZE has measured, nothing where it has not, and all where the column is NOT NULL",
        arguments: TestServer.all
    )
    func shares(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                sparse("part", rows: 5_000, every: 5) + sparse("none", rows: 2_000, every: 5_000)
                    + sparse("never", rows: 2_000, every: 1) + sparse("full_one", rows: 2_000, every: 1)
                        + """
                        ALTER TABLE full_one ALTER vec SET NOT NULL;
                        CREATE MATERIALIZED VIEW seen AS SELECT * FROM part;
                        CREATE DOMAIN embedding AS vector(3);
                        CREATE TABLE of_domain (id bigint, vec embedding);
                        INSERT INTO of_domain SELECT * FROM part;
                        CREATE TABLE "odd ""name" (id bigint, "odd ""vec" vector(3));
                        INSERT INTO "odd ""name" SELECT * FROM part;
                        ANALYZE part, none, seen, of_domain, "odd ""name";
                        """
            )
            let assessment = try await assess(database)
            func vectors(_ name: String) throws -> RowCount { try assessment.collection(name).vectorRows }
            #expect(try vectors("public.part.vec") == RowCount(1_000, .statistics))
            #expect(try vectors("public.seen.vec") == RowCount(1_000, .statistics))
            #expect(try vectors("public.of_domain.vec") == RowCount(1_000, .statistics))
            #expect(try vectors("public.odd \"name.odd \"vec") == RowCount(1_000, .statistics))
            #expect(try vectors("public.none.vec") == RowCount(0, .statistics))
            #expect(try vectors("public.never.vec") == RowCount(2_000, .atMost))
            #expect(try vectors("public.full_one.vec") == RowCount(2_000, .statistics))
            #expect(try assessment.collection("public.none.vec").hasNoVectors)
            #expect(!assessment.rules("public.none.vec").contains("unindexed"))
            #expect(assessment.rules("public.part.vec").contains("unindexed"))
        }
    }

    @Test("a table most of whose rows have no vector has the statistics that it should have", arguments: TestServer.all)
    func statistics(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(sparse("t", rows: 6_000, every: 5) + "ANALYZE t;")
            let assessment = try await assess(database)
            #expect(!assessment.rules("public.t.vec").contains("stale-statistics"))
            #expect(try assessment.collection("public.t.vec").rows.value == 6_000)
            #expect(try assessment.collection("public.t.vec").vectorRows.value == 1_200)
        }
    }

    @Test("children that inherit have shares of their own", arguments: TestServer.all)
    func inheritance(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                sparse("parent", rows: 1_000, every: 2) + """
                    CREATE TABLE child () INHERITS (parent);
                    INSERT INTO child SELECT g, NULL FROM generate_series(1, 3000) AS g;
                    ANALYZE parent;
                    ANALYZE child;
                    """
            )
            let assessment = try await assess(database)
            #expect(try assessment.collection("public.parent.vec").vectorRows.value == 500)
            #expect(try assessment.collection("public.parent.vec").rows.value == 1_000)
            #expect(try assessment.collection("public.child.vec").vectorRows.value == 0)
        }
    }

    @Test("a NOT NULL that nobody has checked the rows for proves nothing", arguments: TestServer.all)
    func uncheckedConstraint(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            // PostgreSQL 18 has them.
            let version = try await database.query("SHOW server_version_num")[0]["server_version_num", as: String.self]
            guard version >= "180000" else { return }
            try await database.execute(
                sparse("t", rows: 5_000, every: 5) + """
                    ALTER TABLE t ADD CONSTRAINT later NOT NULL vec NOT VALID;
                    ANALYZE t;
                    """
            )
            #expect(try await assess(database).collection("public.t.vec").vectorRows.value == 1_000)
        }
    }

    @Test("a role that may not read the table is told no share", arguments: TestServer.all)
    func unprivileged(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = "blind_\(database.name)"
            let role = Identifier(name)
            try await database.administer(
                sparse("hidden", rows: 5_000, every: 5) + sparse("rls", rows: 5_000, every: 5)
                    + """
                    CREATE ROLE \(role) LOGIN PASSWORD 'few';
                    GRANT SELECT ON rls TO \(role);
                    ALTER TABLE rls ENABLE ROW LEVEL SECURITY;
                    ANALYZE hidden, rls;
                    """
            )
            let assessment = try await assess(database, conninfo: try database.conninfo(user: name, password: "few"))
            try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")
            #expect(try assessment.collection("public.hidden.vec").vectorRows == RowCount(5_000, .atMost))
            #expect(try assessment.collection("public.rls.vec").vectorRows == RowCount(5_000, .atMost))
            #expect(assessment.snapshot.missingPrivileges.contains { $0.contains("how many of them have a vector") })
        }
    }
}
