/// The recall of an index as a job in the background measured it.
public struct MeasuredRecall: Sendable, Equatable {
    /// The ``IndexEvidence/kind``.
    public static let evidenceKind = "recall"
    /// The recall for which a measurement says how many probes it takes.
    public static let commonTarget = 0.95

    /// How near searches with ten times the effort are to the exact search.
    public struct Nearness: Sendable, Equatable {
        /// The share of the nearest rows that they found, from 0 to 1.
        public var moreEffort: Double
        /// The share of what they found that the searches themselves found, from 0 to 1.
        public var agreement: Double
    }

    /// recall@k: the mean share of the k nearest rows that a search found, from 0 to 1.
    public let recall: Double
    /// The 95 % interval of the recall of all searches like these.
    public let interval: ClosedRange<Double>
    /// How many rows each search asked for.
    public let k: Int
    /// How many searches ran.
    public let queries: Int
    /// Where the vectors came from that they were for.
    public let querySource: QuerySource
    /// The share of the searches that found at least nine tenths of their nearest rows.
    public let shareAtNineTenths: Double
    /// The mean recall of the worst twentieth of the searches.
    public let worstTwentieth: Double
    /// The searches that returned fewer rows than there are to return.
    public let shortAnswers: Int
    /// The median time of a search, in milliseconds.
    public let medianMilliseconds: Double
    /// The 95th percentile of that time.
    public let slowMilliseconds: Double
    /// The rows with a vector at that time.
    public let vectorRows: Int64
    /// What the index that this one replaced by a rebuild found last, at the same settings; `nil` if that is unknown.
    public let beforeRebuild: Double?
    /// The most lists with which an IVFFlat index would still find as much at these probes, computed from the vectors; `nil` if
    /// that is unknown.
    public let listsKeepingRecall: Int?
    /// The least probes with which an index with as many lists would reach ``commonTarget``, computed in the same way.
    public let probesForTarget: Int?
    /// The recall that it would have with the lists of vecs' formula, computed in the same way.
    public let recallByFormula: Double?
    /// The probes or candidates of searches that stood for the exact search, of a table that is too large for that.
    ///
    /// The recall is then at most what it says. `nil` if the searches were compared with the exact one.
    public let moreEffort: Int?
    /// How near searches with ten times the effort were to the exact one; `nil` if that is unknown.
    public let nearness: Nearness?
    /// The settings of the searches, by name.
    public let settings: [String: String]
    /// When, in seconds since 1970 UTC by the server's clock.
    public let takenAt: Double

    /// Reads evidence; `nil` if it is of another kind, or a figure is missing or makes no sense.
    public init?(_ evidence: IndexEvidence) { self.init(evidence, ofKind: Self.evidenceKind) }

    init?(_ evidence: IndexEvidence, ofKind kind: String) {
        guard evidence.kind == kind else { return nil }
        func share(_ name: String) -> Double? { evidence.figures[name].flatMap { (0...1).contains($0) ? $0 : nil } }
        func count(_ name: String) -> Int? {
            evidence.figures[name].flatMap { $0 >= 0 && $0 < 1e15 ? Int($0) : nil }
        }
        func milliseconds(_ name: String) -> Double? { evidence.figures[name].flatMap { $0 >= 0 ? $0 : nil } }
        guard let recall = share("recall"), let low = share("low"), let high = share("high"), low <= high,
            let k = count("k"), k > 0, let queries = count("queries"), queries > 0,
            let querySource = QuerySource(number: evidence.figures["querySource"]),
            let shareAtNineTenths = share("shareAtNineTenths"), let worst = share("worstTwentieth"),
            let shortAnswers = count("shortAnswers"), let rows = count("vectorRows"),
            let median = milliseconds("medianMilliseconds"), let slow = milliseconds("slowMilliseconds")
        else { return nil }
        self.recall = recall
        interval = low...high
        self.k = k
        self.queries = queries
        self.querySource = querySource
        self.shareAtNineTenths = shareAtNineTenths
        worstTwentieth = worst
        self.shortAnswers = shortAnswers
        medianMilliseconds = median
        slowMilliseconds = slow
        vectorRows = Int64(rows)
        beforeRebuild = share("beforeRebuild")
        moreEffort = count("moreEffort")
        listsKeepingRecall = count("listsKeepingRecall").flatMap { (1...32_768).contains($0) ? $0 : nil }
        probesForTarget = count("probesForTarget")
        recallByFormula = share("recallByFormula")
        nearness = share("nearness").flatMap { nearness in
            share("agreement").map { Nearness(moreEffort: nearness, agreement: $0) }
        }
        settings = evidence.settings
        takenAt = evidence.takenAt
    }

    /// The recall for each part of agreement with ten times the effort, by which a light check is corrected; `nil` if that is
    /// unknown.
    var recallPerAgreement: Double? {
        nearness.flatMap { moreEffort == nil && $0.agreement > 0 ? recall / $0.agreement : nil }
    }

    /// The recall in words: `.891`, or `at most .891`.
    public var recallWords: String { (moreEffort == nil ? "" : "at most ") + Numbers.share(recall) }

    /// The effort of searches that stand for the exact one, in words: `ten times the effort (100)`, or less than that where the
    /// index has no more.
    public static func words(ofEffort effort: Int, insteadOf settings: [String: String]) -> String {
        let present = (settings["ivfflat.probes"] ?? settings["hnsw.ef_search"]).flatMap { Int($0) }
        return present.map { effort < 10 * $0 } ?? false
            ? "the most effort that there is (\(effort))" : "ten times the effort (\(effort))"
    }

    /// The settings in words: `ivfflat.probes 10`; empty if none bears on the method.
    ///
    /// Those of iterative scans are left out where these are off.
    public var settingWords: String { Self.words(of: settings) { $0 } }

    /// Settings in words, each under the name that a closure makes of its own.
    static func words(of settings: [String: String], _ name: (String) -> String) -> String {
        let isIterative = settings.contains { $0.key.hasSuffix(".iterative_scan") && $0.value != "off" }
        return settings.sorted { $0.key < $1.key }
            .filter { isIterative || ["ivfflat.probes", "hnsw.ef_search"].contains($0.key) }
            .map { "\(name($0.key)) \($0.value)" }.joined(separator: ", ")
    }
}

extension VectorIndex {
    /// The latest measurement of its recall, whether or not that still holds; `nil` if there is none of this build.
    public var measuredRecall: MeasuredRecall? {
        evidence.first { $0.kind == MeasuredRecall.evidenceKind }.flatMap { MeasuredRecall($0) }
    }

    /// The first measurement of this build, if it was made as the latest one, for vectors of the same source; `nil` if that is
    /// the only one.
    public var recallAtFirst: MeasuredRecall? {
        let measurements = evidence.filter { $0.kind == MeasuredRecall.evidenceKind }
        guard measurements.count > 1, let first = measurements.last.flatMap({ MeasuredRecall($0) }),
            let latest = measuredRecall, first.settings == latest.settings, first.k == latest.k,
            first.moreEffort == latest.moreEffort, first.querySource == latest.querySource
        else { return nil }
        return first
    }
}
