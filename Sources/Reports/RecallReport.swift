public import Recall

/// A measurement of recall, for any format.
public struct RecallReport: Sendable {
    /// The version of the program.
    public let programVersion: String
    /// The measurement.
    public let measurement: RecallMeasurement
    /// The recall that a person wants, from 0 to 1.
    public let target: Double?

    /// A report on a measurement.
    public init(programVersion: String, measurement: RecallMeasurement, target: Double?) {
        self.programVersion = programVersion
        self.measurement = measurement
        self.target = target
    }

    /// Whether the measured recall reaches the target; true without one.
    public var reachesTarget: Bool { target.map { measurement.figures.recall >= $0 } ?? true }
}
