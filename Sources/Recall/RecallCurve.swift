/// What the same searches found, and how long they took, at a series of values of one setting.
public struct RecallCurve: Sendable {
    /// What they found at one value.
    public struct Point: Sendable {
        /// The value of the setting.
        public var value: Int
        /// What they found.
        public var figures: RecallFigures

        /// Creates a point.
        public init(value: Int, figures: RecallFigures) {
            self.value = value
            self.figures = figures
        }
    }

    /// The setting, such as `ivfflat.probes`; `nil` if the access method has none that is known.
    public var setting: String?
    /// The points, by their values.
    public var points: [Point]
    /// Why it has no further points, as a sentence without its full stop; `nil` if it has all.
    public var end: String?

    /// Puts a curve together.
    public init(setting: String?, points: [Point], end: String? = nil) {
        self.setting = setting
        self.points = points
        self.end = end
    }

    /// The point with the least value whose recall reaches a target.
    public func least(reaching target: Double) -> Point? { points.first { $0.figures.recall >= target } }

    /// The most values that ``values(of:k:present:most:)`` gives.
    public static let mostValues = 14

    /// The values worth a point: about two for each doubling at first.
    ///
    /// - Parameters:
    ///   - setting: The setting.
    ///   - k: How many rows a search asks for; fewer candidates than that cannot find them.
    ///   - present: The present value, which is one of them.
    ///   - most: The greatest value.
    /// - Returns: The values in ascending order.
    public static func values(of setting: String, k: Int, present: Int?, most: Int) -> [Int] {
        let series =
            setting == "hnsw.ef_search"
            ? [10, 20, 40, 60, 80, 120, 200, 400, 700, 1_000].filter { $0 >= k }
            : [1, 2, 3, 5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]
        return Set(series.filter { $0 <= most } + [present].compactMap { $0 }.map { min($0, most) }).sorted()
    }
}
