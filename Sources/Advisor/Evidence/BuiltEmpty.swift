extension Baseline {
    /// What the ages of the rows tell: that the index was built on none of those that are there.
    ///
    /// It may have been built on others. Each of these was updated or deleted since, and is counted there, where the counters
    /// have seen the rows of now come in.
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
    /// The indexes of which nothing but the ages of rows could tell what they were built on, where that would matter.
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

    /// Takes over what the ages of rows tell.
    public mutating func take(_ ages: [IndexIdentity: RowAges]) {
        guard !ages.isEmpty else { return }
        updateIndexes { index, _ in
            if let found = ages[index.identity] { index.rowAges = found }
        }
    }
}
