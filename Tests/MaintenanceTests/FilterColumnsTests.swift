import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// What is read of the columns that searches filter by.
@Suite(
    "Columns that searches filter by",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct FilterColumnsTests {
    private static let search = "SELECT id FROM items WHERE % ORDER BY embedding <=> '[1,2,3]' LIMIT 5;"

    private static func search(_ condition: String) -> String { search.replacing("%", with: condition) }

    /// A table of 2,000 rows with ten tenants, of which one in five rows is live.
    private static let rows = """
        TRUNCATE items;
        INSERT INTO items (id, tenant, live, meta, embedding)
        SELECT g, nullif(g % 10, 0), g % 5 = 0, '{"k": "v"}', ARRAY[g, g % 7, 1]::vector FROM generate_series(1, 2000) AS g;
        ANALYZE items;

        """

    private func statistics(_ database: TestDatabase) async throws -> FilterStatistics {
        let collection = try await assess(database).collection(itemsName)
        return try #require(collection.relations[0].filterStatistics)
    }

    @Test("have the shares that ANALYZE found of their values, and the indexes that find those")
    func shares() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                Self.rows
                    + """
                    CREATE INDEX composite ON items (tenant, id);
                    CREATE INDEX partial ON items (tenant) WHERE live;
                    CREATE INDEX second ON items (id, tenant);
                    CREATE INDEX expression ON items ((tenant + 1), tenant);
                    CREATE INDEX mixed ON items (live, (tenant + 1), tenant);
                    CREATE INDEX covering ON items (tenant) INCLUDE (live);
                    """ + Self.search("tenant = 3 AND live AND meta @> '{}' AND id > 7 AND tenant IS NOT NULL")
            )
            let found = try await statistics(database)
            let tenant = try #require(found.columns["tenant"])
            #expect(tenant.count == 9 && abs(tenant.nullShare - 0.1) < 0.001, "\(tenant)")
            #expect(abs(tenant.meanShare - 0.1) < 0.001 && tenant.trueShare == nil, "\(tenant)")
            let live = try #require(found.columns["live"])
            #expect(abs(try #require(live.trueShare) - 0.2) < 0.001 && live.count == 2, "\(live)")
            #expect(found.columns["id"]?.count == 2_000, "\(found.columns)")
            #expect(
                found.indexes.map { "\($0.name) \($0.columns)" } == [
                    #"composite ["tenant", "id"]"#, #"covering ["tenant"]"#, #"items_pkey ["id"]"#, #"mixed ["live"]"#,
                    #"second ["id", "tenant"]"#,
                ],
                "\(found.indexes)"
            )
            let age = try await assess(database).snapshot.server.observedAt - (try #require(found.analyzedAt))
            #expect(age >= 0 && age < 600)
            #expect(found.unreadable.isEmpty && found.counted.isEmpty)
            #expect(found.unlimited == ["meta"], "jsonb, and no integer and no boolean")
        }
    }

    @Test("are read only where a search filters by them")
    func unfiltered() async throws {
        try await withCountedStatements { database in
            try await database.execute(Self.rows + Self.search("TRUE") + Self.search("tenant + 1 = 3"))
            let collection = try await assess(database).collection(itemsName)
            #expect(!collection.searches.isEmpty && collection.relations[0].filterStatistics == nil)
        }
    }

    @Test("are named where the role may not read what is known of them")
    func unreadable() async throws {
        try await withCountedStatements { database in
            try await database.execute(Self.rows + Self.search("tenant = 3"))
            try await database.administer("ALTER TABLE items OWNER TO postgres")
            try await database.grant()
            let connections = try database.connections(try database.target(as: .steward))
            let collection = try await Assessor(connections).assess().collection(itemsName)
            let found = try #require(collection.relations[0].filterStatistics)
            #expect(found.unreadable == ["tenant"] && found.columns.isEmpty, "\(found)")
        }
    }

    @Test("have what pg_qualstats counted, in any schema, without a constant")
    func counted() async throws {
        try await withCountedStatements { database in
            let role = Identifier(try database.user(.application))
            try await database.administer(
                """
                CREATE SCHEMA odd; CREATE EXTENSION pg_qualstats SCHEMA odd; GRANT USAGE ON SCHEMA odd TO PUBLIC;
                ALTER ROLE \(role) SET pg_qualstats.enabled = on; ALTER ROLE \(role) SET pg_qualstats.sample_rate = 1;
                """
            )
            // Each search looks at all rows.
            try await database.execute(
                Self.rows + Self.search("tenant = 3") + Self.search("meta @> '{\"k\": \"secret\"}'")
            )
            var found = try await statistics(database)
            #expect(
                found.counted == [
                    .init(column: "tenant", operation: "="): CountedCondition(rows: 2_000, dropped: 1_800),
                    .init(column: "meta", operation: "@>"): CountedCondition(rows: 2_000, dropped: 2_000),
                ],
                "\(found.counted)"
            )
            let seen = try await assess(database).snapshot
            #expect(!"\(seen)".contains("secret"))

            try await database.administer("REVOKE EXECUTE ON FUNCTION odd.pg_qualstats() FROM PUBLIC")
            try await database.grant()
            let connections = try database.connections(try database.target(as: .steward))
            let limited = try await Assessor(connections).assess()
            found = try #require(try limited.collection(itemsName).relations[0].filterStatistics)
            #expect(found.counted.isEmpty && found.columns["tenant"] != nil)
            #expect(
                limited.snapshot.missingPrivileges.contains {
                    $0.contains(#"GRANT EXECUTE ON FUNCTION "odd".pg_qualstats()"#)
                },
                "\(limited.snapshot.missingPrivileges)"
            )
        }
    }

    @Test("come with what the scans of the indexes gave, whatever the filter")
    func scans() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                Self.rows
                    + """
                    CREATE INDEX graph ON items USING hnsw (embedding vector_cosine_ops);
                    CREATE INDEX other ON items USING hnsw (embedding vector_l2_ops);
                    SET enable_seqscan = off; SET enable_sort = off;
                    """
                    // No row matches, so each scan gives all that it can.
                    + String(repeating: Self.search("meta ->> 'k' = 'none'"), count: 3)
                    // A session tells what it did when it ends, or now.
                    + "SELECT pg_catalog.pg_stat_force_next_flush();"
            )
            let relation = try await assess(database).collection(itemsName).relations[0]
            let counts = Dictionary(uniqueKeysWithValues: relation.indexes.map { ($0.name, $0.scanCounts) })
            #expect(counts == ["graph": ScanCounts(scans: 3, rows: 120), "other": ScanCounts(scans: 0, rows: 0)])
            #expect(relation.filterStatistics == nil)
        }
    }

    @Test("take one round trip, and a second one where pg_qualstats was not there before")
    func roundTrips() async throws {
        try await withCountedStatements { database in
            try await database.administer("CREATE EXTENSION pg_qualstats")
            try await database.execute(Self.rows + Self.search("tenant = 3"))
            var snapshot = try await assess(database).snapshot
            var connection = try await database.connections(try await database.target(nil)).open()
            let columns = FilterColumns(
                transaction: ReadOnlyTransaction(statementTimeout: .seconds(30)),
                memory: FilterMemory()
            )
            func number() async throws -> Int64 {
                try await database.query(
                    """
                    SELECT coalesce(sum(calls), 0)::int8 AS calls FROM pg_stat_statements
                    WHERE query LIKE 'BEGIN%READ ONLY'
                        AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """
                ).one()["calls", as: Int64.self]
            }
            func trips() async throws -> Int64 {
                let before = try await number()
                try await columns.complete(&snapshot, on: &connection)
                #expect(snapshot.collections[0].relations[0].filterStatistics?.columns["tenant"] != nil)
                return try await number() - before
            }
            #expect(try await trips() == 2)
            #expect(try await trips() == 1)
            try await database.administer("DROP EXTENSION pg_qualstats")
            #expect(try await trips() == 2, "the first of them fails")
            #expect(try await trips() == 1)
        }
    }

    @Test("pg_qualstats is not called where another function has taken its place")
    func replaced() async throws {
        try await withCountedStatements { database in
            let role = Identifier(try database.user(.application))
            try await database.administer(
                "CREATE SCHEMA counted; CREATE EXTENSION pg_qualstats SCHEMA counted; ALTER SCHEMA counted OWNER TO \(role)"
            )
            var connection = try await database.connect()
            let conditions = try CountedConditions(try await connection.query(CountedConditions.source).one())
            let places: [any ParameterEncodable] = [[1 as Int64], ["tenant"]]
            _ = try await connection.pipeline([conditions.check, conditions.counts(places)])
            try await database.execute(
                """
                ALTER SCHEMA counted RENAME TO moved;
                CREATE SCHEMA counted;
                CREATE FUNCTION counted.pg_qualstats(OUT lrelid oid, OUT lattnum smallint, OUT opno oid, OUT dbid oid,
                    OUT eval_type "char", OUT execution_count int8, OUT nbfiltered int8)
                    RETURNS SETOF record LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted code ran'; END $$;
                """
            )
            do throws(PostgresError) {
                _ = try await connection.pipeline([conditions.check, conditions.counts(places)])
                Issue.record("nothing has failed")
            } catch {
                #expect(error.sqlState == SQLState(rawValue: "22012"), "\(error)")
            }
        }
    }
}
