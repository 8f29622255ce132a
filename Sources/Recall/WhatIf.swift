/// What an index would find if it were another one, and what reaches a target.
public struct WhatIf: Sendable {
    /// A way to reach the target.
    public struct Remedy: Sendable, Hashable {
        /// How much recall it gives, as far as is known.
        public var recall: Double
        /// The lists to rebuild an IVFFlat index with; `nil` to leave the index as it is.
        public var lists: Int?
        /// The setting of the searches, such as `ivfflat.probes`.
        public var setting: String
        /// Its value.
        public var value: Int
        /// The share of the rows that a search then reads, if that is known.
        public var shareOfRowsRead: Double?
        /// Whether the recall was measured, and not computed.
        public var isMeasured: Bool
        /// What to do, as sentences.
        public var advice: String
        /// The statements that do it; each runs as it is.
        public var statements: [String]

        /// Creates a remedy.
        public init(
            recall: Double,
            lists: Int? = nil,
            setting: String,
            value: Int,
            shareOfRowsRead: Double? = nil,
            isMeasured: Bool,
            advice: String = "",
            statements: [String] = []
        ) {
            self.recall = recall
            self.lists = lists
            self.setting = setting
            self.value = value
            self.shareOfRowsRead = shareOfRowsRead
            self.isMeasured = isMeasured
            self.advice = advice
            self.statements = statements
        }
    }

    /// The recall to reach.
    public var target: Double
    /// The lists of the present index.
    public var presentLists: Int?
    /// The probes or candidates that were measured.
    public var presentValue: Int?
    /// Those that the searches of the application have; `nil` if others were measured and these are not known.
    public var usedValue: Int?
    /// Lists and probes of IVFFlat; `nil` if nothing can be said of them.
    public var grid: ListsGrid?
    /// Graphs with other parameters, built on a sample; `nil` if none were.
    public var graphs: GraphTrials?
    /// What exact search finds on smaller forms of the vectors.
    public var forms: [FormRecall] = []
    /// What cannot be said, as sentences.
    public var notes: [String] = []
    /// What reaches the target: with the index as it is, and with other lists if that is less work.
    public var remedies: [Remedy] = []

    /// Says nothing yet.
    public init(target: Double, presentLists: Int? = nil, presentValue: Int? = nil) {
        self.target = target
        self.presentLists = presentLists
        self.presentValue = presentValue
        usedValue = presentValue
    }

    /// Whether a cell of the grid is that of the present index and of the searches that were measured.
    public func isPresent(_ cell: ListsGrid.Cell) -> Bool {
        cell.lists == presentLists && cell.probes == presentValue.map { min($0, cell.lists) }
    }
}

/// What exact search finds in a smaller form of the vectors: an upper bound for an index on it.
public struct FormRecall: Sendable {
    /// A smaller form of a vector.
    public enum Form: Sendable, Hashable {
        /// `halfvec`.
        case half
        /// The signs of the numbers, as `binary_quantize` gives them.
        case binary
        /// The first numbers, as `subvector` gives them.
        case first(Int)
    }

    /// The form.
    public var form: Form
    /// How many rows a search takes by the form, and then orders by the whole vectors; k for none.
    public var candidates: Int
    /// The recall, from 0 to 1.
    public var recall: Double
    /// Its 95 % confidence interval.
    public var interval: ClosedRange<Double>

    /// Creates a figure.
    public init(form: Form, candidates: Int, recall: Double, interval: ClosedRange<Double>) {
        self.form = form
        self.candidates = candidates
        self.recall = recall
        self.interval = interval
    }
}
