public import Advisor
public import Recall

/// What a person wants measured.
public struct RecallRequest: Sendable {
    /// The name of the index; `nil` for the only one that can be measured.
    public var index: String?
    /// The table that the index is on, of several partitions with an index of that name; `nil` for any.
    public var table: RelationName?
    /// How many rows each search asks for.
    public var k = 10
    /// How many vectors to search for, of those that there are; those of a file are all searched for.
    public var queries = 100
    /// The vectors to search for; none for stored ones.
    public var vectors: [StoredVector] = []
    /// Where ``vectors`` come from.
    public var vectorSource = QuerySource.file
    /// Whether to search for stored vectors although there may be others.
    public var isOfStoredVectors = false
    /// A column of the table: each search wants the rows with one of its values only, as they occur; `nil` for all rows.
    public var groupBy: String?
    /// Settings that replace those of the searches, by name, such as `ivfflat.probes`.
    public var settings: [String: String] = [:]
    /// The recall to reach, whose cost ``hasWhatIf`` finds; `nil` for 0.95.
    public var target: Double?
    /// Whether to say what other settings, and lists of IVFFlat, would find.
    public var hasWhatIf = false
    /// Whether to compare with searches of ten times the effort instead of the exact search, which reads the whole table.
    public var isLight = false
    /// Whether to measure also how near searches with ten times the effort are to the exact one, so that later checks can be
    /// corrected by it.
    package var hasNearness = false
    /// Whether to measure recall and time at a series of probes or of `hnsw.ef_search`.
    public var hasCurve = false
    /// How long the searches through the index may take, and then the pass over the table.
    public var budget = Duration.seconds(60)
    /// The longest time for which one snapshot is held, which holds back vacuum and concurrent index builds: a table that takes
    /// longer is read in ranges of blocks.
    public var longestSnapshot = Duration.seconds(60)
    /// The blocks of a range; `nil` for as many as fit ``longestSnapshot``, and for no ranges where the whole table does.
    package var pagesPerRange: Int64?
    /// The share of the processors' time that it may take, from more than 0 to 1.
    package var processorShare = 1.0

    /// Whether the searches run again with ten times the effort, and with no other.
    var isWithMoreEffort: Bool { isLight || hasNearness && !hasCurve }
    /// How long the searches through the index may take, all in one snapshot.
    var searchBudget: Duration { min(budget, longestSnapshot) }
    /// What it may take of the processors.
    var share: ProcessorShare { ProcessorShare(share: processorShare) }

    /// The most vectors to search for with ``groupBy``: each group has memory of its own.
    public static let mostGroupedQueries = 1_000
    /// The least vectors of real searches in the texts of the server for which stored ones are left alone: the figure of fewer
    /// says little.
    public static let leastServerVectors = 20

    /// Where the vectors come from that are searched for.
    var querySource: QuerySource { vectors.isEmpty ? .stored : vectorSource }

    /// A request with the defaults: recall@10 of 100 stored vectors.
    public init() {}
}

/// Why nothing was measured.
public struct RecallRefusal: Error, Hashable {
    /// The reason, as part of a sentence.
    public var reason: String
    /// What to do about it, as sentences.
    public var hint: String
    /// Whether the request is wrong, rather than what it is about.
    public var isOfRequest = false
    /// Whether it passes by itself, as a lock of somebody does.
    public var isPassing = false
    /// Whether only the pass over the table is too much.
    public var isOfPass = false
    /// Whether it has taken the whole budget, so that it is not to be begun again without more.
    public var isOverrun = false

    /// A reason; by default one that is about the table and stays.
    init(
        _ reason: String,
        hint: String,
        isOfRequest: Bool = false,
        isPassing: Bool = false,
        isOfPass: Bool = false,
        isOverrun: Bool = false
    ) {
        self.reason = reason
        self.hint = hint
        self.isOfRequest = isOfRequest
        self.isPassing = isPassing
        self.isOfPass = isOfPass
        self.isOverrun = isOverrun
    }

    /// A pass over the table that took longer than this.
    static func overrun(_ limit: Duration) -> RecallRefusal {
        RecallRefusal(
            "reading the table took longer than \(Numbers.decimal(limit / .seconds(1), digits: 3)) s",
            hint:
                "Give it more time with --budget, or fewer vectors with --queries. Vacuum and concurrent index builds wait "
                + "meanwhile. --light compares with ten times the effort instead, and reads no table.",
            isOfPass: true,
            isOverrun: true
        )
    }

    /// Both for the record of a job: without the options that only a person gives.
    var sentences: String {
        var sentences = [reason.replacing(" (--budget)", with: "")]
        if isOfPass || isOverrun {
            sentences.append("\"budgetSeconds\" of the rule recall gives it more time")
        } else {
            let options = ["--budget", "--queries", "--index", "--light"]
            sentences += hint.split(separator: ". ").map { String($0) }
                .filter { sentence in !options.contains { sentence.contains($0) } }
        }
        return sentences.map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " ")
    }
}
