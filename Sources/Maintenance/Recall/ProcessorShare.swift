internal import Foundation

/// The share of the processors' time that a measurement may take.
struct ProcessorShare {
    /// From more than 0 to 1.
    let share: Double

    /// The processors of this host that compare vectors: that share of them, and never the last one.
    var processors: Int {
        let all = ProcessInfo.processInfo.activeProcessorCount
        return max(1, min(all - 1, Int(share * Double(all))))
    }

    /// Keeps the server to that share of the time.
    var pace: Pace { Pace(share: share) }

    /// Pauses that are as long as the work before them, in proportion to the share.
    struct Pace {
        let share: Double
        private var workingSince = ContinuousClock.now

        /// The shortest work that is worth a pause.
        private static let portion = Duration.milliseconds(20)

        fileprivate init(share: Double) { self.share = share }

        /// Begins to work anew, after a wait that was no work.
        mutating func begin() { workingSince = .now }

        /// Pauses if that is due; not at all with a share of 1.
        ///
        /// A cancelled task goes on at once.
        mutating func rest() async {
            let pause = Self.pause(after: workingSince.duration(to: .now), share: share)
            guard pause > .zero else { return }
            try? await Task.sleep(for: pause)
            workingSince = .now
        }

        /// How long the pause after work is; zero while it is not due.
        static func pause(after worked: Duration, share: Double) -> Duration {
            guard share < 1, worked >= portion else { return .zero }
            let factor = 1 / share - 1
            // What took much longer has waited for others, and locks and snapshots are held meanwhile.
            return min(worked * factor, max(.seconds(1), portion * 2 * factor))
        }
    }
}
