/// How the distance metric of an index is known.
public enum DistanceMetricSource: Sendable, Equatable {
    /// A person requested it.
    case given
    /// The configuration sets it.
    case configured
    /// Nine of ten searches order by its operator: of those that the configuration states, otherwise of those that were seen.
    case searches
    /// An existing index has it: its owner wanted it, even if the index is invalid, partial, or on another partition.
    case index(String)
    /// Nothing shows it; it is the default.
    case assumed

    /// Whether more is known than the default.
    public var isKnown: Bool { self != .assumed }

    /// The source in one word, for programs.
    public var word: String {
        switch self {
        case .given: "given"
        case .configured: "configured"
        case .searches: "searches"
        case .index: "index"
        case .assumed: "assumed"
        }
    }

    /// The distance metric to build for, and its source.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - preferences: The configuration.
    /// - Returns: A distance metric that the type has.
    static func distanceMetric(for collection: Collection, _ preferences: IndexPreferences) -> (
        DistanceMetric, DistanceMetricSource
    ) {
        let preferred = preferences.distanceMetric
        let isServed = isServed(preferred, collection.type)
        if preferences.isDistanceMetricConfigured, isServed { return (preferred, .configured) }
        // The searches say what they need; an index only what somebody once expected of them.
        if let searched = collection.workload.mainDistanceMetric, Self.isServed(searched, collection.type) {
            return (searched, .searches)
        }
        // An index that serves searches is better evidence than one that was only wanted.
        let indexes = collection.allIndexes.filter {
            $0.wishedDistanceMetric.map { self.isServed($0, collection.type) } ?? false
        }
        for known in [indexes.filter(\.isUsable), indexes] where !known.isEmpty {
            let distanceMetrics = Set(known.compactMap(\.wishedDistanceMetric))
            // Two distance metrics are no evidence for the missing one.
            guard distanceMetrics.count == 1, let distanceMetric = distanceMetrics.first else { break }
            return (distanceMetric, .index(known[0].name))
        }
        return (isServed ? preferred : collection.type == .bit ? .hammingDistance : .cosineDistance, .assumed)
    }

    private static func isServed(_ distanceMetric: DistanceMetric, _ type: VectorType) -> Bool {
        distanceMetric.operatorClass(for: type, method: .hnsw) != nil
    }

    /// The question that settles the distance metric of a type, with the operators to choose from.
    static func question(for type: VectorType) -> String {
        let choices = DistanceMetric.allCases.filter { isServed($0, type) }
            .map { "\($0.distanceOperator) (\($0.rawValue))" }
        return "Which operator do your searches order by: \(choices.joined(separator: ", "))?"
    }
}

extension IndexChoice {
    /// What is only a guess, and how to settle it, as sentences; `nil` if the distance metric is known.
    public func doubt(for type: VectorType) -> String? {
        guard !distanceMetricSource.isKnown, unservedSearches == nil else { return nil }
        return
            "The distance metric \(definition.distanceMetric.rawValue) is a guess, the default: an index for another "
            + "distance metric serves no search. \(DistanceMetricSource.question(for: type))"
    }
}

extension VectorIndex {
    /// The distance metric that its owner wanted: that of its operator class, otherwise that of its name if vecs gave
    /// it.
    var wishedDistanceMetric: DistanceMetric? {
        if let distanceMetric { return distanceMetric }
        guard name.hasPrefix("ix_") else { return nil }
        return DistanceMetric.allCases.first { name.contains("_\($0.abbreviation)_ops_") }
    }
}

extension Collection {
    /// The indexes of all its tables and its own, the most scanned first.
    var allIndexes: [VectorIndex] {
        (relations.flatMap(\.indexes) + partitionedIndexes).sorted { ($1.scans, $0.name) < ($0.scans, $1.name) }
    }
}
