import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// An index of a table that has outgrown it.
struct IndexShape: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What follows `CREATE INDEX`; `$TABLESPACE` stands for one of the test's own.
    var definition: String
    /// What is done to the index after that, as its owner.
    var afterwards = ""
    var table = "public.docs"
    /// What is in the place of `lists='30'` in a dump after a rebuild for 48,000 rows.
    var isHNSW = false
}

@Suite("What a rebuild leaves as it was", .timeLimit(.minutes(15)))
struct RebuildFidelityTests {
    static let shapes = [
        IndexShape(
            testDescription: "plain",
            definition: "named ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 10)"
        ),
        IndexShape(
            testDescription: "named by the server",
            definition: "ON docs USING ivfflat (vec vector_ip_ops) WITH (lists = 10)"
        ),
        IndexShape(
            testDescription: "named as vecs would, on a table that is not vecs'",
            definition:
                "ix_vector_cosine_ops_ivfflat_nl10_0a1b2c3 ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 10)"
        ),
        IndexShape(
            testDescription: "with that beginning only",
            definition:
                "ix_vector_cosine_ops_ivfflat_ours ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 10)"
        ),
        IndexShape(
            testDescription: "by a person, on a table of vecs",
            definition:
                "ix_vector_cosine_ops_ivfflat_mine ON vecs.docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 10)",
            table: "vecs.docs"
        ),
        IndexShape(testDescription: "without lists", definition: "i ON docs USING ivfflat (vec vector_l2_ops)"),
        IndexShape(
            testDescription: "lists with leading zeros",
            definition: "i ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = '0010')"
        ),
        IndexShape(
            testDescription: "HNSW without parameters",
            definition: "i ON docs USING hnsw (vec vector_l2_ops)",
            isHNSW: true
        ),
        IndexShape(
            testDescription: "HNSW with one parameter",
            definition: "i ON docs USING hnsw (vec vector_l2_ops) WITH (ef_construction = 40)",
            isHNSW: true
        ),
        IndexShape(
            testDescription: "HNSW with both, the other way round",
            definition: "i ON docs USING hnsw (vec vector_l2_ops) WITH (ef_construction = '040', m = 8)",
            isHNSW: true
        ),
        IndexShape(
            testDescription: "HNSW of vecs",
            definition:
                "ix_vector_l2_ops_hnsw_m8_efc40_0a1b2c3 ON vecs.docs USING hnsw (vec vector_l2_ops) WITH (m = 8, ef_construction = 40)",
            table: "vecs.docs",
            isHNSW: true
        ),
        IndexShape(
            testDescription: "a cast with a statistics target",
            definition: "i ON docs USING ivfflat ((vec::halfvec(8)) halfvec_l2_ops) WITH (lists = 10)",
            afterwards: "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 77"
        ),
        IndexShape(
            testDescription: "a cast with a statistics target of nothing",
            definition: "i ON docs USING ivfflat ((vec::halfvec(8)) halfvec_l2_ops) WITH (lists = 10)",
            afterwards: "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 0"
        ),
        IndexShape(
            testDescription: "a cast in a cast",
            definition:
                "i ON docs USING hnsw ((binary_quantize(vec::halfvec(8))::bit(8)) bit_hamming_ops) WITH (m = 4, ef_construction = 16)",
            isHNSW: true
        ),
        IndexShape(
            testDescription: "a part of the vector",
            definition: "i ON docs USING hnsw ((subvector(vec, 1, 4)::vector(4)) vector_cosine_ops)",
            isHNSW: true
        ),
        IndexShape(
            testDescription: "goes with two extensions, and has a comment",
            definition: "i ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 10)",
            afterwards: """
                ALTER INDEX i DEPENDS ON EXTENSION vector;
                ALTER INDEX i DEPENDS ON EXTENSION plpgsql;
                COMMENT ON INDEX i IS E'it''s \\\\ mine\\n-- "so"'
                """
        ),
        IndexShape(
            testDescription: "partial, over several columns",
            definition: """
                i ON docs USING hnsw (vec vector_l2_ops)
                WHERE deleted_at IS NULL AND kind = 'a''b' AND id > 5 AND (published OR id IN (1, 2))
                """,
            isHNSW: true
        ),
        IndexShape(
            testDescription: "in a tablespace",
            definition: "i ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 10) TABLESPACE $TABLESPACE"
        ),
        IndexShape(
            testDescription: "on a materialized view",
            definition: "i ON seen USING ivfflat (vec vector_l2_ops) WITH (lists = 10)",
            table: "public.seen"
        ),
        IndexShape(
            testDescription: "on an unlogged table",
            definition: "i ON loose USING ivfflat (vec vector_l2_ops) WITH (lists = 10)",
            table: "public.loose"
        ),
    ]

