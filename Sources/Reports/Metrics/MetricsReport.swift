/// What monitoring is told at one moment: plain numbers, and no name of a collection, so that there are only so many.
public struct MetricsReport: Sendable, Equatable {
    /// The version of the program.
    public var programVersion: String
    /// The configuration that is in force.
    public var configuration: ConfigurationState
    /// The databases, in any order.
    public var databases: [DatabaseMetrics]

    /// Puts a report together.
    public init(programVersion: String, configuration: ConfigurationState, databases: [DatabaseMetrics] = []) {
        self.programVersion = programVersion
        self.configuration = configuration
        self.databases = databases
    }

    /// How the last attempt to read the configuration went.
    public struct ConfigurationState: Sendable, Equatable {
        /// Whether it was taken; else the one before is in force.
        public var isCurrent = true
        /// When the one in force was taken, in seconds since 1970 by this host's clock.
        public var takenAt: Double

        /// A configuration that was taken.
        public init(takenAt: Double) {
            self.takenAt = takenAt
        }
    }
}
