internal import Advisor
internal import Postgres
internal import Synchronization

/// The jobs of one database that are being carried out, and those that rest after something went wrong with carrying
/// them out.
final class RunningJobs: Sendable {
    /// How many builds of a database, most of which wait for others, may be under way at a time.
    private static let mostBuilds = 8

    private struct State {
        var jobs: [Int64: RunningJob] = [:]
        var rests: [Int64: (until: ContinuousClock.Instant, pause: Duration)] = [:]
        var hasNews = false
        var isAskedToYieldSince: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    /// Rung when a job has come to an end.
    let bell = Bell()

    /// The jobs at work.
    var jobs: [RunningJob] { state.withLock { Array($0.jobs.values) } }

    /// Whether none is at work.
    var isIdle: Bool { state.withLock { $0.jobs.isEmpty } }

    /// The jobs that have their table to themselves.
    var exclusive: [RunningJob] { jobs.filter { $0.record.job.tableUse == .exclusive } }

    /// The tables that are worked on, without those that are only read.
    var tables: Set<RelationName> { Set(exclusive.compactMap { $0.record.job.targets.first.map(RelationName.init) }) }

    /// The jobs that may not begin yet.
    var resting: [Int64] { state.withLock { $0.rests.filter { $0.value.until > .now }.map(\.key) } }

    /// The running jobs of a lane.
    func jobs(in lane: JobLane) -> [RunningJob] { jobs.filter { $0.record.job.lane == lane } }

    /// Whether another job of a lane may begin: of quick ones only one at a time, beside those that wait for others; one in the
    /// background only where there is no other, and no build.
    func hasRoom(in lane: JobLane) -> Bool {
        let others = jobs(in: lane)
        return switch lane {
        case .quick: others.count < Self.mostBuilds && others.allSatisfy(\.control.isHeldUp)
        case .build: others.count < Self.mostBuilds
        case .background: others.isEmpty && jobs(in: .build).isEmpty
        }
    }

    /// Whether a job's table is free, or may be shared.
    func hasTable(for record: JobRecord) -> Bool {
        guard record.job.tableUse == .exclusive else { return true }
        return record.job.targets.first.map { !tables.contains(RelationName($0)) } ?? false
    }

    /// Puts a job to work.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - slot: Its slot on the server, where its lane has slots.
    /// - Returns: The job at work.
    func join(_ record: JobRecord, slot: JobSlots.Slot? = nil) -> RunningJob {
        let runningJob = RunningJob(record: record, control: JobControl(slot: slot))
        state.withLock { $0.jobs[record.id] = runningJob }
        return runningJob
    }

    /// Asks the job in the background, where there is one, to give way.
    ///
    /// - Returns: Whether there is none any more, or it has had so long to do so.
    func hasGivenWay(within patience: Duration) -> Bool {
        let background = jobs(in: .background)
        for job in background { job.control.yield() }
        return state.withLock { state in
            guard !background.isEmpty else {
                state.isAskedToYieldSince = nil
                return true
            }
            let since = state.isAskedToYieldSince ?? .now
            state.isAskedToYieldSince = since
            return .now - since >= patience
        }
    }

    /// Takes note that a job has come to an end.
    func leave(_ id: Int64) {
        state.withLock { state in
            state.jobs[id] = nil
            state.rests[id] = nil
            state.hasNews = true
        }
        bell.ring()
    }

    /// Takes note that a job could not be gone on with; it may begin again after a pause that grows from 5 s to 1 min.
    func rest(_ id: Int64) {
        state.withLock { state in
            state.jobs[id] = nil
            let pause = min(state.rests[id].map { $0.pause * 2 } ?? .seconds(5), .seconds(60))
            state.rests[id] = (.now + pause, pause)
        }
        bell.ring()
    }

    /// Whether a job has come to an end since this was last asked.
    func takeNews() -> Bool {
        state.withLock { state in
            defer { state.hasNews = false }
            return state.hasNews
        }
    }
}

/// A job at work.
struct RunningJob: Sendable {
    var record: JobRecord
    var control: JobControl
}
