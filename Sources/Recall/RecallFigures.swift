/// What one search through an index found, compared with the exact search.
public struct SearchOutcome: Sendable, Hashable {
    /// How many of the nearest rows it found; rows as near as the last of them count as found.
    public var found: Int
    /// How many rows the exact search finds: k, or all rows if there are fewer.
    public var expected: Int
    /// How many rows it returned.
    public var returned: Int
    /// How long it took.
    public var milliseconds: Double

    /// Compares the distances of the rows that an index returned with the least of all.
    ///
    /// - Parameters:
    ///   - distances: The distances of the rows that were returned, computed as those of `nearest`.
    ///   - nearest: The least distances of all rows, in ascending order.
    ///   - k: How many rows were asked for.
    ///   - milliseconds: How long it took.
    ///   - tolerance: By how much distances as large as this one may differ and be equal.
    public init(distances: [Float], nearest: [Float], k: Int, milliseconds: Double, tolerance: (Float) -> Float) {
        let truth = nearest.prefix(k)
        expected = truth.count
        returned = distances.count
        self.milliseconds = milliseconds
        guard let last = truth.last else {
            found = 0
            return
        }
        let limit = last + tolerance(last)
        found = min(expected, distances.count { $0 <= limit })
    }

    /// The share of the nearest rows that it found.
    public var recall: Double { Double(found) / Double(expected) }
}

/// What the searches through an index found, all together.
public struct RecallFigures: Sendable, Hashable {
    /// recall@k: the mean over the searches of the share of the k nearest rows that they found, from 0 to 1.
    public var recall: Double
    /// The 95 % confidence interval of the recall of all searches like these.
    public var interval: ClosedRange<Double>
    /// The share of the searches that found at least nine tenths of their nearest rows.
    public var shareAtNineTenths: Double
    /// The mean recall of the worst twentieth of the searches, at least of one.
    public var worstTwentieth: Double
    /// The searches that returned fewer rows than there are to return.
    public var shortAnswers: Int
    /// The number of searches.
    public var queries: Int
    /// The median of the times of the searches, in milliseconds.
    public var medianMilliseconds: Double
    /// The time that 95 % of the searches do not exceed, in milliseconds.
    public var slowMilliseconds: Double

    /// Puts searches together; `nil` if none of them has a neighbour.
    ///
    /// A search without any neighbour, as that of a zero vector by cosine distance, does not count.
    public init?(_ outcomes: [SearchOutcome]) {
        let outcomes = outcomes.filter { $0.expected > 0 }
        guard !outcomes.isEmpty else { return nil }
        let recalls = outcomes.map(\.recall).sorted()
        queries = recalls.count
        recall = recalls.reduce(0, +) / Double(queries)
        interval = Self.interval(recalls, mean: recall, rows: outcomes.reduce(0) { $0 + $1.expected })
        shareAtNineTenths = Double(outcomes.count { $0.found * 10 >= $0.expected * 9 }) / Double(queries)
        let worst = recalls.prefix(max(1, queries / 20))
        worstTwentieth = worst.reduce(0, +) / Double(worst.count)
        shortAnswers = outcomes.count { $0.returned < $0.expected }
        let times = outcomes.map(\.milliseconds).sorted()
        medianMilliseconds = times[(times.count - 1) / 2]
        slowMilliseconds = times[min(times.count - 1, Int((0.95 * Double(times.count)).rounded(.up)) - 1)]
    }

    /// Wilson's score interval (Wilson, 1927, "Probable inference, the law of succession, and statistical inference").
    ///
    /// Rows of one search are found or missed together, so they are not that many independent trials. Their effective number
    /// is the one that a proportion with the variance of the mean over the searches would have (Kish, 1965, "Survey
    /// Sampling"): at least the number of searches, at most that of rows. Unlike the mean and its standard error, the
    /// interval stays within 0 and 1, and has a width where all searches found all.
    static func interval(_ recalls: [Double], mean: Double, rows: Int) -> ClosedRange<Double> {
        let count = Double(recalls.count)
        let squares = recalls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let variance = count > 1 ? squares / (count - 1) / count : 0
        let effective =
            variance > 0 ? min(max(mean * (1 - mean) / variance, count), Double(rows)) : count
        let quantile = 1.959964
        let square = quantile * quantile / effective
        let center = (mean + square / 2) / (1 + square)
        let half = quantile * (mean * (1 - mean) / effective + square / (4 * effective)).squareRoot() / (1 + square)
        // The last digits of a recall of 1, or of 0, may lie outside otherwise.
        return max(0, min(mean, center - half))...min(1, max(mean, center + half))
    }
}
