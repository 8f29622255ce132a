import Maintenance
import Synchronization

/// Tracks which tasks run and when each must report again; the watchdog of systemd is fed from this.
///
/// A server that needs hours for a build silences no task, because the task that waits for the build polls it every
/// second. A silent task means that this program is stuck.
final class Liveness: Sendable {
    /// A task that runs.
    struct Member: Sendable, Hashable {
        /// The database.
        var database: String
        /// The scheduler, or one job.
        var worker: Scheduler.Worker
    }

    /// The time that a step may need beyond its waiting: thousands of findings on a busy machine.
    private static let grace = Duration.seconds(30)
    /// For a step that gives no time limit, such as a migration of the state schema.
    private static let unbounded = Duration.seconds(600)

    /// Uses the clock that stops while the host is suspended, as the one of systemd does.
    private let deadlines = Mutex<[Member: SuspendingClock.Instant]>([:])

    /// Records a sign of life, or the end of a task.
    func record(_ event: Scheduler.Event, of database: String, at now: SuspendingClock.Instant = .now) {
        switch event {
        case .isAlive(let worker, let within):
            let deadline = now + (within ?? Self.unbounded) + Self.grace
            deadlines.withLock { $0[Member(database: database, worker: worker)] = deadline }
        case .isGone(let worker): deadlines.withLock { $0[Member(database: database, worker: worker)] = nil }
        default: break
        }
    }

    /// The tasks whose deadline has passed.
    func silent(at now: SuspendingClock.Instant = .now) -> [Member] {
        deadlines.withLock { $0.filter { $0.value < now }.map(\.key) }
    }
}

extension Liveness.Member: CustomStringConvertible {
    /// `app: the scheduler`, or `app: job 7`.
    var description: String {
        switch worker {
        case .scheduler: "\(Quoted.name(database)): the scheduler"
        case .job(let id): "\(Quoted.name(database)): job \(id)"
        }
    }
}
