/// How many rows with a vector no usable index of a table holds, between two bounds.
public struct Uncovered: Sendable, Equatable {
    /// So many are in none, for as much as the statistics tell.
    public var atLeast: Int64
    /// No more than so many are in none.
    public var atMost: Int64

    /// Two bounds.
    public init(atLeast: Int64, atMost: Int64) {
        self.atLeast = atLeast
        self.atMost = atMost
    }
}

extension Collection {
    /// The rows with a vector that no usable index of a table of this collection holds.
    ///
    /// The row count of a partial index is that of its build, or what ANALYZE has made of its predicate: the rows that fit
    /// it, with a vector or without. The predicates of several indexes may overlap: together they hold no more than their
    /// sum, and no fewer than the largest of them.
    ///
    /// - Parameter relation: The table, or one partition.
    /// - Returns: The bounds; `nil` where no index is usable at all.
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
            // Where nothing tells what it holds, it may hold all rows or none.
            sum += held.value
            if held.source != .unknown { largest = max(largest, held.value - without) }
        }
        return Uncovered(atLeast: max(0, vectors.value - sum), atMost: max(0, vectors.value - largest))
    }

    /// Whether a predicate keeps rows out of an index that have a vector.
    private func leavesRowsOut(_ index: VectorIndex) -> Bool {
        guard let predicate = index.predicate else { return false }
        guard index.expression == nil else { return true }
        let quoted = "\"" + name.column.replacing("\"", with: "\"\"") + "\""
        return predicate != "(\(name.column) IS NOT NULL)" && predicate != "(\(quoted) IS NOT NULL)"
    }

    /// Whether a report must not say that the indexes of this collection hold all its rows: more than a hundredth of the
    /// rows of some table may be in none, which is beyond what a sample of ANALYZE leaves in doubt.
    public var isPartlyCovered: Bool {
        relations.contains { relation in
            guard let uncovered = uncovered(in: relation) else { return false }
            return uncovered.atMost > relation.vectorRows.value / 100
        }
    }

    /// The share of the rows with a vector that usable partial indexes hold, 0 to 1; `nil` where no index is partial, or
    /// nothing tells.
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
