internal import Synchronization

/// Tables whose ANALYZE failed; they are skipped for an hour, because each try may use up all the time.
final class AnalyzeSetbacks: Sendable {
    private struct Setback {
        var blocker: String
        var end: ContinuousClock.Instant
    }

    private let setbacks = Mutex<[UInt32: Setback]>([:])
    private static let pause = Duration.seconds(3_600)

    /// Why a table is skipped now; `nil` if it is not.
    func blocker(for table: UInt32) -> String? {
        setbacks.withLock { setbacks in
            setbacks = setbacks.filter { $0.value.end > .now }
            return setbacks[table]?.blocker
        }
    }

    /// Skips a table from now on.
    func remember(_ blocker: String, for table: UInt32) {
        setbacks.withLock { $0[table] = Setback(blocker: blocker, end: .now + Self.pause) }
    }
}
