/// An index as a person asks for it, in the terms of vecs' `create_index`.
public struct RequestedIndex: Sendable, Equatable {
    /// Method, measure, `m` and `ef_construction`, where they are given.
    public var given: IndexOverride
    /// `lists`, where it is given.
    public var lists: Int?
    /// Whether a usable index for the same measure is replaced, as vecs does unless told otherwise.
    public var replaces: Bool
    /// Whether an index may refuse rows that its column takes (``IndexChoice/refusedRows``).
    public var acceptsRefusals: Bool

    /// Puts a wish together.
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

    /// What contradicts itself or pgvector in what was given, whatever it is given for; `nil` when nothing does.
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
                "\(list) cannot be given with the method auto, which chooses for itself",
                advice: "Give the method too: \(lists == nil ? "hnsw" : "ivfflat")."
            )
        }
        if method == .ivfflat, names.contains(where: { $0 != "lists" }) {
            let wrong = names.filter { $0 != "lists" }.joined(separator: " and ")
            return Blocker(
                .contradiction,
                "an ivfflat index has no \(wrong)",
                advice: "It is built with lists; m and ef_construction are those of hnsw."
            )
        }
        if method == .hnsw, lists != nil {
            return Blocker(
                .contradiction,
                "an hnsw index has no lists",
                advice: "It is built with m and ef_construction; lists are those of ivfflat."
            )
        }
        for ((name, value), range) in zip(arguments, [1...32_768, 2...100, 4...1_000]) {
            guard let value, !range.contains(value) else { continue }
            return Blocker(
                .contradiction,
                "\(name) is \(value), and pgvector takes \(range.lowerBound) to \(range.upperBound)",
                advice: "Leave it out for vecs' default, which suits most collections."
            )
        }
        guard let m = given.m, let efConstruction = given.efConstruction else { return nil }
        return Self.contradiction(of: m, efConstruction)
    }

    /// pgvector wants `ef_construction` to be two times `m` or more.
    static func contradiction(of m: Int, _ efConstruction: Int) -> Blocker? {
        guard efConstruction < 2 * m else { return nil }
        return Blocker(
            .contradiction,
            "ef_construction is \(efConstruction) and m is \(m), and pgvector wants two times m or more",
            advice: "Give an ef_construction of \(2 * m) or more, or an m of \(efConstruction / 2) or less."
        )
    }

    /// The index for one collection, and why it is that one.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - configured: What holds for it where nothing is given.
    ///   - pgvector: The installed pgvector.
    ///   - limits: What a build may take.
    /// - Returns: The index, with the lists for the rows of today where none are given.
    /// - Throws: Why there can be none.
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
        // What an invalid index was to be outweighs what holds for all.
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
            if let refused = choice.refusedRows, !acceptsRefusals {
                throw Blocker(
                    .unbuildable,
                    "an index would refuse \(refused), and writing those would fail; whether there are any is not known",
                    advice: "With --accept-refusals it is built all the same, where no row has more."
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

    /// A measure that was asked for is not changed for another one, as that of a configuration for all types may be.
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
            advice: "Measures of that type are \(served)."
        )
    }
}
