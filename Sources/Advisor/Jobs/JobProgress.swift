/// The progress of a build.
public struct JobProgress: Sendable, Equatable {
    /// The phase as the server reports it, such as `building index: loading tuples`.
    public var phase: String
    /// The completed part of the whole build, from 0 to 1; `nil` if unknown.
    public var fraction: Double?
    /// The estimated remaining time; `nil` if unknown, such as while it waits for others.
    public var secondsLeft: Double?
    /// The state that the next sample continues from.
    private var marks = Marks()

    private struct Marks: Sendable, Equatable {
        var stage: BuildStage?
        /// When this stage was first seen, on the statement's clock; `nil` if the build was first seen in it.
        var stageStart: Double?
        /// The ratio of actual to predicted time of the parts before this stage.
        var pace = 1.0
        var seconds = 0.0
        /// The server's counters of the last sample.
        private var phase = ""
        private var blocks = ProgressSample.Counter()
        private var tuples = ProgressSample.Counter()

        func hasSameCounts(as sample: ProgressSample) -> Bool {
            phase == sample.phase && blocks == sample.blocks && tuples == sample.tuples
        }

        mutating func note(_ sample: ProgressSample) {
            phase = sample.phase
            blocks = sample.blocks
            tuples = sample.tuples
        }
    }

    /// A progress that no later sample can continue from.
    public init(phase: String, fraction: Double?, secondsLeft: Double?) {
        self.phase = phase
        self.fraction = fraction
        self.secondsLeft = secondsLeft
    }

    /// Computes the progress of a build.
    ///
    /// The server counts each phase separately, and some not at all: k-means, and writing a finished graph. Each phase gets
    /// its share of the whole from the prediction. The remaining time starts as the predicted one, and follows the measured
    /// pace once a quarter of a phase is done; phases without counters go by the clock. The fraction is the elapsed time
    /// divided by the sum of elapsed and remaining time: it never decreases, and grows while work is done.
    ///
    /// - Parameters:
    ///   - sample: The server's current counters.
    ///   - method: The access method.
    ///   - predicted: The predicted times of the parts of the build; `nil` if there is no prediction, and then rough typical
    ///     shares are used.
    ///   - earlier: The progress computed from the sample before.
    public init(
        _ sample: ProgressSample,
        method: IndexMethod,
        parts predicted: BuildParts?,
        after earlier: JobProgress? = nil
    ) {
        phase = sample.phase
        fraction = earlier?.fraction
        secondsLeft = nil
        marks = earlier?.marks ?? Marks()
        marks.seconds = sample.seconds
        let parts = predicted ?? .usual(for: method)
        guard let stage = BuildStage(sample, method: method, parts) else { return }
        enter(stage, at: sample.seconds, wasSeen: earlier != nil, parts)
        if stage == .end {
            fraction = 1
            return
        }
        let share = share(sample, in: stage, parts)
        let left = secondsLeft(sample, in: stage, share, parts, isPredicted: predicted != nil)
        let isWaiting = sample.phase.hasPrefix("waiting")
        let done = stage.secondsBefore(parts) + stage.seconds(parts) * (share ?? 0)
        let reckoned = left.map { sample.seconds / max(sample.seconds + $0, 0.001) }
        let latest = min(
            isWaiting || reckoned == nil ? min(done / max(parts.total, 0.001), 1) : reckoned ?? 0,
            Self.mostBeforeTheEnd
        )
        fraction = stage == .beginning ? earlier?.fraction ?? 0 : latest
        if predicted == nil, share == nil, !isWaiting { fraction = nil }
        let isAdvancing = !isWaiting && (share == nil || earlier?.marks.hasSameCounts(as: sample) != true)
        if let earlier, let before = earlier.fraction {
            keep(from: before, since: earlier.marks.seconds, left, isAdvancing)
        }
        marks.note(sample)
        secondsLeft = isWaiting || stage == .beginning && predicted == nil ? nil : left
    }

    private static let mostBeforeTheEnd = 0.995

