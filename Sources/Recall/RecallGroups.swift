/// What searches found that each want one value in a column, such as the rows of one tenant.
public struct RecallGroups: Sendable, Hashable {
    /// The column.
    public var column: String
    /// How many values were searched for.
    public var count: Int
    /// How many searches the planner would carry out without the index, which are in no figure.
    public var searchesWithoutIndex: Int
    /// The value whose searches found least.
    public var worst: Group

    /// The searches for one value.
    public struct Group: Sendable, Hashable {
        /// The value, which is shown to the person who named the column, and belongs into no log and no table.
        public var value: String
        /// What the searches for it found.
        public var figures: RecallFigures
        /// The rows with the value that have a vector.
        public var rows: Int

        /// Puts a group together.
        public init(value: String, figures: RecallFigures, rows: Int) {
            self.value = value
            self.figures = figures
            self.rows = rows
        }
    }

    /// Puts the groups together.
    ///
    /// - Returns: `nil` without any.
    public init?(_ groups: [Group], of column: String, searchesWithoutIndex: Int) {
        let order = groups.sorted {
            ($0.figures.recall, -$0.figures.queries, $0.value) < ($1.figures.recall, -$1.figures.queries, $1.value)
        }
        guard let worst = order.first else { return nil }
        self.column = column
        count = groups.count
        self.searchesWithoutIndex = searchesWithoutIndex
        self.worst = worst
    }
}
