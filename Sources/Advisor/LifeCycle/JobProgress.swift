/// How far a build is.
public struct JobProgress: Sendable, Equatable {
    /// What the server is doing, in its own words, such as `building index: loading tuples`.
    public var phase: String
    /// The part of the whole build that is done, from 0 to 1; `nil` where nothing tells.
    public var fraction: Double?
    /// How long it is going to take from now on; `nil` where nothing tells, as while it waits for others.
    public var secondsLeft: Double?

    /// Puts a progress together.
    public init(phase: String, fraction: Double?, secondsLeft: Double?) {
        self.phase = phase
        self.fraction = fraction
        self.secondsLeft = secondsLeft
    }

    /// Reckons how far a build is.
    ///
    /// The server counts each phase by itself, so each has its part of the whole. The parts are rough: in builds of
    /// 20,000 to 100,000 rows the validation took a twentieth, and of an IVFFlat build the k-means, which counts nothing at
    /// all and so goes by the clock, took about as long as the assigning of the rows.
    ///
    /// - Parameters:
    ///   - sample: What the server counts at this moment.
    ///   - method: The access method.
    ///   - predictedSeconds: How long the build was predicted to take, where that is known.
    ///   - earlier: What was said before: nothing goes back while the phase is the same.
    public init(
        _ sample: BuildSample,
        method: IndexMethod,
        predictedSeconds: Double?,
        after earlier: JobProgress? = nil
    ) {
        phase = sample.phase
        let reckoned = Self.share(of: sample.phase, method: method).flatMap { share in
            sample.done(share.measure, predictedSeconds: predictedSeconds, before: share.end)
                .map { share.start + (share.end - share.start) * $0 }
        }
        let floor = earlier.flatMap { $0.phase == sample.phase ? $0.fraction : nil }
        fraction = reckoned.map { max($0, floor ?? 0) } ?? floor
        secondsLeft = Self.secondsLeft(sample, fraction: fraction, predictedSeconds: predictedSeconds)
    }

    private struct Share {
        var start: Double
        var end: Double
        var measure: BuildSample.Measure
    }

    private static func share(of phase: String, method: IndexMethod) -> Share? {
        switch (method, phase) {
        case (_, "initializing"), (_, "waiting for writers before build"), (_, "building index: initializing"):
            Share(start: 0, end: 0, measure: .nothing)
        case (.hnsw, "building index: loading tuples"): Share(start: 0, end: 0.95, measure: .blocks)
        case (.ivfflat, "building index: performing k-means"): Share(start: 0, end: 0.4, measure: .time)
        case (.ivfflat, "building index: assigning tuples"): Share(start: 0.4, end: 0.8, measure: .blocks)
        case (.ivfflat, "building index: loading tuples"): Share(start: 0.8, end: 0.95, measure: .tuples)
        case (_, "waiting for writers before validation"): Share(start: 0.95, end: 0.95, measure: .nothing)
        case (_, "index validation: scanning index"): Share(start: 0.95, end: 0.96, measure: .blocks)
        case (_, "index validation: sorting tuples"): Share(start: 0.96, end: 0.96, measure: .nothing)
        case (_, "index validation: scanning table"): Share(start: 0.96, end: 1, measure: .blocks)
        case (_, "waiting for old snapshots"), (_, "waiting for readers before marking dead"),
            (_, "waiting for readers before dropping"):
            Share(start: 1, end: 1, measure: .nothing)
        default: nil
        }
    }

    /// From the pace so far as soon as there is one to speak of, and from the prediction until then.
    private static func secondsLeft(_ sample: BuildSample, fraction: Double?, predictedSeconds: Double?) -> Double? {
        guard !sample.phase.hasPrefix("waiting"), let fraction else { return nil }
        let isByTheClock = sample.phase == "building index: performing k-means"
        if fraction >= 0.1, !isByTheClock { return sample.seconds * (1 - fraction) / fraction }
        return predictedSeconds.flatMap { $0 > sample.seconds ? $0 - sample.seconds : nil }
    }
}

/// What `pg_stat_progress_create_index` counts of one build at one moment.
public struct BuildSample: Sendable, Equatable {
    /// The phase in the server's words.
    public var phase: String
    /// Blocks done and all of them, in this phase.
    public var blocks: Counter
    /// Rows done and all of them, in this phase.
    public var tuples: Counter
    /// How long the statement has been at work, without what it is known to have waited.
    public var seconds: Double

    /// Puts a sample together.
    public init(phase: String, blocks: Counter = Counter(), tuples: Counter = Counter(), seconds: Double) {
        self.phase = phase
        self.blocks = blocks
        self.tuples = tuples
        self.seconds = seconds
    }

    /// How many of how many; all 0 where the server does not count.
    public struct Counter: Sendable, Equatable {
        /// How many are done.
        public var done: Int64
        /// How many there are.
        public var total: Int64

        /// So many of so many.
        public init(_ done: Int64 = 0, of total: Int64 = 0) {
            self.done = done
            self.total = total
        }

        var fraction: Double? { total > 0 ? min(max(Double(done) / Double(total), 0), 1) : nil }
    }

    enum Measure { case nothing, blocks, tuples, time }

    /// The part of the phase that is done.
    fileprivate func done(_ measure: Measure, predictedSeconds: Double?, before end: Double) -> Double? {
        switch measure {
        case .nothing: 0
        case .blocks: blocks.fraction ?? 0
        case .tuples: tuples.fraction ?? 0
        case .time: predictedSeconds.flatMap { $0 > 0 ? min(seconds / ($0 * end), 1) : nil }
        }
    }
}
