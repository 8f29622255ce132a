internal import Advisor

/// The searches of one collection as numbers.
public struct SearchMetrics: Sendable, Equatable {
    /// The name of the collection, or ``others``.
    public var collection: String
    /// How many were counted.
    public private(set) var calls: Int64 = 0
    /// How many there are in a second; `nil` if that is unknown.
    public private(set) var perSecond: Double?
    /// The time of those that were counted, in seconds.
    public private(set) var seconds = 0.0
    private var rows: Int64 = 0
    private var callsWithRows: Int64 = 0

    /// The name for all collections beyond ``limit``; no collection has it, since their names have a dot.
    static let others = "others"
    /// The collections of a database that have numbers of their own.
    static let limit = 20

    /// The mean time of a search in seconds; `nil` if none was counted.
    public var meanSeconds: Double? { calls > 0 ? seconds / Double(calls) : nil }
    /// The rows that a search returns on average; `nil` if that is unknown.
    public var rowsPerCall: Double? { callsWithRows > 0 ? Double(rows) / Double(callsWithRows) : nil }

    /// The collections whose searches take the most time, and all others together, so that their number is bounded.
    static func all(of snapshot: CatalogSnapshot) -> [SearchMetrics] {
        let counted = snapshot.searchedCollections.filter { $0.searches.contains { $0.usage.calls != nil } }
        var metrics = counted.prefix(limit).map { collection in
            var metrics = SearchMetrics(collection: collection.name.description)
            metrics.add(collection)
            return metrics
        }
        if counted.count > limit {
            var rest = SearchMetrics(collection: others)
            for collection in counted.dropFirst(limit) { rest.add(collection) }
            metrics.append(rest)
        }
        return metrics
    }

    private init(collection: String) { self.collection = collection }

    private mutating func add(_ collection: Collection) {
        for usage in collection.searches.map(\.usage) {
            guard let calls = usage.calls else { continue }
            self.calls += calls
            seconds += usage.milliseconds / 1_000
            if let hourly = usage.perHour { perSecond = (perSecond ?? 0) + hourly / 3_600 }
            if let rows = usage.rows {
                self.rows += rows
                callsWithRows += calls
            }
        }
    }
}

extension MetricFamily {
    /// The searches of each collection; no text of a search and no filter is in a label.
    static let searches: [MetricFamily] = [
        ofCollections("vecsteward_searches", help: "Searches that the last poll found counted, by collection.") {
            Double($0.calls)
        },
        ofCollections("vecsteward_searches_per_second", help: "Searches in a second, by collection.") { $0.perSecond },
        ofCollections("vecsteward_search_duration_seconds", help: "Mean time of a search, by collection.") {
            $0.meanSeconds
        },
        ofCollections("vecsteward_search_rows", help: "Rows that a search returns on average, by collection.") {
            $0.rowsPerCall
        },
    ]

    /// A metric with one number for each collection in which it is known.
    private static func ofCollections(
        _ name: String,
        help: String,
        number: @escaping @Sendable (SearchMetrics) -> Double?
    ) -> MetricFamily {
        ofDatabases(name, labels: ["collection"], help: help) { database in
            (database.poll?.searches ?? []).compactMap { searches in
                number(searches).map { (values: [searches.collection], number: $0) }
            }
        }
    }
}
