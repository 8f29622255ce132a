/// The metrics at one moment: plain numbers without names of collections, so that their number is bounded.
public struct MetricsReport: Sendable, Equatable {
    /// The version of the program.
    public var programVersion: String
    /// The configuration in effect.
    public var configuration: ConfigurationState
    /// The databases, in any order.
    public var databases: [DatabaseMetrics]

    /// A report with no database by default.
    public init(programVersion: String, configuration: ConfigurationState, databases: [DatabaseMetrics] = []) {
        self.programVersion = programVersion
        self.configuration = configuration
        self.databases = databases
    }

    /// The configuration in effect, and whether it is the latest.
    public struct ConfigurationState: Sendable, Equatable {
        /// Whether the last reload succeeded; otherwise the previous configuration stays in effect.
        public var isCurrent = true
        /// When the configuration in effect was read, in seconds since 1970 by this host's clock.
        public var takenAt: Double

        /// A configuration that was just read.
        public init(takenAt: Double) {
            self.takenAt = takenAt
        }
    }
}
