public import Advisor

/// The metrics of one database, which events there keep up to date.
public struct DatabaseMetrics: Sendable, Equatable {
    /// The name of the database in the configuration.
    public let name: String
    /// The time between two polls, in seconds.
    public var pollInterval: Double
    /// The last poll that finished, `nil` until one has.
    public private(set) var poll: PollResult?
    /// The jobs in the queue by state, `nil` if there is no queue that the role can read.
    public private(set) var jobs: [QueuedState: Int64]?
    /// The jobs that this instance ended since it started.
    public private(set) var endedJobs: [EndedJob: Int64] = [:]
    /// The builds that this instance finished since it started.
    public private(set) var builds: Int64 = 0
    /// The total duration of these, in seconds.
    public private(set) var buildSeconds = 0.0

    private var reached: Bool?
    private var hasLeaderLock = false
    private var keptOut = false
    private var progress: [Int64: Double] = [:]
    private var queuedMeanwhile: Int64 = 0

    /// A database that vecsteward has not reached yet.
    public init(name: String, pollInterval: Double) {
        self.name = name
        self.pollInterval = pollInterval
    }

    /// Whether vecsteward can use the database; `nil` until that is known.
    public var isUp: Bool? { reached }

    /// Whether this instance is the leader there; `nil` until that is known.
    public var isLeader: Bool? { reached.map { $0 && hasLeaderLock } }

    /// Whether a session that is not vecsteward holds the leader lock; `nil` until that is known.
    public var isKeptOut: Bool? { reached.map { $0 && keptOut } }

    /// The progress of the running build, 0 to 1; the minimum if several run, `nil` if none does.
    public var buildProgress: Double? { progress.values.min() }

    /// The result of a poll.
    public struct PollResult: Sendable, Equatable {
        /// When it ended, in seconds since 1970 by this host's clock.
        public var endedAt: Double
        /// How long it took, in seconds.
        public var seconds: Double
        /// The collections that it found.
        public var collections: Int64
        /// Their rows, mostly estimates.
        public var rows: Int64
        /// Their vector indexes that hold rows.
        public var indexes: Int64
        /// The size of these in bytes, as of their last build, VACUUM or ANALYZE.
        public var indexBytes: Int64
        /// The number of findings of each kind; kinds without any are absent.
        public var findings: [FindingKind: Int64]
        /// The searches of the collections whose searches take the most time, and those of all others together.
        public var searches: [SearchMetrics]
        /// The measured recall of indexes, the worst if there are many.
        public var recall: [RecallMetrics]
    }

    /// The labels of a number of findings.
    public struct FindingKind: Sendable, Hashable {
        /// The rule.
        public var rule: String
        /// The severity.
        public var severity: Severity

        /// The kind of findings of a rule that have one severity.
        public init(rule: String, severity: Severity) {
            self.rule = rule
            self.severity = severity
        }
    }

    /// The state of a job in the queue; all steps of a running job are one state.
    public enum QueuedState: String, Sendable, CaseIterable {
        /// It waits for its turn.
        case queued
        /// A session runs it, or will resume it.
        case running
        /// It waits for another attempt.
        case waiting
        /// It failed for good, and waits for a person.
        case failed
    }

    /// The labels of a number of ended jobs.
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
        /// There was nothing left to do, or a person cancelled it.
        case cancelled = "called_off"
        /// An attempt failed, and another follows.
        case postponed
        /// It failed for good.
        case failed
    }
}

// Events, in the order in which they happen.
extension DatabaseMetrics {
    /// Records whether vecsteward can use the database; if it cannot, this instance is not the leader and sees no build.
    public mutating func record(isUp: Bool) {
        reached = isUp
        // The lock goes with the session, and so does the progress of builds.
        if !isUp {
            hasLeaderLock = false
            keptOut = false
            progress = [:]
        }
    }

    /// Records whether this instance is the leader.
    public mutating func record(isLeader: Bool) { hasLeaderLock = isLeader }

    /// Records whether a session that is not vecsteward holds the leader lock.
    public mutating func record(isKeptOut: Bool) { keptOut = isKeptOut }

    /// Records a finished poll, and counts the jobs of its queue anew.
    ///
    /// - Parameters:
    ///   - assessment: The result of the poll.
    ///   - seconds: Its duration.
    ///   - time: When it ended, in seconds since 1970.
    public mutating func recordPoll(_ assessment: Assessment, seconds: Double, at time: Double) {
        poll = PollResult(assessment, seconds: seconds, at: time)
        jobs = assessment.queue.map(Self.count)
        // The poll read the queue before it enqueued anything.
        jobs?[.queued, default: 0] += queuedMeanwhile
        queuedMeanwhile = 0
    }

    /// Counts a job that a poll enqueues before it finishes.
    public mutating func recordQueued() { queuedMeanwhile += 1 }

    /// Records that a job starts or resumes.
    public mutating func recordBegin(_ record: JobRecord) {
        switch record.state {
        case .queued: move(from: .queued, to: .running)
        case .waiting: move(from: .waiting, to: .running)
        case .running, .proving, .swapping, .cleaning, .done, .failed, .cancelled: break
        }
    }

    /// Records the progress of a build, 0 to 1.
    public mutating func recordProgress(_ fraction: Double, of record: JobRecord) { progress[record.id] = fraction }

    /// Records that a job stopped here without an end.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - isQueued: Whether it starts from the queue again; by default it stays running.
    public mutating func recordRest(_ record: JobRecord, isQueued: Bool = false) {
        progress[record.id] = nil
        if isQueued { move(from: .running, to: .queued) }
    }

    /// Records that a job ended.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - outcome: How it ended.
    ///   - seconds: Its duration, `nil` if it is not done.
    public mutating func recordEnd(_ record: JobRecord, _ outcome: Outcome, seconds: Double? = nil) {
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

    /// Records that this instance stops, and so is not the leader and sees no build.
    public mutating func recordStop() {
        hasLeaderLock = false
        progress = [:]
    }

    /// Moves one job between two states; the next poll counts all of them, which corrects what this missed.
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
        // A poll reads a part of a long queue, beginning with the jobs that run or have failed.
        jobs[.queued, default: 0] += max(0, queue.total - jobs.values.reduce(0, +))
        return jobs
    }
}

extension DatabaseMetrics.PollResult {
    /// Keeps the numbers of an assessment and nothing else of it, since it may be large.
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
        searches = SearchMetrics.all(of: assessment.snapshot)
        recall = RecallMetrics.all(of: assessment.snapshot)
    }
}
