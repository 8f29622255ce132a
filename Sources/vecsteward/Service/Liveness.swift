import Maintenance
import Synchronization

/// Who is at work, and by when each of them has to be heard of again: what the watchdog is fed by.
///
/// A server that takes hours for a build keeps nobody silent: whoever waits for it looks at it each second. Silence means
/// that this program is stuck.
final class Liveness: Sendable {
    /// One of those at work.
    struct Member: Sendable, Hashable {
        /// The database.
        var database: String
        /// Its part there.
        var worker: Scheduler.Worker
    }

    /// What a step may take beside waiting: thousands of findings on a machine that has much else to do.
    private static let grace = Duration.seconds(30)
    /// For a step that says nothing of its time, such as bringing the state schema up to date.
    private static let unbounded = Duration.seconds(600)

    /// By the clock that stands still while the host is suspended, as systemd's does.
    private let deadlines = Mutex<[Member: SuspendingClock.Instant]>([:])

    /// Takes an event of a database into account.
    func take(_ event: Scheduler.Event, of database: String, at now: SuspendingClock.Instant = .now) {
        switch event {
        case .isAlive(let worker, let within):
            let deadline = now + (within ?? Self.unbounded) + Self.grace
            deadlines.withLock { $0[Member(database: database, worker: worker)] = deadline }
        case .isGone(let worker): deadlines.withLock { $0[Member(database: database, worker: worker)] = nil }
        default: break
        }
    }

    /// Those that should have been heard of by now.
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