    /// Records when a stage begins, and the pace of the one before it.
    private mutating func enter(_ stage: BuildStage, at seconds: Double, wasSeen: Bool, _ parts: BuildParts) {
        guard marks.stage != stage else { return }
        if let former = marks.stage, let start = marks.stageStart, former.seconds(parts) > 0, stage > former {
            // How long k-means takes depends on the vectors, and says nothing about the next stage.
            let pace = min(max((seconds - start) / former.seconds(parts), 0.05), 20)
            marks.pace = former == .training ? marks.pace : pace
        }
        marks.stage = stage
        marks.stageStart = wasSeen || stage <= .firstCounted ? seconds : nil
        if !wasSeen, stage.secondsBefore(parts) == 0 { marks.stageStart = 0 }
    }

    /// The completed share of the time of a stage; `nil` if the server counts nothing.
    ///
    /// A scan that joins another one counts all blocks as done until it has finished its first one.
    private func share(_ sample: ProgressSample, in stage: BuildStage, _ parts: BuildParts) -> Double? {
        let share = stage.share(sample, parts)
        guard stage == .assigning, share == 1, let start = marks.stageStart else { return share }
        return sample.seconds - start < 0.25 * stage.seconds(parts) * marks.pace ? nil : share
    }

    private func secondsLeft(
        _ sample: ProgressSample,
        in stage: BuildStage,
        _ share: Double?,
        _ parts: BuildParts,
        isPredicted: Bool
    ) -> Double? {
        let (before, own) = (stage.secondsBefore(parts), stage.seconds(parts))
        let after = parts.total - before - own
        guard let share else {
            guard isPredicted else { return nil }
            let expected = own * marks.pace
            let passed = marks.stageStart.map { sample.seconds - $0 } ?? max(0, sample.seconds - before)
            return Self.left(of: expected, after: passed) + after * marks.pace
        }
        let done = share * own
        let isMeasured = marks.stageStart != nil
        let passed = sample.seconds - (marks.stageStart ?? 0)
        let reference = isMeasured ? done : before + done
        // Without a prediction, only the pace counts.
        let weight = isPredicted ? min(1, (isMeasured ? share : (before + done) / parts.total) / 0.25) : 1
        if !isPredicted, (before + done) / parts.total < 0.1 { return nil }
        let measured = reference > 0 ? passed / reference : 0
        let pace = weight * measured + (1 - weight) * marks.pace
        // At first the prediction counts, however much time has passed; later the pace counts.
        return (own - done) * pace + after * (stage == .validation ? marks.pace : pace)
    }

    /// The remaining time of a phase without counters that is expected to take about this long.
    ///
    /// It falls with the clock but never to 0; a phase that takes longer than expected may take a while yet.
    private static func left(of expected: Double, after passed: Double) -> Double {
        guard expected > 0 else { return 0 }
        let rest = 1 - passed / expected
        return expected * (rest + (rest * rest + 0.04).squareRoot()) / 2 + 0.15 * max(0, passed - expected)
    }

    /// Keeps the fraction from decreasing, and from stopping while time passes.
    ///
    /// If the server counts and its counters stop, the fraction stops too, so that a stuck build is visible.
    private mutating func keep(from before: Double, since: Double, _ left: Double?, _ isAdvancing: Bool) {
        guard let latest = fraction, isAdvancing else {
            fraction = before
            return
        }
        guard latest <= before else { return }
        let passed = max(0, marks.seconds - since)
        let step = passed <= 0 ? 0 : passed / (passed + 4 * (left ?? 0) + 10)
        fraction = before + max(0, Self.mostBeforeTheEnd - before) * step
    }
}

/// The stages of a build, in their order.
private enum BuildStage: Int, Comparable {
    case beginning, training, assigning, loading, writing, validation, end

    static let firstCounted = BuildStage.training

    static func < (left: BuildStage, right: BuildStage) -> Bool { left.rawValue < right.rawValue }

    init?(_ sample: ProgressSample, method: IndexMethod, _ parts: BuildParts) {
        switch (method, sample.phase) {
        case (_, "initializing"), (_, "waiting for writers before build"), (_, "building index: initializing"):
            self = .beginning
        case (.ivfflat, "building index: performing k-means"): self = .training
        case (.ivfflat, "building index: assigning tuples"): self = .assigning
        case (.ivfflat, "building index: loading tuples"): self = .loading
        // The server writes the graph after reading the whole table, and does not report that as a phase.
        case (.hnsw, "building index: loading tuples"):
            let isRead = sample.blocks.fraction == 1 && Double(sample.tuples.done) >= 0.8 * Double(parts.rows)
            self = isRead ? .writing : .loading
        case (_, "waiting for writers before validation"), (_, "index validation: scanning index"),
            (_, "index validation: sorting tuples"), (_, "index validation: scanning table"):
            self = .validation
        case (_, "waiting for old snapshots"), (_, "waiting for readers before marking dead"),
            (_, "waiting for readers before dropping"):
            self = .end
        default: return nil
        }
    }

