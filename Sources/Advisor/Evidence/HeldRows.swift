extension Relation {
    /// The rows that an index of this table holds, or would hold if it were built now.
    ///
    /// A partial index holds a share of the rows, which its own row count shows: a build counts its rows, ANALYZE and
    /// VACUUM estimate them, each together with the table's. An index for cosine distance leaves zero vectors out; its
    /// baseline may show their share. Rows that were added later are assumed to have the same share.
    ///
    /// - Parameter index: The index.
    /// - Returns: The rows. For a partial index with an unknown share these are all rows with a vector, which are the
    ///   most that it can hold, with the source ``RowCount/Source/unknown``.
    public func rows(in index: VectorIndex) -> RowCount {
        let vectors = vectorRows
        guard index.predicate != nil else {
            let share = nonZeroShare(of: index)
            return share < 1
                ? RowCount(RowCount.whole((share * Double(vectors.value)).rounded()), vectors.source) : vectors
        }
        // A build on no rows, and no ANALYZE since.
        guard index.reltuples >= 0, statistics.reltuples > 0 else {
            // Its build has counted its rows; PostgreSQL 18 may leave the rows of the table unknown.
            guard index.reltuples > 0 else { return RowCount(vectors.value, .unknown) }
            return RowCount(min(RowCount.whole(index.reltuples), vectors.value), .statistics)
        }
        let share = min(1, index.reltuples / statistics.reltuples)
        let held = min(RowCount.whole((share * Double(rows.value)).rounded()), vectors.value)
        // The rows of the table were counted, and the share is an estimate.
        return RowCount(held, rows.isConfirmed ? .statistics : rows.source)
    }

    /// The number of rows with a vector that the table needs for an index that holds so many of them.
    func tableRows(for rows: Int64, in index: VectorIndex) -> Int64 {
        RowCount.whole((Double(rows) / nonZeroShare(of: index)).rounded(.up))
    }

    /// The share of the vectors that an index holds, from its baseline: an index for cosine distance has no zero
    /// vectors.
    private func nonZeroShare(of index: VectorIndex) -> Double {
        guard index.predicate == nil, index.distanceMetric == .cosineDistance,
            let baseline = Baseline.infer(for: index, on: self), baseline.rows > 0
        else { return 1 }
        return Double(baseline.rows) / Double(baseline.tableRows)
    }
}
