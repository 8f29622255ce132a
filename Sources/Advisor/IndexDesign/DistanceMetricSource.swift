/// How the measure of an index is known.
public enum DistanceMetricSource: Sendable, Equatable {
    /// A person gave it with the request.
    case given
    /// The configuration names it.
    case configured
    /// An index that is there has it: what its owner wanted, also where it is invalid, partial, or on another partition.
    case index(String)
    /// Nothing tells: it is the default.
    case assumed

    /// Whether more is known than a default.
    public var isKnown: Bool { self != .assumed }

    /// How it is known, in a word for programs.
    public var word: String {
        switch self {
        case .given: "given"
        case .configured: "configured"
        case .index: "index"
        case .assumed: "assumed"
        }
    }

    /// The measure to build for, and how it is known.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - preferences: What is configured.
    /// - Returns: The measure, which is one that the type has.
    static func distanceMetric(for collection: Collection, _ preferences: IndexPreferences) -> (
        DistanceMetric, DistanceMetricSource
    ) {
        let preferred = preferences.distanceMetric
        let isServed = isServed(preferred, collection.type)
        if preferences.isDistanceMetricConfigured, isServed { return (preferred, .configured) }
        // What serves searches says more than what is only wanted.
        let indexes = collection.allIndexes.filter {
            $0.wishedDistanceMetric.map { self.isServed($0, collection.type) } ?? false
        }
        for known in [indexes.filter(\.isUsable), indexes] where !known.isEmpty {
            let distanceMetrics = Set(known.compactMap(\.wishedDistanceMetric))
            // Two measures tell nothing of the one that is missing.
            guard distanceMetrics.count == 1, let distanceMetric = distanceMetrics.first else { break }
            return (distanceMetric, .index(known[0].name))
        }
        return (isServed ? preferred : collection.type == .bit ? .hammingDistance : .cosineDistance, .assumed)
    }

    private static func isServed(_ distanceMetric: DistanceMetric, _ type: VectorType) -> Bool {
        distanceMetric.operatorClass(for: type, method: .hnsw) != nil
    }

    /// The question whose answer settles the measure of a type, with the operators to choose from.
    static func question(for type: VectorType) -> String {
        let choices = DistanceMetric.allCases.filter { isServed($0, type) }
            .map { "\($0.distanceOperator) (\($0.rawValue))" }
        return "Which operator do your searches order by: \(choices.joined(separator: ", "))?"
    }
}

extension IndexChoice {
    /// What is only guessed of it and how to settle that, in sentences; `nil` where its measure is known.
    public func doubt(for type: VectorType) -> String? {
        guard !distanceMetricSource.isKnown else { return nil }
        return
            "That it is for \(definition.distanceMetric.rawValue) is a guess, the configuration's default: an index for another "
            + "measure serves no search. \(DistanceMetricSource.question(for: type))"
    }
}

extension VectorIndex {
    /// What its owner wanted it to measure: what its operator class says, else its name, where vecs gave it that.
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
