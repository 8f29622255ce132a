import Advisor
import AdvisorFixture
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

    @Test("partitions of one name in two schemas are two, and only those that a job works on are left as they were")
    func partitions() {
        var seen = snapshot(rows: 5_000, indexes: [hnsw(name: "by_hand", isValid: false)])
        seen.collections[0].isPartitioned = true
        var archived = seen.collections[0].relations[0]
        archived.oid = 2
        archived.schema = "archive"
        archived.indexes[0].oid = 21
        seen.collections[0].relations.append(archived)
        let assessment = assess(seen)
        let invalid = assessment.known(after: [:]) { _ in false }.keys.filter { $0.rule == "invalid" }
        #expect(Set(invalid.map(\.part)) == ["docs", "archive.docs"])
        let busy = assessment.parts(among: [RelationName(schema: "archive", name: "docs")])
        #expect(busy == [PartKey(collection: docs, part: "archive.docs")])
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
