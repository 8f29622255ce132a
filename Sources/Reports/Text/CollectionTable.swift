internal import Advisor

/// The table of the collections of a database, by name.
struct CollectionTable {
    let snapshot: CatalogSnapshot
    let findings: [CollectionName?: [Finding]]

    /// Healthy collections that the table shows; the JSON report has all.
    static let healthyShown = 200

    func write(to page: inout Page) {
        var notes = TableNotes()
        var shown: [Collection] = []
        var healthy = 0
        for collection in snapshot.orderedCollections {
            if findings[collection.name] == nil {
                healthy += 1
                if healthy > Self.healthyShown { continue }
            }
            shown.append(collection)
        }
        // The column is worth its width where it says something that the rows do not.
        let showsVectors = !shown.allSatisfy(\.hasVectorInEachRow)
        var table = TextTable(
            header: ["collection", "rows"] + (showsVectors ? ["vectors"] : [])
                + ["dims", "index", "measure", "baseline", "growth", "state"],
            rightAligned: showsVectors ? [1, 2, 3, 6, 7] : [1, 2, 5, 6]
        )
        for collection in shown {
            let row = CollectionRow(
                collection,
                findings[collection.name] ?? [],
                builds: snapshot.builds,
                notes: &notes
            )
            table.rows.append(row.cells(showingVectors: showsVectors))
        }
        page.table(table)
        if healthy > Self.healthyShown {
            let rest = Numbers.grouped(Int64(healthy - Self.healthyShown))
            page.line("... and \(rest) more without a finding; --format json has all")
        }
        notes.write(to: &page)
    }
}
