/// The searches of a collection together.
public struct Workload: Sendable, Equatable {
    /// The searches for the nearest rows and within a radius, the most frequent first.
    public let searches: [Search]

    /// Takes the searches of a collection.
    public init(_ collection: Collection) {
        searches = collection.searches
    }

    /// Takes some searches of a collection.
    public init(_ searches: [Search]) {
        self.searches = searches
    }

    /// Those that were seen.
    public var seen: [Search] { searches.filter { !$0.isConfigured } }
    /// Those that the configuration states.
    public var configured: [Search] { searches.filter(\.isConfigured) }
    /// The searches for the nearest rows that an index is chosen for: those of the configuration if it states any, because
    /// a person knows what will be searched tomorrow; otherwise those that were seen.
    public var deciding: [Search] {
        let stated = configured.filter { $0.shape.kind == .nearest }
        return stated.isEmpty ? nearest : stated
    }

    /// How often the collection is searched in an hour; `nil` if that is unknown.
    public var perHour: Double? { sum(\.perHour) }

    /// The mean time of a search in milliseconds; `nil` if that is unknown.
    public var meanMilliseconds: Double? {
        let counted = searches.filter { $0.recent.calls ?? 0 > 0 }
        let calls = counted.reduce(0) { $0 + ($1.recent.calls ?? 0) }
        guard calls > 0 else { return nil }
        return counted.reduce(0) { $0 + $1.recent.milliseconds } / Double(calls)
    }

    /// The rows that a search returns on average; `nil` if that is unknown.
    public var rowsPerCall: Double? {
        let counted = searches.filter { $0.recent.rowsPerCall != nil }
        let calls = counted.reduce(0) { $0 + ($1.recent.calls ?? 0) }
        guard calls > 0 else { return nil }
        return Double(counted.reduce(0) { $0 + ($1.recent.rows ?? 0) }) / Double(calls)
    }

    /// The distance metrics of the deciding searches with their calls, the most frequent first.
    public var distanceMetrics: [(metric: DistanceMetric, calls: Int64)] {
        var calls: [DistanceMetric: Int64] = [:]
        for search in deciding {
            calls[search.shape.distanceMetric, default: 0] += search.number
        }
        return calls.map { ($0.key, $0.value) }.sorted {
            ($1.calls, $0.metric.rawValue) < ($0.calls, $1.metric.rawValue)
        }
    }

    /// The distance metric of nine deciding searches of ten or more; `nil` if there is none.
    public var mainDistanceMetric: DistanceMetric? {
        let all = distanceMetrics
        let total = all.reduce(0) { $0 + $1.calls }
        return all.first.flatMap { Self.isMain($0.calls, of: total) ? $0.metric : nil }
    }

    private func sum(_ value: (SearchUsage) -> Double?) -> Double? {
        let values = searches.compactMap { value($0.recent) }
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}

extension Collection {
    /// Its searches together.
    public var workload: Workload { Workload(self) }
}
