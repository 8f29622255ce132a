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
    }

    private let state = Mutex(State())

    /// The jobs at work.
    var jobs: [RunningJob] { state.withLock { Array($0.jobs.values) } }

    /// Whether none is at work.
    var isIdle: Bool { state.withLock { $0.jobs.isEmpty } }

    /// The tables that are worked on.
    var tables: Set<RelationName> { Set(jobs.compactMap { $0.record.job.targets.first.map(RelationName.init) }) }

    /// The jobs that may not begin yet.
    var resting: [Int64] { state.withLock { $0.rests.filter { $0.value.until > .now }.map(\.key) } }

    /// Whether another job may begin, one that builds or one that does not: of the latter only one at a time, beside those
    /// that wait for others.
    func hasRoom(isBuilding: Bool) -> Bool {
        let others = jobs.filter { ($0.record.job.definition != nil) == isBuilding }
        guard others.count < Self.mostBuilds else { return false }
        return isBuilding || others.allSatisfy(\.control.isHeldUp)
    }

    /// Whether a job's table is free.
    func hasTable(for record: JobRecord) -> Bool {
        record.job.targets.first.map { !tables.contains(RelationName($0)) } ?? false
    }

    /// Puts a job to work.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - slot: Its right to build, where it builds.
    /// - Returns: The job at work.
    func join(_ record: JobRecord, slot: JobSlots.Slot? = nil) -> RunningJob {
        let runningJob = RunningJob(record: record, control: JobControl(slot: slot))
        state.withLock { $0.jobs[record.id] = runningJob }
        return runningJob
    }

    /// Takes note that a job has come to an end.
    func leave(_ id: Int64) {
        state.withLock { state in
            state.jobs[id] = nil
            state.rests[id] = nil
            state.hasNews = true
        }
    }

    /// Takes note that a job could not be gone on with; it may begin again after a pause that grows from 5 s to 1 min.
    func rest(_ id: Int64) {
        state.withLock { state in
            state.jobs[id] = nil
            let pause = min(state.rests[id].map { $0.pause * 2 } ?? .seconds(5), .seconds(60))
            state.rests[id] = (.now + pause, pause)
        }
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
