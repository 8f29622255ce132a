public import Advisor

/// The numbers of one database, kept up to date by what happens there.
public struct DatabaseMetrics: Sendable, Equatable {
    /// Its name in the configuration.
    public let name: String
    /// How often it is looked at, in seconds.
    public var pollInterval: Double
    /// The last look that came to its end.
    public private(set) var poll: PollResult?
    /// The queue, `nil` where there is none that can be read.
    public private(set) var jobs: [QueuedState: Int64]?
    /// The jobs that ended here since the program was started.
    public private(set) var endedJobs: [EndedJob: Int64] = [:]
    /// How many builds are done since the program was started.
    public private(set) var builds: Int64 = 0
    /// How long these took together, in seconds.
    public private(set) var buildSeconds = 0.0

    private var reached: Bool?
    private var hasLeaderLock = false
    private var keptOut = false
    private var progress: [Int64: Double] = [:]
    private var queuedMeanwhile: Int64 = 0

    /// A database of which nothing is known yet.
    public init(name: String, pollInterval: Double) {
        self.name = name
        self.pollInterval = pollInterval
    }

    /// Whether it is looked after; `nil` until that is known.
    public var isUp: Bool? { reached }

    /// Whether this program acts there; `nil` until that is known.
    public var isLeader: Bool? { reached.map { $0 && hasLeaderLock } }

    /// Whether a session that can be no vecsteward keeps this program from its work; `nil` until that is known.
    public var isKeptOut: Bool? { reached.map { $0 && keptOut } }

    /// How far the build is that is at work, from 0 to 1; of several, the one that is the least far.
    public var buildProgress: Double? { progress.values.min() }

    /// What a look has shown.
    public struct PollResult: Sendable, Equatable {
        /// When it ended, in seconds since 1970 by this host's clock.
        public var endedAt: Double
        /// How long it took, in seconds.
        public var seconds: Double
        /// Collections.
        public var collections: Int64
        /// Their rows, estimates for the most part.
        public var rows: Int64
        /// Their vector indexes that hold rows.
        public var indexes: Int64
        /// The size of these.
        public var indexBytes: Int64
        /// How many findings there are of each kind.
        public var findings: [FindingKind: Int64]
    }

    /// What findings are counted by.
    public struct FindingKind: Sendable, Hashable {
        /// The rule.
        public var rule: String
        /// How bad it is.
        public var severity: Severity

        /// Names a kind.
        public init(rule: String, severity: Severity) {
            self.rule = rule
            self.severity = severity
        }
    }

    /// Where a job of the queue is.
    public enum QueuedState: String, Sendable, CaseIterable {
        /// It waits for its turn.
        case queued
        /// It is at work, in whatever step.
        case running
        /// It is tried again later.
        case waiting
        /// It failed for good, and waits for a person.
        case failed
    }

    /// What ended jobs are counted by.
    public struct EndedJob: Sendable, Hashable {
        /// The kind of the job.
        public var kind: String
        /// How it ended.
        public var outcome: Outcome
    }

    /// How a job ended, for now or for good.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It is done.
        case done
        /// There was nothing to do any more, or a person cancelled it.
        case cancelled = "called_off"
        /// It did not go, and is tried again later.
        case postponed
        /// It failed for good.
        case failed
    }
}

// What happens, in the order in which it does.
extension DatabaseMetrics {
    /// The database can be looked after, or cannot.
    public mutating func take(isUp: Bool) {
        reached = isUp
        // The lock goes with the session, and so does all that is known of the builds.
        if !isUp {
            hasLeaderLock = false
            keptOut = false
            progress = [:]
        }
    }

    /// This program acts there from now on, or does not.
    public mutating func take(isLeader: Bool) { hasLeaderLock = isLeader }

    /// A session that can be no vecsteward keeps this program from its work from now on, or does not.
    public mutating func take(isKeptOut: Bool) { keptOut = isKeptOut }

