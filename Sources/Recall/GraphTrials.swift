/// What HNSW graphs with other parameters find, built on a sample of the rows.
///
/// A graph of a sample finds more than one of all rows. How much more is known for the present parameters only
/// (``missRatio``), and assumed for the others.
public struct GraphTrials: Sendable {
    /// The parameters of a graph.
    public struct Parameters: Sendable, Hashable {
        /// The connections of a node, `m`.
        public var m: Int
        /// The candidates that a build examines for each row, `ef_construction`.
        public var efConstruction: Int

        /// Puts parameters together.
        public init(m: Int, efConstruction: Int) {
            self.m = m
            self.efConstruction = efConstruction
        }

        /// How much longer than others a build takes at most.
        public func work(comparedWith other: Parameters) -> Double {
            Double(m * efConstruction) / Double(other.m * other.efConstruction)
        }

        /// The parameters worth a trial, the most important first: the present ones, and those of larger and smaller graphs
        /// that pgvector takes.
        public static func worthTrying(beside present: Parameters) -> [Parameters] {
            let (m, candidates) = (present.m, present.efConstruction)
            var chosen = [present]
            for (m, candidates) in [
                (m, 2 * candidates), (2 * m, 2 * candidates), (m, 4 * candidates), (2 * m, 4 * candidates),
                (m / 2, candidates),
            ] {
                guard (2...100).contains(m) else { continue }
                let parameters = Parameters(m: m, efConstruction: min(1_000, max(candidates, 2 * m, 4)))
                if !chosen.contains(parameters) { chosen.append(parameters) }
            }
            return chosen
        }
    }

    /// One graph.
    public struct Trial: Sendable, Hashable {
        /// What it was built with.
        public var parameters: Parameters
        /// What searches found in it, among the rows of the sample.
        public var recall: Double
        /// The 95 % confidence interval of that.
        public var interval: ClosedRange<Double>
        /// How long the build took, in seconds.
        public var buildSeconds: Double

        /// Puts a trial together.
        public init(parameters: Parameters, recall: Double, interval: ClosedRange<Double>, buildSeconds: Double) {
            self.parameters = parameters
            self.recall = recall
            self.interval = interval
            self.buildSeconds = buildSeconds
        }
    }

    /// The trials; the first has the present parameters.
    public var trials: [Trial]
    /// Parameters that were not tried because the time was over.
    public var omitted: [Parameters]
    /// The rows of the sample.
    public var sampledRows: Int
    /// How many searches ran in each graph.
    public var queries: Int
    /// The recall that was measured of the index itself, at the same settings.
    public var measured: Double

    /// Puts trials together.
    public init(
        trials: [Trial],
        omitted: [Parameters] = [],
        sampledRows: Int,
        queries: Int,
        measured: Double
    ) {
        self.trials = trials
        self.omitted = omitted
        self.sampledRows = sampledRows
        self.queries = queries
        self.measured = measured
    }

    /// By how much the index itself finds more than a graph of the sample with the same parameters: mostly less than 0.
    public var offset: Double { trials.first.map { measured - $0.recall } ?? 0 }

    /// How many times as many neighbours the index itself misses as a graph of the sample with the same parameters; `nil` if
    /// that one misses none.
    public var missRatio: Double? {
        guard let present = trials.first, present.recall < 1 else { return nil }
        return (1 - measured) / (1 - present.recall)
    }

    /// What a graph of all rows may find, if it misses as many times as many neighbours as the present one does.
    ///
    /// Where the graph of the sample misses none, it differs by as much as the present one.
    public func expected(_ trial: Trial) -> Double {
        let recall = missRatio.map { 1 - (1 - trial.recall) * $0 } ?? trial.recall + offset
        return min(1, max(0, recall))
    }
}
