extension Baseline {
    /// The baseline from the ages of the rows: the index was built on none of the rows in the table.
    ///
    /// It may have been built on others. Each of those was updated or deleted later, and is counted there, if the
    /// counters have seen the current rows arrive.
    static func ofRowAges(_ index: VectorIndex, on relation: Relation) -> Baseline? {
        guard let ages = index.rowAges else { return nil }
        let statistics = relation.statistics
        let rows = relation.rows.value
        let isBorneOut =
            ages == .younger && statistics.explains(rows) && statistics.updated + statistics.deleted <= rows / 10
        return Baseline(rows: 0, source: .builtEmpty, certainty: isBorneOut ? .likely : .guess)
    }
}

extension CatalogSnapshot {
    /// The indexes whose baseline only the ages of rows could show, if it matters.
    public var indexesToDate: [IndexIdentity] {
        collections.flatMap { collection in
            collection.relations.flatMap { relation in
                relation.indexes.compactMap { index in
                    guard index.isUsable, index.method == .ivfflat, index.rowAges == nil,
                        relation.vectorRows.value >= RowAges.fewestRows,
                        let known = Baseline.infer(for: index, on: relation), known.certainty == .guess,
                        known.source == .lists || known.source == .rowsNow
                    else { return nil }
                    return index.identity
                }
            }
        }
    }

    /// Adds what the ages of rows show.
    public mutating func add(_ ages: [IndexIdentity: RowAges]) {
        guard !ages.isEmpty else { return }
        updateIndexes { index, _ in
            if let found = ages[index.identity] { index.rowAges = found }
        }
    }
}
