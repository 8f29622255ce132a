internal import Synchronization

/// Tables whose ANALYZE failed; they are skipped for an hour, because each try may use up all the time.
///
/// After one that succeeded, a table with a queued job is skipped as long: its job may wait for a window or a person, and each
/// poll would analyze it again if it is written to and its rows are near the number that decides.
final class AnalyzeSetbacks: Sendable {
    private struct Setback {
        var blocker: String
        var end: ContinuousClock.Instant
    }

    private let setbacks = Mutex<[UInt32: Setback]>([:])
    /// Tables whose ANALYZE succeeded, with the time at which their rows are worth another one if their job is queued.
    private let successes = Mutex<[UInt32: ContinuousClock.Instant]>([:])
    private static let pause = Duration.seconds(3_600)

    /// Why a table is skipped now; `nil` if it is not.
    func blocker(for table: UInt32) -> String? {
        setbacks.withLock { setbacks in
            setbacks = setbacks.filter { $0.value.end > .now }
            return setbacks[table]?.blocker
        }
    }

    /// Whether a table was analyzed within the pause.
    func isFresh(_ table: UInt32) -> Bool {
        successes.withLock { successes in
            successes = successes.filter { $0.value > .now }
            return successes[table] != nil
        }
    }

    /// Remembers that a table was analyzed.
    func rememberSuccess(for table: UInt32) {
        successes.withLock { $0[table] = .now + Self.pause }
    }

    /// Skips a table from now on.
    func remember(_ blocker: String, for table: UInt32) {
        setbacks.withLock { $0[table] = Setback(blocker: blocker, end: .now + Self.pause) }
    }
}