    /// The predicted time of the stage.
    func seconds(_ parts: BuildParts) -> Double {
        switch self {
        case .beginning, .end: 0
        case .training: parts.training
        case .assigning: parts.assigning
        case .loading: parts.loading
        case .writing: parts.writing
        case .validation: parts.validation
        }
    }

    /// The predicted time of all earlier stages.
    func secondsBefore(_ parts: BuildParts) -> Double {
        (0..<rawValue).reduce(0) { $0 + (BuildStage(rawValue: $1)?.seconds(parts) ?? 0) }
    }

    /// The completed share of its time; `nil` if the server counts nothing.
    func share(_ sample: ProgressSample, _ parts: BuildParts) -> Double? {
        switch (self, sample.phase) {
        case (.training, _), (.writing, _): nil
        case (.beginning, _), (.end, _): 0
        case (.assigning, _): sample.blocks.fraction ?? 0
        case (.loading, _): sample.tuples.fraction ?? graphShare(Self.rowsInGraph(sample, parts), parts)
        case (.validation, "index validation: scanning table"): 0.3 + 0.7 * (sample.blocks.fraction ?? 0)
        case (.validation, "index validation: sorting tuples"): 0.3
        case (.validation, "index validation: scanning index"): 0.3 * (sample.blocks.fraction ?? 0)
        case (.validation, _): 0
        }
    }

    /// The share of the rows that are in the graph.
    ///
    /// A scan that joins another one begins in the middle of the table, and counts all blocks as done until it has finished
    /// the first; rows are counted too, but without a total.
    private static func rowsInGraph(_ sample: ProgressSample, _ parts: BuildParts) -> Double {
        let blocks = sample.blocks.fraction ?? 0
        guard parts.rows > 0 else { return blocks }
        let tuples = Double(sample.tuples.done) / Double(parts.rows)
        return (tuples - blocks).magnitude < 0.1 ? min(tuples, 1) : min(blocks, 1.25 * tuples + 0.02)
    }

    /// The share of the time that this share of the rows takes: each row takes longer than the one before, and those that no
    /// longer fit in memory much longer.
    private func graphShare(_ rows: Double, _ parts: BuildParts) -> Double {
        let fitting = parts.fittingShare
        let steady = rows * (parts.steadiness + (1 - parts.steadiness) * rows)
        guard fitting < 1 else { return steady }
        let total = fitting + (1 - fitting) * Graph.slowness
        return (min(rows, fitting) + max(0, rows - fitting) * Graph.slowness) / total
    }
}

extension BuildParts {
    /// The typical parts of a build of some size, used without a prediction: shares, not seconds.
    fileprivate static func usual(for method: IndexMethod) -> BuildParts {
        method == .ivfflat
            ? BuildParts(training: 0.3, assigning: 0.45, loading: 0.2, validation: 0.05)
            : BuildParts(loading: 0.92, writing: 0.05, validation: 0.03)
    }
}

/// A sample of one build's row in `pg_stat_progress_create_index`.
public struct ProgressSample: Sendable, Equatable {
    /// The phase as the server reports it.
    public var phase: String
    /// The blocks of this phase, done and in total.
    public var blocks: Counter
    /// The rows of this phase, done and in total.
    public var tuples: Counter
    /// How long the statement has run, without the time that it is known to have waited.
    public var seconds: Double

    /// A sample; by default without counters.
    public init(phase: String, blocks: Counter = Counter(), tuples: Counter = Counter(), seconds: Double) {
        self.phase = phase
        self.blocks = blocks
        self.tuples = tuples
        self.seconds = seconds
    }

    /// A counter and its total; both 0 if the server does not count.
    public struct Counter: Sendable, Equatable {
        /// The number that is done.
        public var done: Int64
        /// The number of all.
        public var total: Int64

        /// A count of a total; by default both are 0.
        public init(_ done: Int64 = 0, of total: Int64 = 0) {
            self.done = done
            self.total = total
        }

        var fraction: Double? { total > 0 ? min(max(Double(done) / Double(total), 0), 1) : nil }
    }
}
