/// What vecsteward may do about the findings of a rule.
public enum RuleMode: String, Sendable, CaseIterable {
    /// The rule does not run.
    case off
    /// The finding is reported, with the statement that a person would run.
    case warn
    /// The finding becomes a job.
    case act
}

/// The mode and the thresholds of one rule for one collection.
public struct RuleSettings: Sendable, Equatable {
    /// The mode.
    public var mode: RuleMode
    private var values: [String: Double]

    /// Creates settings with these values by threshold name.
    public init(mode: RuleMode, values: [String: Double]) {
        self.mode = mode
        self.values = values
    }

    /// The value of a threshold, or its default.
    public subscript(threshold: Threshold) -> Double { values[threshold.name] ?? threshold.defaultValue }

    /// The value of a threshold that is a count.
    func count(_ threshold: Threshold) -> Int64 { Int64(self[threshold]) }
}

/// A number that decides when a rule fires.
public struct Threshold: Sendable, Equatable {
    /// The key in the configuration.
    public let name: String
    /// The default value.
    public let defaultValue: Double
    /// The valid values.
    public let range: ClosedRange<Double>
    /// Whether only whole numbers are valid.
    public let isWhole: Bool
}

/// The settings of one rule at one level of a configuration; what is not set is inherited.
public struct RuleOverride: Sendable, Equatable {
    /// The mode, if it is set.
    public var mode: RuleMode?
    /// The thresholds that are set, by name.
    public var values: [String: Double]

    /// Creates an override of a rule.
    public init(mode: RuleMode? = nil, values: [String: Double] = [:]) {
        self.mode = mode
        self.values = values
    }

    /// This override with the settings of a more specific level.
    fileprivate func overridden(by override: RuleOverride) -> RuleOverride {
        RuleOverride(mode: override.mode ?? mode, values: values.merging(override.values) { _, new in new })
    }
}

/// What the lists of an IVFFlat index follow from when it is rebuilt.
public enum ListsPreference: String, Sendable, CaseIterable {
    /// The rows, and the recall that was measured, which is to be kept at the probes of the searches.
    case recall
    /// The rows alone, by the formula of vecs.
    case vecs
}

/// How to build a new index; every `nil` in an override is inherited.
public struct IndexPreferences: Sendable, Equatable {
    /// The method; `nil` for `auto`.
    public var method: IndexMethod?
    /// The distance metric; `bit` columns use `hamming_distance` unless this is a metric for bits.
    public var distanceMetric: DistanceMetric
    /// Whether the configuration sets the distance metric; otherwise it is the default.
    public var isDistanceMetricConfigured: Bool
    /// HNSW's `m`.
    public var m: Int
    /// HNSW's `ef_construction`.
    public var efConstruction: Int
    /// What the lists of an IVFFlat index follow from when it is rebuilt.
    public var lists: ListsPreference

    /// Creates preferences; the defaults are those of vecs: `auto`, `cosine_distance`, m 16, ef_construction 64.
    public init(
        method: IndexMethod? = nil,
        distanceMetric: DistanceMetric = .cosineDistance,
        isDistanceMetricConfigured: Bool = false,
        m: Int = 16,
        efConstruction: Int = 64,
        lists: ListsPreference = .recall
    ) {
        self.method = method
        self.distanceMetric = distanceMetric
        self.isDistanceMetricConfigured = isDistanceMetricConfigured
        self.m = m
        self.efConstruction = efConstruction
        self.lists = lists
    }
}

/// The settings for new indexes at one level of a configuration.
public struct IndexOverride: Sendable, Equatable {
    /// The method: the outer `nil` inherits, the inner one is `auto`.
    public var method: IndexMethod??
    /// The distance metric, if it is set.
    public var distanceMetric: DistanceMetric?
    /// HNSW's `m`, if it is set.
    public var m: Int?
    /// HNSW's `ef_construction`, if it is set.
    public var efConstruction: Int?
    /// What the lists follow from, if it is set.
    public var lists: ListsPreference?

    /// Creates an override of the index preferences.
    public init(
        method: IndexMethod?? = nil,
        distanceMetric: DistanceMetric? = nil,
        m: Int? = nil,
        efConstruction: Int? = nil,
        lists: ListsPreference? = nil
    ) {
        self.method = method
        self.distanceMetric = distanceMetric
        self.m = m
        self.efConstruction = efConstruction
        self.lists = lists
    }
}

/// One level of a configuration: for all, for a database, or for the collections that match a pattern.
public struct PolicyLayer: Sendable, Equatable {
    /// The collections that it applies to; `nil` for all.
    public var pattern: NamePattern?
    /// The settings of rules, by rule name.
    public var rules: [String: RuleOverride]
    /// The settings for new indexes.
    public var index: IndexOverride
    /// How the collections are searched, if that is set; an empty list says nothing of it.
    public var searches: [ConfiguredSearch]?
    /// Where query vectors of real searches are, if that is set.
    public var queries: ConfiguredQueries?

    /// Creates a level.
    public init(
        pattern: NamePattern? = nil,
        rules: [String: RuleOverride] = [:],
        index: IndexOverride = IndexOverride(),
        searches: [ConfiguredSearch]? = nil,
        queries: ConfiguredQueries? = nil
    ) {
        self.pattern = pattern
        self.rules = rules
        self.index = index
        self.searches = searches
        self.queries = queries
    }
}

/// The settings of one collection (or of a database as a whole).
public struct Policy: Sendable, Equatable {
    /// How to build an index.
    public var index: IndexPreferences
    /// How the collection is searched, as far as the configuration says so.
    public var searches: [ConfiguredSearch] = []
    /// Where query vectors of real searches are; `nil` if the configuration does not say.
    public var queries: ConfiguredQueries?
    private var rules: [String: RuleOverride]

    /// The settings of a rule.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - defaultMode: Its default mode.
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
            if let stated = layer.searches {
                searches = stated
                // How a collection is searched says more of it than a distance metric for many.
                if !stated.isEmpty { index.isDistanceMetricConfigured = false }
            }
            queries = layer.queries ?? queries
            index.method = layer.index.method ?? index.method
            index.distanceMetric = layer.index.distanceMetric ?? index.distanceMetric
            index.isDistanceMetricConfigured = index.isDistanceMetricConfigured || layer.index.distanceMetric != nil
            index.m = layer.index.m ?? index.m
            index.efConstruction = layer.index.efConstruction ?? index.efConstruction
            index.lists = layer.index.lists ?? index.lists
        }
    }
}

/// All levels of a configuration for one database; the most specific one wins.
public struct PolicyBook: Sendable, Equatable {
    private let general: [PolicyLayer]
    private let patterned: [PolicyLayer]
    /// The settings of a database as a whole, and of every collection that matches no pattern.
    public let databasePolicy: Policy

    /// Orders the levels: first those for all collections in the given order (all, then database), then the patterns
    /// from the least to the most specific; equally specific ones keep their order.
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

    /// Whether it states searches of any collection.
    public var hasSearches: Bool { (general + patterned).contains { $0.searches?.isEmpty == false } }

    /// The settings of a collection.
    public func policy(for name: CollectionName) -> Policy {
        let fitting = patterned.filter { $0.pattern?.matches(name) ?? false }
        return fitting.isEmpty ? databasePolicy : Policy(layers: general + fitting)
    }
}
