import Advisor
import Testing

@Suite("Findings that are news")
struct FindingChangesTests {
    @Test("the worst comes first: by severity, then by rows, then by name")
    func order() {
        let changes = [
            change("b", rows: 20), change("a", rows: nil), change("c", rows: 900), change("d", rows: 20),
            change("e", rows: 5, severity: .critical),
        ]
        let sorted = changes.sorted(by: FindingChanges.Change.isBefore)
        #expect(sorted.compactMap(\.key.collection?.table) == ["e", "c", "b", "d", "a"])
    }

    private func change(_ table: String, rows: Int64?, severity: Severity = .warning) -> FindingChanges.Change {
        var change = FindingChanges.Change(
            key: FindingKey(rule: "unindexed", collection: CollectionName(schema: "vecs", table: table, column: "vec")),
            finding: KnownFinding(severity: severity, summary: "no covering index")
        )
        change.evidence = [.count("minimumRows", 1_000)] + (rows.map { [.count("rows", $0)] } ?? [])
        return change
    }
}