    /// Runs a test in a database of another default tablespace, with one for indexes.
    private func withTablespace(
        on server: TestServer,
        _ body: (TestDatabase, Identifier) async throws -> Void
    ) async throws {
        try await withDatabase(on: server) { database in
            let tablespace = Identifier("space \(database.name)")
            var administrator = try await database.connect()
            _ = try await administrator.query("SET allow_in_place_tablespaces = on")
            _ = try await administrator.query("CREATE TABLESPACE \(tablespace) LOCATION ''")
            let application = Identifier(try database.user(.application))
            _ = try await administrator.query("GRANT CREATE ON TABLESPACE \(tablespace) TO PUBLIC")
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(database, tablespace))
            } catch {
                result = .failure(error)
            }
            _ = try? await administrator.query("ALTER DATABASE \(Identifier(database.name)) RESET default_tablespace")
            _ = try? await administrator.query("DROP SCHEMA IF EXISTS vecs CASCADE")
            _ = try? await administrator.query("DROP OWNED BY \(application) CASCADE")
            _ = try? await administrator.query("DROP TABLESPACE \(tablespace)")
            try result.get()
        }
    }

    private static let tables = """
        CREATE SCHEMA IF NOT EXISTS vecs;
        CREATE TABLE docs (id bigint, kind text, published boolean, deleted_at timestamptz, vec vector(8));
        INSERT INTO docs
        SELECT g, 'a''b', TRUE, NULL, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
        FROM generate_series(1, 1600) AS g;
        CREATE TABLE vecs.docs AS SELECT id::text, vec FROM docs;
        CREATE UNLOGGED TABLE loose AS SELECT id, vec FROM docs;
        CREATE MATERIALIZED VIEW seen AS SELECT id, vec FROM docs;
        """

    @Test("by its own server's pg_dump: all but the lists", arguments: TestServer.all, shapes)
    func dump(server: TestServer, shape: IndexShape) async throws {
        try await withTablespace(on: server) { database, tablespace in
            try await database.administer(
                "CREATE SCHEMA vecs AUTHORIZATION \(Identifier(try database.user(.application)))"
            )
            try await database.execute(
                Self.tables + "CREATE INDEX \(shape.definition.replacing("$TABLESPACE", with: tablespace.sql));"
                    + shape.afterwards
            )
            // What is not said goes to the database's own tablespace, whatever the sessions' default is.
            try await database.administer(
                "ALTER DATABASE \(Identifier(database.name)) SET default_tablespace = '\(tablespace.name)'"
            )
            // What the role of vecsteward gets is in the dump too.
            try await database.grant()
            let before = try await database.schemaDump()
            let facts = try await self.facts(database)
            let record = try await self.record(of: shape.table, on: database)
            let outcome = try await carryOut(Journal(record), on: database)
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            let after = try await self.facts(database)
            #expect(after.oid != facts.oid, "it was built anew")
            #expect(after.text == facts.text)
            // The lists for 1,600 rows.
            let wanted = before.map { line in
                guard line.hasPrefix("CREATE INDEX "), line.contains("USING ivfflat") else { return line }
                let isWritten = line.contains(/WITH \(lists='\d+'\)/)
                return isWritten
                    ? line.replacing(/WITH \(lists='\d+'\)/, with: "WITH (lists='30')")
                    : line.replacing(/\);$/, with: ") WITH (lists='30');")
            }
            let dump = try await database.schemaDump()
            // Two extensions of one index stand in the order in which they were named, which means nothing.
            #expect(dump.sorted() == wanted.sorted(), "\(dump.difference(from: wanted))")
            #expect(shape.isHNSW == (wanted == before), "the case says what it is for")
        }
    }

    /// What the catalog says of the only vector index, beside its definition.
    private func facts(_ database: TestDatabase) async throws -> (oid: Int64, text: String) {
        let row = try await database.query(
            """
            SELECT
                class.oid::int8 AS oid,
                concat_ws(
                    E'\\n', class.relname, class.relnamespace, class.reltablespace, class.relowner, class.relpersistence,
                    obj_description(class.oid, 'pg_class'), index.indclass::text, index.indkey::text,
                    (SELECT string_agg(concat(attstattarget, atttypid, atttypmod), ' ') FROM pg_attribute WHERE attrelid = class.oid),
                    (
                        SELECT string_agg(concat_ws(' ', refclassid, refobjid, refobjsubid, deptype), ',' ORDER BY refclassid, refobjid, refobjsubid)
                        FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = class.oid
                    ),
                    (SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = class.oid)
                ) AS text
            FROM pg_class AS class JOIN pg_index AS index ON index.indexrelid = class.oid
            WHERE class.relam >= 16384
            """
        ).one()
        return (try row["oid", as: Int64.self], try row["text", as: String.self])
    }

    /// The job of a person who wants the only index of a table to be rebuilt.
    private func record(of table: String, on database: TestDatabase) async throws -> JobRecord {
        let assessment = try await assess(database, layers: [everythingActs])
        let collection = try #require(
            assessment.snapshot.collections.first { "\($0.name.schema).\($0.name.table)" == table }
        )
        let assessor = Assessor(try database.connections(try await database.target(nil)))
        let jobs = try await assessor.jobs(
            for: .rebuild(index: nil),
            on: collection.name,
            in: try await assessor.observe()
        )
        let job = try #require(try jobs.get().first)
        let old = try #require(collection.relations.first?.indexes.first)
        return JobRecord(
            id: 1,
            job: job,
            oldIndex: old.identity
        )
    }
}
