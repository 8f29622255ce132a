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
    private static let role = AdvisedStatement.Sessions.role("app user", database: "my-db")

    static let cases: [(AdvisedStatement, String)] = [
        (
            .createColumnIndex(on: table, definition, column: "vec"),
            #"CREATE INDEX CONCURRENTLY ON "public"."It""ems" USING ivfflat ("vec" "extensions"."vector_l2_ops") WITH (lists=30)"#
        ),
        (
            .createFilterIndex(on: table, column: "tenant id"),
            #"CREATE INDEX CONCURRENTLY ON "public"."It""ems" ("tenant id")"#
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
}
