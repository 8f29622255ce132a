/// What vecsteward may do of what a rule asks for.
public enum RuleMode: String, Sendable, CaseIterable {
    /// The rule is not looked at.
    case off
    /// The finding is reported, with what a person would type.
    case warn
    /// The finding becomes a job.
    case act
}

/// The mode and the thresholds of one rule, as they hold for one collection.
public struct RuleSettings: Sendable, Equatable {
    /// What may be done.
    public var mode: RuleMode
    private var values: [String: Double]

    /// Settings with these values by threshold name.
    public init(mode: RuleMode, values: [String: Double]) {
        self.mode = mode
        self.values = values
    }

    /// The value of a threshold, its default where nothing set it.
    public subscript(threshold: Threshold) -> Double { values[threshold.name] ?? threshold.defaultValue }

    /// The value of a threshold that counts something.
    func count(_ threshold: Threshold) -> Int64 { Int64(self[threshold]) }
}

/// A number that decides when a rule fires.
public struct Threshold: Sendable, Equatable {
    /// The key in the configuration.
    public let name: String
    /// The value where nothing is configured.
    public let defaultValue: Double
    /// The values that make sense.
    public let range: ClosedRange<Double>
    /// Whether only whole numbers make sense.
    public let isWhole: Bool
}

/// What a configuration says of one rule at one level; what it leaves out is inherited.
public struct RuleOverride: Sendable, Equatable {
    /// The mode, where it is set.
    public var mode: RuleMode?
    /// The thresholds that are set, by name.
    public var values: [String: Double]

    /// An override of a rule.
    public init(mode: RuleMode? = nil, values: [String: Double] = [:]) {
        self.mode = mode
        self.values = values
    }

    /// The same with what a more specific level says of the rule.
    fileprivate func overridden(by override: RuleOverride) -> RuleOverride {
        RuleOverride(mode: override.mode ?? mode, values: values.merging(override.values) { _, new in new })
    }
}

/// How a new index is to be made; every `nil` in an override is inherited.
public struct IndexPreferences: Sendable, Equatable {
    /// The method, `nil` for `auto`.
    public var method: IndexMethod?
    /// The measure; for `bit` columns `hamming_distance` takes its place unless a measure for bits is given.
    public var distanceMetric: DistanceMetric
    /// Whether the configuration names that measure, and it is not only the default.
    public var isDistanceMetricConfigured: Bool
    /// HNSW's `m`.
    public var m: Int
    /// HNSW's `ef_construction`.
    public var efConstruction: Int

    /// The defaults of vecs: `auto`, `cosine_distance`, m 16, ef_construction 64.
    public init(
        method: IndexMethod? = nil,
        distanceMetric: DistanceMetric = .cosineDistance,
        isDistanceMetricConfigured: Bool = false,
        m: Int = 16,
        efConstruction: Int = 64
    ) {
        self.method = method
        self.distanceMetric = distanceMetric
        self.isDistanceMetricConfigured = isDistanceMetricConfigured
        self.m = m
        self.efConstruction = efConstruction
    }
}

/// What a configuration says of new indexes at one level.
public struct IndexOverride: Sendable, Equatable {
    /// The method: the outer `nil` inherits, the inner one is `auto`.
    public var method: IndexMethod??
    /// The measure, where it is set.
    public var distanceMetric: DistanceMetric?
    /// HNSW's `m`, where it is set.
    public var m: Int?
    /// HNSW's `ef_construction`, where it is set.
    public var efConstruction: Int?

    /// An override of the index preferences.
    public init(
        method: IndexMethod?? = nil,
        distanceMetric: DistanceMetric? = nil,
        m: Int? = nil,
        efConstruction: Int? = nil
    ) {
        self.method = method
        self.distanceMetric = distanceMetric
        self.m = m
        self.efConstruction = efConstruction
    }
}

/// One level of a configuration: for all, for a database, or for the collections that a pattern names.
public struct PolicyLayer: Sendable, Equatable {
    /// The collections it is for, `nil` for all.
    public var pattern: NamePattern?
    /// What it says of rules, by rule name.
    public var rules: [String: RuleOverride]
    /// What it says of new indexes.
    public var index: IndexOverride

    /// A level.
    public init(
        pattern: NamePattern? = nil,
        rules: [String: RuleOverride] = [:],
        index: IndexOverride = IndexOverride()
    ) {
        self.pattern = pattern
        self.rules = rules
        self.index = index
    }
}

/// The settings that hold for one collection (or for a database as a whole).
public struct Policy: Sendable, Equatable {
    /// How an index is to be made.
    public var index: IndexPreferences
    private var rules: [String: RuleOverride]

    /// The settings of a rule.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - defaultMode: Its mode where nothing is configured.
    /// - Returns: The settings.
    func settings(ofRule name: String, defaultMode: RuleMode) -> RuleSettings {
        RuleSettings(mode: rules[name]?.mode ?? defaultMode, values: rules[name]?.values ?? [:])
    }

    fileprivate init(layers: [PolicyLayer]) {
        index = IndexPreferences()
        rules = [:]
        for layer in layers {
            rules.merge(layer.rules) { general, specific in general.overridden(by: specific) }
        }
        for layer in layers {
            index.method = layer.index.method ?? index.method
            index.distanceMetric = layer.index.distanceMetric ?? index.distanceMetric
            index.isDistanceMetricConfigured = index.isDistanceMetricConfigured || layer.index.distanceMetric != nil
            index.m = layer.index.m ?? index.m
            index.efConstruction = layer.index.efConstruction ?? index.efConstruction
        }
    }
}

/// All levels of a configuration for one database: the most specific one wins.
public struct PolicyBook: Sendable, Equatable {
    private let general: [PolicyLayer]
    private let patterned: [PolicyLayer]
    /// The settings for a database as a whole, and for every collection that no pattern fits.
    public let databasePolicy: Policy

    /// Orders the levels: first those for all collections, in the order given (all, then database), then the
    /// patterns from the least specific to the most specific, equals in the order given.
    public init(layers: [PolicyLayer] = []) {
        general = layers.filter { $0.pattern == nil }
        patterned = layers.enumerated().filter { $0.element.pattern != nil }
            .sorted { left, right in
                let (mine, other) = (left.element.pattern?.specificity ?? 0, right.element.pattern?.specificity ?? 0)
                return (mine, left.offset) < (other, right.offset)
            }
            .map(\.element)
        databasePolicy = Policy(layers: general)
    }

    /// The settings for a collection.
    public func policy(for name: CollectionName) -> Policy {
        let fitting = patterned.filter { $0.pattern?.matches(name) ?? false }
        return fitting.isEmpty ? databasePolicy : Policy(layers: general + fitting)
    }
}
