/// What IVFFlat indexes with other lists and probes would find, without building any.
public struct ListsGrid: Sendable {
    /// What an index with so many lists would find with so many probes.
    public struct Cell: Sendable, Hashable {
        /// The lists of the index.
        public var lists: Int
        /// The lists that a search reads.
        public var probes: Int
        /// The recall, from 0 to 1.
        public var recall: Double
        /// Its 95 % confidence interval, that of the searches as for a measurement; builds scatter a little more.
        public var interval: ClosedRange<Double>
        /// The share of the rows that a search reads on average, from 0 to 1.
        public var shareOfRowsRead: Double

        /// Creates a cell.
        public init(
            lists: Int,
            probes: Int,
            recall: Double,
            interval: ClosedRange<Double>,
            shareOfRowsRead: Double
        ) {
            self.lists = lists
            self.probes = probes
            self.recall = recall
            self.interval = interval
            self.shareOfRowsRead = shareOfRowsRead
        }
    }

    /// Lists that the grid leaves out.
    public struct Omission: Sendable, Hashable {
        /// Why they are left out.
        public enum Reason: String, Sendable {
            /// The time was over.
            case time
            /// The sample has too few rows to train so many lists.
            case sample
            /// Their centres take too much memory.
            case memory
        }
        /// How many lists.
        public var lists: Int
        /// Why.
        public var reason: Reason

        /// Creates an omission.
        public init(lists: Int, reason: Reason) {
            self.lists = lists
            self.reason = reason
        }
    }

    /// The cells, by lists and then by probes.
    public var cells: [Cell]
    /// The lists that were to be in it and are not.
    public var omissions: [Omission]
    /// How many searches it is about.
    public var queries: Int
    /// The rows with a vector.
    public var rows: Int
    /// How many of them were drawn to find lists.
    public var sampledRows: Int
    /// How long it took, in seconds.
    public var seconds: Double

    /// Puts a grid together.
    public init(
        cells: [Cell],
        omissions: [Omission] = [],
        queries: Int,
        rows: Int,
        sampledRows: Int,
        seconds: Double = 0
    ) {
        self.cells = cells
        self.omissions = omissions
        self.queries = queries
        self.rows = rows
        self.sampledRows = sampledRows
        self.seconds = seconds
    }

    /// The cell of these lists and probes; with fewer lists than probes, a search reads all.
    public func cell(lists: Int, probes: Int) -> Cell? {
        cells.first { $0.lists == lists && $0.probes == min(probes, lists) }
    }

    /// The most lists that keep a recall, so that a search reads the least.
    ///
    /// Compare it with what the present index finds: what the grid says of its lists is the recall of a new build.
    ///
    /// - Parameters:
    ///   - recall: The present recall, from 0 to 1.
    ///   - probes: The probes of the searches, which have to be in the grid.
    ///   - tolerance: How much less is no loss.
    /// - Returns: The lists; `nil` if none of the grid keep it.
    public func mostLists(keeping recall: Double, atProbes probes: Int, within tolerance: Double = 0.01) -> Int? {
        cells.filter { $0.probes == min(probes, $0.lists) && $0.recall >= recall - tolerance }.map(\.lists).max()
    }

    /// The cell with the least work for a search that reaches a recall: the rows that it reads and the centres that it compares.
    ///
    /// - Parameters:
    ///   - target: The recall to reach, from 0 to 1.
    ///   - lists: Which lists; `nil` for any.
    /// - Returns: The cell; `nil` if none reaches it.
    public func leastWork(reaching target: Double, lists: Int? = nil) -> Cell? {
        cells.filter { $0.recall >= target && (lists == nil || $0.lists == lists) }
            .min { (work(of: $0), $0.lists) < (work(of: $1), $1.lists) }
    }

    /// How many vectors a search compares.
    public func work(of cell: Cell) -> Double { Double(cell.lists) + cell.shareOfRowsRead * Double(rows) }
}
