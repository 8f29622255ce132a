/// What a job in the background has found out about an index.
public struct IndexEvidence: Sendable, Equatable {
    /// What was asked for, such as `recall`.
    public var kind: String
    /// What was found, by name.
    public var figures: [String: Double]
    /// The settings that it was found with, by name.
    public var settings: [String: String]
    /// When, in seconds since 1970 UTC by the server's clock.
    public var takenAt: Double
    /// The rows of the table at that time.
    public var rows: Int64
    /// Rows that had been inserted, updated and deleted by then, as the server counts.
    public var writes: Int64

    /// Puts what was found together.
    public init(
        kind: String,
        figures: [String: Double],
        settings: [String: String] = [:],
        takenAt: Double,
        rows: Int64,
        writes: Int64
    ) {
        self.kind = kind
        self.figures = figures
        self.settings = settings
        self.takenAt = takenAt
        self.rows = rows
        self.writes = writes
    }

    /// Whether it still holds for a table: no more than a tenth of its rows has been written since.
    ///
    /// Counters that were reset tell nothing, so that it does not hold after that.
    public func holds(on relation: Relation) -> Bool {
        let writes = relation.statistics.writes - self.writes
        return writes >= 0 && writes <= max(rows / 10, 100)
    }

    /// Whether it was gathered with these settings; it may have others besides.
    public func isWith(_ settings: [String: String]) -> Bool {
        settings.allSatisfy { self.settings[$0.key] == $0.value }
    }
}

extension VectorIndex {
    /// The latest evidence of a kind, if it still holds; `nil` where it does not, so that a job has to gather it.
    ///
    /// Evidence of an earlier build of the index is none.
    public func evidence(_ kind: String, on relation: Relation) -> IndexEvidence? {
        evidence.first { $0.kind == kind }.flatMap { $0.holds(on: relation) ? $0 : nil }
    }
}
