internal import Advisor
internal import Postgres
internal import Synchronization

/// The running jobs of one database, and those that pause after they could not be run.
final class RunningJobs: Sendable {
    /// The most builds of a database that may be started at a time, most of which wait for others.
    private static let mostBuilds = 8

    private struct State {
        var jobs: [Int64: RunningJob] = [:]
        var rests: [Int64: (until: ContinuousClock.Instant, pause: Duration)] = [:]
        var hasNews = false
    }

    private let state = Mutex(State())
    /// Rings when a job has ended.
    let bell = Bell()

    /// The running jobs.
    var jobs: [RunningJob] { state.withLock { Array($0.jobs.values) } }

    /// Whether no job is running.
    var isIdle: Bool { state.withLock { $0.jobs.isEmpty } }

    /// The running jobs that use their table exclusively.
    var exclusive: [RunningJob] { jobs.filter { $0.record.job.tableUse == .exclusive } }

    /// The tables that running jobs use exclusively, without those that are only read.
    var tables: Set<RelationName> { Set(exclusive.compactMap { $0.record.job.targets.first.map(RelationName.init) }) }

    /// The jobs that may not start yet because they pause.
    var resting: [Int64] { state.withLock { $0.rests.filter { $0.value.until > .now }.map(\.key) } }

    /// The running jobs of a lane.
    func jobs(in lane: JobLane) -> [RunningJob] { jobs.filter { $0.record.job.lane == lane } }

    /// Whether another job of a lane may start: one quick job at a time, besides those that wait for others; one background
    /// job only if there is no other, and no build.
    func hasRoom(in lane: JobLane) -> Bool {
        let others = jobs(in: lane)
        return switch lane {
        case .quick: others.count < Self.mostBuilds && others.allSatisfy(\.control.isHeldUp)
        case .build: others.count < Self.mostBuilds
        case .background: others.isEmpty && jobs(in: .build).isEmpty
        }
    }

    /// Whether no running job uses a job's table exclusively.
    func hasTable(for record: JobRecord) -> Bool {
        record.job.targets.first.map { !tables.contains(RelationName($0)) } ?? false
    }

    /// Adds a job to the running ones.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - slot: Its slot on the server, if its lane has slots.
    /// - Returns: The running job.
    func join(_ record: JobRecord, slot: JobSlots.Slot? = nil) -> RunningJob {
        let runningJob = RunningJob(record: record, control: JobControl(slot: slot))
        state.withLock { $0.jobs[record.id] = runningJob }
        return runningJob
    }

    /// Asks the background job, if there is one, to yield.
    ///
    /// - Returns: Whether there is none any more, or this much time has passed.
    func hasGivenWay(within patience: Duration) -> Bool {
        jobs(in: .background).map { $0.control.yield() }.allSatisfy { .now - $0 >= patience }
    }

    /// Records that a job has ended.
    func leave(_ id: Int64) {
        state.withLock { state in
            state.jobs[id] = nil
            state.rests[id] = nil
            state.hasNews = true
        }
        bell.ring()
    }

    /// Records that a job could not be resumed; it may start again after a pause that grows from 5 s to 1 min.
    func rest(_ id: Int64) {
        state.withLock { state in
            state.jobs[id] = nil
            let pause = min(state.rests[id].map { $0.pause * 2 } ?? .seconds(5), .seconds(60))
            state.rests[id] = (.now + pause, pause)
        }
        bell.ring()
    }

    /// Whether a job has ended since the last call.
    func takeEndSignal() -> Bool {
        state.withLock { state in
            defer { state.hasNews = false }
            return state.hasNews
        }
    }
}

/// A running job.
struct RunningJob: Sendable {
    var record: JobRecord
    var control: JobControl
}