    /// A look came to its end.
    ///
    /// - Parameters:
    ///   - assessment: What it has shown.
    ///   - seconds: How long it took.
    ///   - time: When it ended, in seconds since 1970.
    public mutating func takePoll(_ assessment: Assessment, seconds: Double, at time: Double) {
        poll = PollResult(assessment, seconds: seconds, at: time)
        jobs = assessment.queue.map(Self.count)
        // The queue was read before the look put anything into it.
        jobs?[.queued, default: 0] += queuedMeanwhile
        queuedMeanwhile = 0
    }

    /// A job was queued by a look, which ends after that.
    public mutating func takeQueued() { queuedMeanwhile += 1 }

    /// A job is begun, or gone on with.
    public mutating func takeBegin(_ record: JobRecord) {
        switch record.state {
        case .queued: move(from: .queued, to: .running)
        case .waiting: move(from: .waiting, to: .running)
        case .running, .proving, .swapping, .cleaning, .done, .failed, .cancelled: break
        }
    }

    /// A build is so far.
    public mutating func takeProgress(_ fraction: Double, of record: JobRecord) { progress[record.id] = fraction }

    /// A job is no longer at work here, and has not ended.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - isQueued: Whether it is back in the queue, and not where it was.
    public mutating func takeRest(_ record: JobRecord, isQueued: Bool = false) {
        progress[record.id] = nil
        if isQueued { move(from: .running, to: .queued) }
    }

    /// A job has come to an end.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - outcome: How it ended.
    ///   - seconds: How long it took, where it is done.
    public mutating func takeEnd(_ record: JobRecord, _ outcome: Outcome, seconds: Double? = nil) {
        progress[record.id] = nil
        endedJobs[EndedJob(kind: record.job.kind, outcome: outcome), default: 0] += 1
        if outcome == .done, record.job.definition != nil, let seconds {
            builds += 1
            buildSeconds += seconds
        }
        switch outcome {
        case .done, .cancelled: move(from: .running, to: nil)
        case .postponed: move(from: .running, to: .waiting)
        case .failed: move(from: .running, to: .failed)
        }
    }

    /// This program stops: the lead goes with it, and it no longer sees how far a build is.
    public mutating func takeStop() {
        hasLeaderLock = false
        progress = [:]
    }

    /// The next look counts anew, so that what has been missed in between does not last.
    private mutating func move(from old: QueuedState, to new: QueuedState?) {
        guard var moved = jobs else { return }
        moved[old] = max(0, moved[old, default: 0] - 1)
        if let new { moved[new, default: 0] += 1 }
        jobs = moved
    }

    private static func count(_ queue: QueueSnapshot) -> [QueuedState: Int64] {
        var jobs: [QueuedState: Int64] = [:]
        for entry in queue.entries {
            switch entry.record.state {
            case .queued: jobs[.queued, default: 0] += 1
            case .waiting: jobs[.waiting, default: 0] += 1
            case .running, .proving, .swapping, .cleaning: jobs[.running, default: 0] += 1
            case .done, .failed, .cancelled: break
            }
        }
        jobs[.failed] = queue.failed
        // Of a queue that is longer than what a look reads, it reads what is at work and what has failed first.
        jobs[.queued, default: 0] += max(0, queue.total - jobs.values.reduce(0, +))
        return jobs
    }
}

extension DatabaseMetrics.PollResult {
    /// Takes the numbers out of an assessment, which itself may be large.
    fileprivate init(_ assessment: Assessment, seconds: Double, at time: Double) {
        endedAt = time
        self.seconds = seconds
        let relations = assessment.snapshot.collections.lazy.flatMap(\.relations)
        collections = Int64(assessment.snapshot.collections.count)
        rows = relations.reduce(0) { $0 + $1.rows.value }
        indexes = relations.reduce(0) { $0 + Int64($1.indexes.count) }
        indexBytes = relations.reduce(0) { $0 + $1.indexes.reduce(0) { $0 + $1.sizeBytes } }
        findings = assessment.findings.reduce(into: [:]) { counts, finding in
            counts[DatabaseMetrics.FindingKind(rule: finding.rule, severity: finding.severity), default: 0] += 1
        }
    }
}
