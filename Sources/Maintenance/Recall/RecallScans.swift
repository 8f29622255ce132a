internal import Advisor
internal import Postgres
internal import Recall

/// How the plan of a search reads the tables with the rows.
struct RecallScans {
    private struct Scan {
        var table: String
        var index: String?
        /// Whether the index gives the rows in the order of their distances; otherwise they are sorted.
        var isOrdered: Bool
        /// Whether it is by the index that is measured, or by the part of it that belongs to this partition.
        var isOwn: Bool
        /// Whether the table has a valid part of the index.
        var hasOwn: Bool
    }

    private var scans: [Scan] = []

    /// Reads the rows of `recall_scans.sql`.
    ///
    /// A table without a page has no rows, so it does not matter how it is read.
    init(_ rows: Rows) throws(PostgresError) {
        for row in rows where try row["has_rows", as: Bool.self] {
            let schema = try row["schema", as: String.self]
            scans.append(
                Scan(
                    table: "\(schema).\(try row["name", as: String.self])",
                    index: try row["index", as: String?.self],
                    isOrdered: try row["is_ordered", as: Bool.self],
                    isOwn: try row["is_own", as: Bool.self],
                    hasOwn: try row["has_own", as: Bool.self]
                )
            )
        }
    }

    /// How the partitions are read, for the report; `nil` for an index of one table.
    func partitions(of measured: MeasuredIndex) -> PartitionScans? {
        guard measured.isPartitioned else { return nil }
        return PartitionScans(
            indexed: scans.count { $0.isOwn },
            scanned: scans.filter { !$0.isOwn && $0.hasOwn }.map(\.table),
            unindexed: scans.filter { !$0.isOwn && !$0.hasOwn }.map(\.table)
        )
    }

    /// Why this is no search of the index; `nil` if it is one.
    func refusal(of measured: MeasuredIndex) -> RecallRefusal? {
        let own = Identifier(measured.index.name)
        let others = scans.filter { $0.index != nil && !$0.isOwn }
        if let other = others.first(where: \.isOrdered), let index = other.index {
            let place = measured.isPartitioned ? " on partition \(other.table)" : ""
            return RecallRefusal(
                "the planner takes index \(Identifier(index)) instead of \(own) for these searches\(place)",
                hint: "Measure that one with --index, and drop the other if no search needs it."
            )
        }
        if scans.contains(where: \.isOwn) { return nil }
        if let index = others.first?.index {
            return RecallRefusal(
                "for these searches the planner takes index \(Identifier(index)), which finds all matching rows, and sorts them "
                    + "exactly",
                hint: "They miss no row, so there is nothing to measure: they do not use index \(own)."
            )
        }
        if measured.isPartitioned, !scans.isEmpty, !scans.contains(where: \.hasOwn) {
            return RecallRefusal(
                "no partition with rows has a valid part of index \(own): \(MeasuredIndex.listed(scans.map(\.table)))",
                hint:
                    "Such a search finds all nearest rows, slowly. vecsteward --dry-run says how to index the partitions."
            )
        }
        return RecallRefusal(
            "the planner reads the whole table instead of index \(own) at these settings",
            hint:
                "Such a search finds all nearest rows, slowly. The planner takes the index with fewer probes or a smaller "
                + "ef_search, once the table is larger or analyzed, or once transactions that are older than the index have ended."
        )
    }
}
