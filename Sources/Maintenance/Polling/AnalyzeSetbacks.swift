internal import Synchronization

/// Tables whose ANALYZE came to nothing, which are left alone for an hour: each try may take all the time that there is.
final class AnalyzeSetbacks: Sendable {
    private struct Setback {
        var obstacle: String
        var end: ContinuousClock.Instant
    }

    private let setbacks = Mutex<[UInt32: Setback]>([:])
    private static let pause = Duration.seconds(3_600)

    /// Why a table is not tried now, `nil` where it is.
    func obstacle(for table: UInt32) -> String? {
        setbacks.withLock { setbacks in
            setbacks = setbacks.filter { $0.value.end > .now }
            return setbacks[table]?.obstacle
        }
    }

    /// Leaves a table alone from now on.
    func remember(_ obstacle: String, for table: UInt32) {
        setbacks.withLock { $0[table] = Setback(obstacle: obstacle, end: .now + Self.pause) }
    }
}
