/// Bounds for the number of rows with a vector that are in no usable index of a table.
public struct Uncovered: Sendable, Equatable {
    /// The lower bound, as far as the statistics show.
    public var atLeast: Int64
    /// The upper bound.
    public var atMost: Int64

    /// Creates bounds.
    public init(atLeast: Int64, atMost: Int64) {
        self.atLeast = atLeast
        self.atMost = atMost
    }
}

extension Collection {
    /// The rows with a vector that are in no usable index of a table of this collection.
    ///
    /// The row count of a partial index is that of its build, or what ANALYZE has estimated for its predicate: the rows
    /// that match it, with a vector or without. The predicates of several indexes may overlap: together they hold at
    /// most their sum, and at least the largest of them.
    ///
    /// - Parameter relation: The table, or one partition.
    /// - Returns: The bounds; `nil` if no index is usable.
    public func uncovered(in relation: Relation) -> Uncovered? {
        let usable = relation.indexes.filter(\.isUsable)
        guard !usable.isEmpty else { return nil }
        guard usable.allSatisfy(leavesRowsOut) else { return Uncovered(atLeast: 0, atMost: 0) }
        let vectors = relation.vectorRows
        let without = vectors.source == .atMost ? 0 : relation.rows.value - vectors.value
        var sum: Int64 = 0
        var largest: Int64 = 0
        for index in usable {
            let held = relation.rows(in: index)
            // If its share is unknown, it may hold all rows or none.
            sum += held.value
            if held.source != .unknown { largest = max(largest, held.value - without) }
        }
        return Uncovered(atLeast: max(0, vectors.value - sum), atMost: max(0, vectors.value - largest))
    }

    /// Whether a predicate keeps rows with a vector out of an index.
    private func leavesRowsOut(_ index: VectorIndex) -> Bool {
        guard let predicate = index.predicate else { return false }
        guard index.expression == nil else { return true }
        let quoted = "\"" + name.column.replacing("\"", with: "\"\"") + "\""
        return predicate != "(\(name.column) IS NOT NULL)" && predicate != "(\(quoted) IS NOT NULL)"
    }

    /// Whether a report must not say that the indexes of this collection hold all its rows: more than a hundredth of
    /// the rows of some table may be in none, which is more than the error of ANALYZE's sample.
    public var isPartlyCovered: Bool {
        relations.contains { relation in
            guard let uncovered = uncovered(in: relation) else { return false }
            return uncovered.atMost > relation.vectorRows.value / 100
        }
    }

    /// The share of the rows with a vector that usable partial indexes hold, 0 to 1; `nil` if no index is partial, or
    /// the share is unknown.
    public var coveredShare: Double? {
        var (covered, all): (Double, Double) = (0, 0)
        for relation in relations {
            let rows = Double(relation.vectorRows.value)
            guard rows > 0, let uncovered = uncovered(in: relation) else { continue }
            guard uncovered.atLeast > 0 || uncovered.atMost < relation.vectorRows.value else { return nil }
            all += rows
            covered += rows - Double(uncovered.atLeast + uncovered.atMost) / 2
        }
        return all > 0 ? covered / all : nil
    }
}
