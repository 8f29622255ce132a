import DatabaseFixture
import Foundation
import Testing

@testable import vecsteward

/// Access methods of other extensions: hnsw under another name.
@Suite("The recall of an index of a foreign access method", .timeLimit(.minutes(10)))
struct RecallForeignMethodTests {
    /// An access method and an operator class whose name does not tell the distance.
    private static func methods(_ name: String) -> String {
        """
        CREATE ACCESS METHOD \(name) TYPE INDEX HANDLER hnswhandler;
        CREATE OPERATOR CLASS near_ops FOR TYPE vector USING \(name) AS
            OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
            FUNCTION 1 vector_negative_inner_product(vector, vector),
            FUNCTION 2 vector_norm(vector);

        """
    }

    private static func kind(_ method: String) -> RecallKind {
        var kind = RecallKind.all[0]
        kind.method = method
        kind.operatorClass = "near_ops"
        kind.distance = "<=>"
        return kind
    }

    /// A database whose superuser has made the method.
    private func withTable(
        _ method: String,
        on server: TestServer = TestServer.all[0],
        layout: RecallLayout = .plain,
        _ body: (TestDatabase, RecallKind) async throws -> Void
    ) async throws {
        let kind = Self.kind(method)
        try await RecallBench.withTable(
            on: server,
            kind,
            layout: layout,
            rows: 700,
            index: "CREATE INDEX docs_index ON docs USING \(method) (v near_ops) WITH (m = 2, ef_construction = 4)",
            before: Self.methods(method)
        ) { try await body($0, kind) }
    }

    @Test("is what brute force finds, with the settings as they hold", arguments: TestServer.all, RecallLayout.allCases)
    func bruteForce(server: TestServer, layout: RecallLayout) async throws {
        try await withTable("diskann", on: server, layout: layout) { database, kind in
            try await database.administer("ALTER DATABASE \(database.name) SET hnsw.ef_search = 11")
            let report = try await RecallBench.expectBruteForce(kind, on: database)
            #expect(report["method"] as? String == "diskann")
            #expect(report["measure"] as? String == "cosine_distance")
        }
    }

    /// A method with the name of a library that has settings.
    @Test("shows the settings that are named after the method")
    func settings() async throws {
        try await withTable("plpgsql") { database, _ in
            try await database.administer(
                """
                ALTER DATABASE \(database.name) SET session_preload_libraries = 'plpgsql';
                ALTER DATABASE \(database.name) SET plpgsql.variable_conflict = 'use_column';
                """
            )
            let report = try RecallBench.json(try await RecallBench.recall(["docs", "--format", "json"], on: database))
            let settings = try #require(report["settings"] as? [[String: Any]])
            let values = Dictionary(
                uniqueKeysWithValues: settings.map { ($0["name"] as? String ?? "", $0["value"] as? String ?? "") }
            )
            #expect(values["plpgsql.variable_conflict"] == "use_column", "\(values)")
            #expect(values.keys.allSatisfy { $0.hasPrefix("plpgsql.") })
        }
    }

    @Test("is not measured by others than the owner of an operator class that belongs to no extension")
    func operatorClass() async throws {
        try await withTable("diskann") { database, _ in
            let run = try await RecallBench.recall(["docs"], on: database, as: .application)
            #expect(run.status == 1)
            #expect(run.errors.contains("which would run with vecsteward's privileges"), "\(run.text)")
        }
    }
}
