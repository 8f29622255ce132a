import Synchronization

/// How long a part of a measurement still takes: by the share of it that is done, and by how long that took.
final class RecallProgress: Sendable {
    private struct Part {
        var phase: String
        /// Where and when it was seen first.
        var first: (share: Double, at: ContinuousClock.Instant)
        var share: Double
    }

    private let part = Mutex<Part?>(nil)

    /// Less than this says little about the rest.
    private static let (leastShare, leastTime) = (0.02, Duration.seconds(1))

    /// The seconds until the end of the part.
    ///
    /// - Parameters:
    ///   - phase: What is done now; another phase, or one that begins again, is another part.
    ///   - share: The share of it that is done, from 0 to 1.
    ///   - now: The time.
    /// - Returns: The seconds; `nil` while nobody can tell.
    func secondsLeft(
        of phase: String,
        at share: Double,
        now: ContinuousClock.Instant = .now
    ) -> Double? {
        part.withLock { part in
            guard var known = part, known.phase == phase, known.share <= share else {
                part = Part(phase: phase, first: (share, now), share: share)
                return nil
            }
            known.share = share
            part = known
            let (done, taken) = (share - known.first.share, known.first.at.duration(to: now))
            guard done >= Self.leastShare, taken >= Self.leastTime else { return nil }
            return max(0, taken / .seconds(1) * (1 - share) / done)
        }
    }
}
