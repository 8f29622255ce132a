internal import Synchronization

/// Tables whose ANALYZE came to nothing, which are left alone for an hour: each try may take all the time that there is.
final class AnalyzeSetbacks: Sendable {
    private struct Setback {
        var blocker: String
        var end: ContinuousClock.Instant
    }

    private let setbacks = Mutex<[UInt32: Setback]>([:])
    private static let pause = Duration.seconds(3_600)

    /// Why a table is not tried now, `nil` where it is.
    func blocker(for table: UInt32) -> String? {
        setbacks.withLock { setbacks in
            setbacks = setbacks.filter { $0.value.end > .now }
            return setbacks[table]?.blocker
        }
    }

    /// Leaves a table alone from now on.
    func remember(_ blocker: String, for table: UInt32) {
        setbacks.withLock { $0[table] = Setback(blocker: blocker, end: .now + Self.pause) }
    }
}
