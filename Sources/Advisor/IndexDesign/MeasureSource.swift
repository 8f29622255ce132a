/// How the measure of an index is known.
public enum MeasureSource: Sendable, Equatable {
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
    static func measure(for collection: Collection, _ preferences: IndexPreferences) -> (Measure, MeasureSource) {
        let preferred = preferences.measure
        let isServed = isServed(preferred, collection.type)
        if preferences.isMeasureConfigured, isServed { return (preferred, .configured) }
        // What serves searches says more than what is only wanted.
        let indexes = collection.allIndexes.filter {
            $0.wishedMeasure.map { self.isServed($0, collection.type) } ?? false
        }
        for known in [indexes.filter(\.isUsable), indexes] where !known.isEmpty {
            let measures = Set(known.compactMap(\.wishedMeasure))
            // Two measures tell nothing of the one that is missing.
            guard measures.count == 1, let measure = measures.first else { break }
            return (measure, .index(known[0].name))
        }
        return (isServed ? preferred : collection.type == .bit ? .hammingDistance : .cosineDistance, .assumed)
    }

    private static func isServed(_ measure: Measure, _ type: VectorType) -> Bool {
        measure.operatorClass(for: type, method: .hnsw) != nil
    }

    /// The question whose answer settles the measure of a type, with the operators to choose from.
    static func question(for type: VectorType) -> String {
        let choices = Measure.allCases.filter { isServed($0, type) }
            .map { "\($0.distanceOperator) (\($0.rawValue))" }
        return "Which operator do your searches order by: \(choices.joined(separator: ", "))?"
    }
}

extension IndexChoice {
    /// What is only guessed of it and how to settle that, in sentences; `nil` where its measure is known.
    public func doubt(for type: VectorType) -> String? {
        guard !measureSource.isKnown else { return nil }
        return
            "That it is for \(definition.measure.rawValue) is a guess, the configuration's default: an index for another "
            + "measure serves no search. \(MeasureSource.question(for: type))"
    }
}

extension VectorIndex {
    /// What its owner wanted it to measure: what its operator class says, else its name, where vecs gave it that.
    var wishedMeasure: Measure? {
        if let measure { return measure }
        guard name.hasPrefix("ix_") else { return nil }
        return Measure.allCases.first { name.contains("_\($0.abbreviation)_ops_") }
    }
}

extension Collection {
    /// The indexes of all its tables and its own, the most scanned first.
    var allIndexes: [VectorIndex] {
        (relations.flatMap(\.indexes) + partitionedIndexes).sorted { ($1.scans, $0.name) < ($0.scans, $1.name) }
    }
}
