/// A person's request for an index, in the terms of vecs' `create_index`.
public struct RequestedIndex: Sendable, Equatable {
    /// The given method, distance metric, `m` and `ef_construction`.
    public var given: IndexOverride
    /// The given `lists`; `nil` if not given.
    public var lists: Int?
    /// Whether to replace a usable index for the same distance metric, as vecs does by default.
    public var replaces: Bool
    /// Whether an index may refuse rows that its column accepts (``IndexChoice/refusedRows``).
    public var acceptsRefusals: Bool

    /// A request; by default everything is left to the configuration.
    public init(
        given: IndexOverride = IndexOverride(),
        lists: Int? = nil,
        replaces: Bool = true,
        acceptsRefusals: Bool = false
    ) {
        self.given = given
        self.lists = lists
        self.replaces = replaces
        self.acceptsRefusals = acceptsRefusals
    }

    /// A contradiction among the given values, or to pgvector, for any collection; `nil` if there is none.
    ///
    /// vecs refuses the same: arguments together with `auto`, and those of one method together with the other.
    /// Ranges: pgvector's `hnsw.h` and `ivfflat.h`.
    public var contradiction: Blocker? {
        let arguments = [("lists", lists), ("m", given.m), ("ef_construction", given.efConstruction)]
        let names = arguments.filter { $0.1 != nil }.map(\.0)
        let list = names.joined(separator: " and ")
        let method = given.method ?? nil
        if !names.isEmpty, method == nil {
            return Blocker(
                .contradiction,
                "\(list) cannot be given with the method auto, which chooses the values itself",
                advice: "Give the method too: \(lists == nil ? "hnsw" : "ivfflat")."
            )
        }
        if method == .ivfflat, names.contains(where: { $0 != "lists" }) {
            let wrong = names.filter { $0 != "lists" }.joined(separator: " and ")
            return Blocker(
                .contradiction,
                "an ivfflat index has no \(wrong)",
                advice: "It has lists; m and ef_construction belong to hnsw."
            )
        }
        if method == .hnsw, lists != nil {
            return Blocker(
                .contradiction,
                "an hnsw index has no lists",
                advice: "It has m and ef_construction; lists belong to ivfflat."
            )
        }
        for ((name, value), range) in zip(arguments, [1...32_768, 2...100, 4...1_000]) {
            guard let value, !range.contains(value) else { continue }
            return Blocker(
                .contradiction,
                "\(name) is \(value), and pgvector accepts \(range.lowerBound) to \(range.upperBound)",
                advice: "Leave it out for vecs' default, which suits most collections."
            )
        }
        guard let m = given.m, let efConstruction = given.efConstruction else { return nil }
        return Self.contradiction(of: m, efConstruction)
    }

    /// pgvector requires `ef_construction` to be at least twice `m`.
    static func contradiction(of m: Int, _ efConstruction: Int) -> Blocker? {
        guard efConstruction < 2 * m else { return nil }
        return Blocker(
            .contradiction,
            "ef_construction is \(efConstruction) and m is \(m), and pgvector requires at least twice m",
            advice: "Give an ef_construction of \(2 * m) or more, or an m of \(efConstruction / 2) or less."
        )
    }

    /// The index for one collection, and why it was chosen.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - configured: The configuration of the collection, for all that is not given.
    ///   - pgvector: The installed pgvector.
    ///   - limits: The resources that a build may take.
    /// - Returns: The index, with lists for the current rows if none are given.
    /// - Throws: Why no index is possible.
    func choice(
        for collection: Collection,
        configured: IndexPreferences,
        pgvector: PgVector?,
        limits: ResourceLimits
    ) throws(Blocker) -> IndexChoice {
        if let contradiction { throw contradiction }
        var preferences = IndexPreferences(
            method: given.method ?? configured.method,
            distanceMetric: given.distanceMetric ?? configured.distanceMetric,
            isDistanceMetricConfigured: given.distanceMetric != nil || configured.isDistanceMetricConfigured,
            m: given.m ?? configured.m,
            efConstruction: given.efConstruction ?? configured.efConstruction
        )
        // The definition of an invalid index takes precedence over the configuration for all collections.
        let (distanceMetric, _) = DistanceMetricSource.distanceMetric(for: collection, preferences)
        if let wished = collection.allIndexes.first(where: { $0.isUnfulfilled(for: distanceMetric) }) {
            preferences.method = given.method ?? wished.method
            preferences.m = given.m ?? wished.m ?? configured.m
            preferences.efConstruction = given.efConstruction ?? wished.efConstruction ?? configured.efConstruction
        }
        if preferences.method == .hnsw,
            let contradiction = Self.contradiction(of: preferences.m, preferences.efConstruction)
        {
            throw contradiction
        }
        if let distanceMetric = given.distanceMetric { try Self.demand(distanceMetric, servedFor: collection) }
        let choice = IndexChoice.choose(
            for: collection,
            rows: collection.vectorRows.value,
            preferences: preferences,
            pgvector: pgvector,
            limits: limits
        )
        switch choice {
        case .success(var choice):
            if let method = given.method ?? nil { choice.reason = "a person asked for \(method)" }
            if given.distanceMetric != nil { choice.distanceMetricSource = .given }
            if let searched = choice.unservedSearches, given.distanceMetric == nil {
                throw Self.blocker(searched, collection)
            }
            if let refused = choice.refusedRows, !acceptsRefusals {
                throw Blocker(
                    .unbuildable,
                    "an index would refuse \(refused), and writing those would fail; whether there are any is unknown",
                    advice: "With --accept-refusals vecsteward builds it anyway, if no row has more."
                )
            }
            if let lists { choice.definition.parameters = .ivfflat(lists: lists) }
            return choice
        case .failure(let unindexable):
            throw Blocker(
                .unbuildable,
                unindexable.reason,
                advice: unindexable.cast == nil
                    ? unindexable.advice : "\(unindexable.advice) vecsteward --dry-run prints the statements."
            )
        }
    }

    /// Refuses an index that no search could use, unless a person says what it is for.
    private static func blocker(_ searched: SearchedExpression, _ collection: Collection) -> Blocker {
        Blocker(
            .unbuildable,
            "its searches compare \(searched.words), which an index on the plain column does not serve",
            advice:
                "vecsteward --dry-run prints what would serve them. With --measure vecsteward builds an index on the plain "
                + "column anyway."
        )
    }

    /// Refuses a requested distance metric that no index serves; only a configured one may be replaced by another.
    private static func demand(_ distanceMetric: DistanceMetric, servedFor collection: Collection) throws(Blocker) {
        func isServed(_ distanceMetric: DistanceMetric) -> Bool {
            [IndexMethod.hnsw, .ivfflat].contains {
                distanceMetric.operatorClass(for: collection.type, method: $0) != nil
            }
        }
        guard !isServed(distanceMetric) else { return }
        let served = DistanceMetric.allCases.filter(isServed).map(\.rawValue).joined(separator: ", ")
        throw Blocker(
            .unbuildable,
            "no index serves \(distanceMetric.rawValue) on a column of type \(collection.type.rawValue)",
            advice: "Distance metrics of that type are \(served)."
        )
    }
}
