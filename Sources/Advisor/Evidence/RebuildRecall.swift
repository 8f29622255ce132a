/// What an index found before a rebuild by vecsteward, and what it found after it, in the same kind of searches.
public struct RebuildRecall: Sendable, Equatable {
    /// The recall of the old index, from 0 to 1.
    public var before: Double
    /// The recall of the new one.
    public var after: Double
    /// How many rows each search asked for.
    public var k: Int
    /// The settings of the searches, by name.
    public var settings: [String: String]

    /// Puts both measurements together.
    public init(before: Double, after: Double, k: Int, settings: [String: String]) {
        self.before = before
        self.after = after
        self.k = k
        self.settings = settings
    }

    /// Both figures: `recall@10 .810 -> .930 at probes 10`; settings of iterative scans are left out where these are off.
    public var words: String {
        let words = MeasuredRecall.words(of: settings) { $0.split(separator: ".").last.map { String($0) } ?? $0 }
        return "recall@\(k) \(Numbers.share(before)) -> \(Numbers.share(after))" + (words.isEmpty ? "" : " at \(words)")
    }
}
