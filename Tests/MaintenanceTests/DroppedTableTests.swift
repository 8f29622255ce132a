import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Tables that go between the poll and what confirms it", .serialized)
struct DroppedTableTests {
    @Test(
        "what was dropped or renamed meanwhile is left out, and the rest is confirmed and measured",
        arguments: TestServer.all,
        [
            "DROP TABLE gone", "ALTER TABLE gone DROP COLUMN vec", "ALTER TABLE gone RENAME TO elsewhere",
            "CREATE SCHEMA other; ALTER TABLE gone SET SCHEMA other", "ALTER SCHEMA public RENAME TO private",
        ]
    )
    func dropped(server: TestServer, change: String) async throws {
        try await withDatabase(on: server) { database in
            let index = "USING ivfflat (vec vector_l2_ops) WITH (lists = 30)"
            try await database.execute(
                "CREATE SCHEMA kept;" + table("gone", rows: 2_000) + table("kept.here", rows: 2_000) + """
                    CREATE INDEX ON gone \(index);
                    CREATE INDEX ON kept.here \(index);
                    INSERT INTO gone SELECT * FROM gone UNION ALL SELECT * FROM gone;
                    INSERT INTO kept.here SELECT * FROM kept.here UNION ALL SELECT * FROM kept.here;
                    """
            )
            let transaction = ReadOnlyTransaction(statementTimeout: .seconds(30))
            var connection = try await database.connect()
            var snapshot = try await Poll(scope: CollectionScope(), statementTimeout: .seconds(30))
                .observe(&connection)
            let estimated = assessment(of: snapshot)
            #expect(estimated.confirmations.map(\.table).sorted() == ["gone", "here"])

            try await database.execute(change)
            let confirmation = RowConfirmation(
                transaction: transaction,
                connections: try database.connections(),
                setbacks: AnalyzeSetbacks()
            )
            try await confirmation.confirm(
                estimated.confirmations,
                in: &snapshot,
                isAnalyzing: true,
                on: &connection
            )
            #expect(snapshot.collections.map(\.rows) == [RowCount(6_000, .analyzed)])
            // By the findings of before, which still name the index that is gone.
            _ = try await IndexDetails(transaction: transaction)
                .complete(&snapshot, findings: estimated.findings, on: &connection)
            let assessed = assessment(of: snapshot)
            #expect(assessed.snapshot.collections.map(\.name.description) == ["kept.here.vec"])
            #expect(try assessed.collection("kept.here.vec").relations[0].indexes.first?.isSizeMeasured == true)
            #expect(assessed.jobs("kept.here.vec").contains { $0.disposition == .act })
            #expect(assessed.plan.jobs.allSatisfy { $0.collection.table == "here" })
        }
    }

    private func assessment(of snapshot: CatalogSnapshot) -> Assessment {
        Assessment(snapshot: snapshot, policies: PolicyBook(layers: []), limits: ResourceLimits())
    }
}
