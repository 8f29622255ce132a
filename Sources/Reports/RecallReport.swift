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

    /// What a measurement says of a target.
    public enum Verdict: Sendable {
        case reached
        case missed
        /// The recall may be less than the figure: what it was compared with misses rows too.
        case unknown
    }

    /// What the measurement says of the target; `nil` without one.
    public var verdict: Verdict? {
        target.map { target in
            guard measurement.figures.recall >= target else { return .missed }
            return measurement.moreEffort == nil ? .reached : .unknown
        }
    }

    /// Whether nothing is wrong: there is no target, or it is certainly reached.
    public var isGood: Bool { verdict == nil || verdict == .reached }
}
