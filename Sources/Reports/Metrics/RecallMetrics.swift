public import Advisor

/// The measured recall of one index as numbers.
public struct RecallMetrics: Sendable, Equatable {
    /// The name of the collection.
    public var collection: String
    /// The name of the index, of a partition with its schema: those of several partitions may have the same one.
    public var index: String
    /// What was measured.
    public var measured: MeasuredRecall

    /// The indexes of a database that have numbers of their own.
    static let limit = 100

    /// The measured indexes, those with the least recall first, so that their number is bounded.
    static func all(of snapshot: CatalogSnapshot) -> [RecallMetrics] {
        var measured: [RecallMetrics] = []
        // By position: a copy of each of thousands of collections takes longer than to see that nothing was measured.
        for position in snapshot.collections.indices {
            for (index, relation, recall) in snapshot.collections[position].measuredRecalls {
                let collection = snapshot.collections[position]
                measured.append(
                    RecallMetrics(
                        collection: collection.name.description,
                        index: collection.isPartitioned ? "\(relation.schema).\(index.name)" : index.name,
                        measured: recall
                    )
                )
            }
        }
        guard measured.count > limit else { return measured }
        return Array(measured.sorted { $0.measured.recall < $1.measured.recall }.prefix(limit))
    }
}

extension MetricFamily {
    /// The measured recall of each index.
    static let recall: [MetricFamily] = [
        // Of an upper bound the interval says all: it begins at 0.
        ofIndexes("vecsteward_recall_ratio", help: "Measured recall of an index, by collection and index.") {
            $0.measured.moreEffort == nil ? [([], $0.measured.recall)] : []
        },
        ofIndexes(
            "vecsteward_recall_interval_ratio",
            labels: ["bound"],
            help: "Bounds of the 95 % interval of the measured recall of an index."
        ) { [(["low"], $0.measured.interval.lowerBound), (["high"], $0.measured.interval.upperBound)] },
        ofIndexes(
            "vecsteward_recall_measured_timestamp_seconds",
            help: "Unix time when the recall of an index was measured last."
        ) { [([], $0.measured.takenAt)] },
    ]

    private static func ofIndexes(
        _ name: String,
        labels: [String] = [],
        help: String,
        numbers: @escaping @Sendable (RecallMetrics) -> [(values: [String], number: Double)]
    ) -> MetricFamily {
        ofDatabases(name, labels: ["collection", "index"] + labels, help: help) { database in
            (database.poll?.recall ?? []).flatMap { recall in
                numbers(recall).map { (values: [recall.collection, recall.index] + $0.values, number: $0.number) }
            }
        }
    }
}
