internal import Advisor

/// When the phases of an IVFFlat build ended, as far as readings about once a second show it.
struct PhaseTimes {
    private var phase: String?
    private var seconds = 0.0
    private var trainingEnd: Double?
    private var assigningEnd: Double?
    /// The longest time between two readings with a change of phase between them.
    private var gap = 0.0

    /// Takes a reading into account.
    ///
    /// - Parameters:
    ///   - phase: The phase as the server reports it.
    ///   - seconds: How long the statement has worked.
    mutating func note(_ phase: String, at seconds: Double) {
        defer { (self.phase, self.seconds) = (phase, seconds) }
        guard let former = self.phase, former != phase else { return }
        let between = (self.seconds + seconds) / 2
        switch (former, phase) {
        case (Self.training, Self.assigning): trainingEnd = between
        // A reading may miss the loading, which is short.
        case (Self.assigning, _): assigningEnd = between
        default: return
        }
        gap = max(gap, seconds - self.seconds)
    }

    /// The times of the phases; `nil` if one of them was not seen, or the readings were too rare for a build of that time.
    func phases(of total: Double) -> BuildPhases? {
        var (assigningEnd, gap) = (assigningEnd, gap)
        if assigningEnd == nil, phase == Self.assigning {
            // All that followed was shorter than the time to the next reading.
            assigningEnd = (seconds + total) / 2
            gap = max(gap, total - seconds)
        }
        guard let trainingEnd, let assigningEnd, assigningEnd < total, gap <= total / 6 else { return nil }
        return BuildPhases(training: trainingEnd, assigning: assigningEnd - trainingEnd)
    }

    private static let training = "building index: performing k-means"
    private static let assigning = "building index: assigning tuples"
}
