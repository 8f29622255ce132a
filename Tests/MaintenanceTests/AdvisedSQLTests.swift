import DatabaseFixture
import Postgres
import Testing

@testable import Advisor
@testable import Maintenance

@Suite("The SQL of advised statements")
struct AdvisedSQLTests {
    private static let table = AdvisedStatement.Table(schema: "public", name: "It\"ems")
    private static let definition = IndexDefinition(
        distanceMetric: .l2Distance,
        operatorClass: "vector_l2_ops",
        operatorClassSchema: "extensions",
        parameters: .ivfflat(lists: 30)
    )
    private static let untyped = CastIndex(
        type: .vector,
        method: .hnsw,
        distanceMetric: .l2Distance,
        extensionSchema: "ext"
    )
    private static let partial = AdvisedStatement.PartialIndexes(
        column: "a%b",
        operatorClass: "vector_l2_ops",
        operatorClassSchema: "ext",
        method: .hnsw,
        options: ["m=8"],
        filterColumn: "it's",
        most: 20
    )
    private static let role = AdvisedStatement.Sessions.role("app user", database: "my-db")

    static let cases: [(AdvisedStatement, String)] = [
        (
            .createColumnIndex(on: table, definition, column: "vec"),
            #"CREATE INDEX CONCURRENTLY ON "public"."It""ems" USING ivfflat ("vec" "extensions"."vector_l2_ops") WITH (lists=30)"#
        ),
        (
            .createFilterIndex(on: table, columns: ["tenant id", "kind"]),
            #"CREATE INDEX CONCURRENTLY ON "public"."It""ems" ("tenant id", "kind")"#
        ),
        (
            .writePartialIndexes(on: table, partial),
            #"SELECT pg_catalog.count(*) AS rows, pg_catalog.format('CREATE INDEX CONCURRENTLY ON "public"."It""ems" USING hnsw "#
                + #"("a%%b" "ext"."vector_l2_ops") WITH (m=8) WHERE "it''s" = %1$L;', "it's") AS statement "#
                + #"FROM "public"."It""ems" WHERE "it's" IS NOT NULL GROUP BY "it's" ORDER BY 1 DESC LIMIT 20"#
        ),
        (
            .writeColumnType(on: table, untyped, column: "a%b"),
            #"SELECT pg_catalog.count(*) AS rows, pg_catalog.format('ALTER TABLE "public"."It""ems" ALTER COLUMN "a%%b" "#
                + #"TYPE "ext"."vector"(%1$s);', "ext"."vector_dims"("a%b")) AS statement FROM "public"."It""ems" "#
                + #"WHERE "a%b" IS NOT NULL GROUP BY "ext"."vector_dims"("a%b") ORDER BY 1 DESC"#
        ),
        (
            .setLists(90, schema: "my schema", index: "It\"s"),
            #"ALTER INDEX "my schema"."It""s" SET (lists = 90)"#
        ),
        (.set(.probes(8), for: role), #"ALTER ROLE "app user" IN DATABASE "my-db" SET ivfflat.probes = 8"#),
        (.set(.efSearch(100), for: .database("my-db")), #"ALTER DATABASE "my-db" SET hnsw.ef_search = 100"#),
        (
            .set(.iterativeScan(.hnsw), for: role),
            #"ALTER ROLE "app user" IN DATABASE "my-db" SET hnsw.iterative_scan = 'relaxed_order'"#
        ),
        (
            .set(.iterativeScan(.ivfflat), for: role),
            #"ALTER ROLE "app user" IN DATABASE "my-db" SET ivfflat.iterative_scan = 'relaxed_order'"#
        ),
    ]

    @Test("quotes every name", arguments: cases)
    func text(of statement: AdvisedStatement, is sql: String) {
        #expect(AdvisedSQL.text(statement) == sql)
    }

    /// The kinds of statements: a new one does not compile before it is here, and fails before `everyKind` runs it.
    private enum Kind: CaseIterable {
        case createIndex, createColumnIndex, createFilterIndex, writePartialIndexes, searchByCast, writeCreateIndex
        case writeColumnType, explainSearch, reindex, setLists, dropIndex, updateExtension, setProbes, set

        init(_ statement: AdvisedStatement) {
            switch statement {
            case .createIndex: self = .createIndex
            case .createColumnIndex: self = .createColumnIndex
            case .createFilterIndex: self = .createFilterIndex
            case .writePartialIndexes: self = .writePartialIndexes
            case .searchByCast: self = .searchByCast
            case .writeCreateIndex: self = .writeCreateIndex
            case .writeColumnType: self = .writeColumnType
            case .explainSearch: self = .explainSearch
            case .reindex: self = .reindex
            case .setLists: self = .setLists
            case .dropIndex: self = .dropIndex
            case .updateExtension: self = .updateExtension
            case .setProbes: self = .setProbes
            case .set: self = .set
            }
        }

        /// Whether its result is statements to run.
        var writes: Bool { [.writePartialIndexes, .writeCreateIndex, .writeColumnType].contains(self) }
    }

    @Test("of every kind runs as it is printed", .timeLimit(.minutes(2)), arguments: TestServer.all)
    func everyKind(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let hostile = #"qu"o'te%s \ {$1}"#
            let name = Identifier(hostile)
            try await database.execute(
                """
                CREATE TABLE \(name) (\(name) vector(3), tenant int);
                INSERT INTO \(name) SELECT ARRAY[g, g % 7, 1]::vector, g % 3 FROM generate_series(1, 100) AS g;
                CREATE INDEX \(Identifier(hostile + "_lists")) ON \(name)
                    USING ivfflat (\(name) vector_l2_ops) WITH (lists = 5);
                CREATE INDEX \(Identifier(hostile + "_spare")) ON \(name) USING hnsw (\(name) vector_l2_ops);
                CREATE TABLE loose_1 AS SELECT ARRAY[g, 1]::vector AS \(name) FROM generate_series(1, 100) AS g;
                CREATE TABLE loose_2 AS SELECT * FROM loose_1;
                """
            )
            let schema = try await database.query(
                "SELECT extnamespace::regnamespace::text AS name FROM pg_extension WHERE extname = 'vector'"
            )
            .one()["name", as: String.self]
            let table = AdvisedStatement.Table(schema: "public", name: hostile)
            var index = Self.definition
            index.operatorClassSchema = schema
            var untyped = Self.untyped
            untyped.extensionSchema = schema
            untyped.isForSomeDimensions = true
            var half = untyped
            (half.type, half.dimensions, half.isForSomeDimensions) = (.halfvec, 3, false)
            var partial = Self.partial
            (partial.column, partial.filterColumn, partial.operatorClassSchema) = (hostile, "tenant", schema)
            let search = AdvisedStatement.Search(column: hostile, distanceOperator: "<->", operatorSchema: schema)
            let statements: [AdvisedStatement] = [
                .createIndex(on: table, half, column: hostile),
                .createColumnIndex(on: table, index, column: hostile),
                .createFilterIndex(on: table, columns: ["tenant"]),
                .writePartialIndexes(on: table, partial),
                .searchByCast(on: table, half, column: hostile),
                .writeCreateIndex(
                    on: AdvisedStatement.Table(schema: "public", name: "loose_1"),
                    untyped,
                    column: hostile
                ),
                .writeColumnType(
                    on: AdvisedStatement.Table(schema: "public", name: "loose_2"),
                    untyped,
                    column: hostile
                ),
                .explainSearch(on: table, search),
                .setLists(12, schema: "public", index: hostile + "_lists"),
                .reindex(schema: "public", index: hostile + "_lists"),
                .dropIndex(schema: "public", index: hostile + "_spare", isPartitioned: false),
                .updateExtension,
                .setProbes(5, database: database.name),
                .set(.efSearch(100), for: .database(database.name)),
            ]
            #expect(Set(statements.map { Kind($0) }) == Set(Kind.allCases))
            var session = try await database.connect()
            for statement in statements {
                let rows = try await session.query(Statement(AdvisedSQL.text(statement)))
                guard Kind(statement).writes else { continue }
                var written: [String] = []
                for row in rows { written.append(try row["statement", as: String.self]) }
                #expect(!written.isEmpty)
                for sql in written { _ = try await session.query(Statement(sql)) }
            }
            let lists = try await database.query(
                "SELECT FROM pg_class WHERE relname = \(hostile + "_lists") AND 'lists=12' = ANY (reloptions)"
            )
            #expect(lists.count == 1)
        }
    }

    @Test(
        "runs as it is printed, and sets what holds in the next session",
        .timeLimit(.minutes(2)),
        arguments: TestServer.all
    )
    func runs(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let hostile = #"qu"o'te%s \ {$1}"#
            let role = try database.user(.application)
            let table = AdvisedStatement.Table(schema: "public", name: hostile)
            try await database.execute(
                "CREATE TABLE \(Identifier(hostile)) (\(Identifier(hostile)) vector(3), tenant int)"
            )
            var index = Self.definition
            index.operatorClassSchema = try await database.query(
                "SELECT extnamespace::regnamespace::text AS name FROM pg_extension WHERE extname = 'vector'"
            )
            .one()["name", as: String.self]
            let sessions: [AdvisedStatement.Sessions] = [
                .database(database.name), .role(role, database: database.name),
            ]
            let settings: [AdvisedStatement.SearchParameter] = [
                .probes(8), .efSearch(100), .iterativeScan(.hnsw), .iterativeScan(.ivfflat),
            ]
            let statements =
                [
                    AdvisedStatement.createColumnIndex(on: table, index, column: hostile),
                    .createFilterIndex(on: table, columns: ["tenant"]),
                ] + sessions.flatMap { sessions in settings.map { .set($0, for: sessions) } }
            for statement in statements { try await database.administer(AdvisedSQL.text(statement)) }
            var session = try await database.connect(as: .application)
            var untyped = Self.untyped
            untyped.extensionSchema = index.operatorClassSchema
            try await database.execute(
                "CREATE TABLE \(Identifier(hostile + "2")) AS SELECT '[1,2]'::vector AS \(Identifier(hostile))"
            )
            let loose = AdvisedStatement.Table(schema: "public", name: hostile + "2")
            let writing = AdvisedSQL.text(.writeColumnType(on: loose, untyped, column: hostile))
            let written = try await database.query(Statement(writing)).one()["statement", as: String.self]
            try await database.execute(written)
            let type = try await database.query(
                "SELECT format_type(atttypid, atttypmod) AS name FROM pg_attribute WHERE attname = \(hostile) AND atttypmod = 2"
            )
            #expect(type.count == 1, "the column has the dimensions of its row")
            _ = try await session.query("SELECT '[1]'::vector")
            for (name, value) in [
                ("ivfflat.probes", "8"), ("hnsw.ef_search", "100"), ("hnsw.iterative_scan", "relaxed_order"),
                ("ivfflat.iterative_scan", "relaxed_order"),
            ] {
                let sql = "SELECT current_setting('\(name)') AS value"
                let rows = try await session.query(Statement(sql))
                var values: [String] = []
                for row in rows { values.append(try row["value", as: String.self]) }
                #expect(values == [value], "\(name)")
            }
        }
    }
}
