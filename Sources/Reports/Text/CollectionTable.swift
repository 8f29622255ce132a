internal import Advisor

/// The table of the collections of a database, by name.
struct CollectionTable {
    let observation: Observation
    let findings: [CollectionName?: [Finding]]

    /// Healthy collections that the table shows; the JSON report has all.
    static let healthyShown = 200

    func write(to page: inout Page) {
        var notes = TableNotes()
        var table = TextTable(
            header: ["collection", "rows", "dims", "index", "measure", "baseline", "growth", "state"],
            rightAligned: [1, 2, 5, 6]
        )
        var healthy = 0
        for collection in observation.orderedCollections {
            let found = findings[collection.name] ?? []
            if found.isEmpty {
                healthy += 1
                if healthy > Self.healthyShown { continue }
            }
            table.rows.append(CollectionRow(collection, found, builds: observation.builds, notes: &notes).cells)
        }
        page.table(table)
        if healthy > Self.healthyShown {
            let rest = Numbers.grouped(Int64(healthy - Self.healthyShown))
            page.line("... and \(rest) more without a finding; --format json has all")
        }
        notes.write(to: &page)
    }
}
