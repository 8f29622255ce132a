/// The index that a collection without one should get, and the deciding reason.
public struct IndexChoice: Sendable, Equatable {
    /// The index.
    public var definition: IndexDefinition
    /// The reason for this method, as a sentence.
    public var reason: String
    /// How its distance metric is known.
    public var distanceMetricSource = DistanceMetricSource.assumed
    /// The rows that the index would reject, so that writing them fails, as a phrase; `nil` if it accepts all.
    public var refusedRows: String?
}

/// Why no index can be built on a column as declared.
public struct Unindexable: Error, Sendable, Equatable {
    /// The reason, as a phrase.
    public var reason: String
    /// What would work.
    public var advice: String
    /// The index that would work, if it is one on a cast.
    public var cast: CastIndex?
}

extension IndexChoice {
    /// Chooses method and parameters.
    ///
    /// `auto` is vecs' choice: HNSW if pgvector has it.
    ///
    /// It is refined by the cost of a build: an HNSW graph that does not fit in the memory budget spills and takes 3 to
    /// 7 times as long, so IVFFlat is chosen if that fits.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - rows: Its rows.
    ///   - preferences: The configuration.
    ///   - pgvector: The installed pgvector.
    ///   - limits: The resources for a build.
    /// - Returns: The choice, or why there is none and what would help.
    public static func choose(
        for collection: Collection,
        rows: Int64,
        preferences: IndexPreferences,
        pgvector: PgVector?,
        limits: ResourceLimits
    ) -> Result<IndexChoice, Unindexable> {
        guard let pgvector else {
            return .failure(Unindexable(reason: "pgvector is not installed", advice: "CREATE EXTENSION vector;"))
        }
        if let declared = collection.declaredType {
            return .failure(
                Unindexable(
                    reason: "column \(collection.name.column) has type \(declared), which pgvector indexes only by an "
                        + "expression",
                    advice:
                        "Keep the index on the expression that your searches order by, or store the vectors in a column "
                        + "of type \(collection.type.rawValue)."
                )
            )
        }
        let (distanceMetric, distanceMetricSource) = DistanceMetricSource.distanceMetric(for: collection, preferences)
        guard let dimensions = collection.dimensions, !collection.isOfDomain else {
            return .failure(undeclared(collection, distanceMetric, pgvector))
        }
        let served = [IndexMethod.hnsw, .ivfflat].filter { method in
            pgvector.has(method) && serves(pgvector, distanceMetric, collection.type, method)
        }
        if let method = preferences.method, !served.contains(method) {
            return .failure(notServed(by: method, distanceMetric, collection, pgvector, served))
        }
        guard !served.isEmpty else {
            return .failure(notServed(by: nil, distanceMetric, collection, pgvector, served))
        }
        let fitting = served.filter { dimensions <= collection.type.dimensionLimit(for: $0) ?? 0 }
        guard !fitting.isEmpty, preferences.method.map({ fitting.contains($0) }) ?? true else {
            return .failure(tooManyDimensions(dimensions, distanceMetric, collection, pgvector))
        }

        func definition(_ method: IndexMethod) -> IndexDefinition {
            IndexDefinition(
                distanceMetric: distanceMetric,
                operatorClass: distanceMetric.operatorClass(for: collection.type, method: method) ?? "",
                operatorClassSchema: pgvector.schema,
                parameters: method == .ivfflat
                    ? .ivfflat(lists: Lists.recommended(rows: rows))
                    : .hnsw(m: preferences.m, efConstruction: preferences.efConstruction)
            )
        }
        func choice(_ choice: IndexChoice) -> Result<IndexChoice, Unindexable> {
            var choice = choice
            choice.distanceMetricSource = distanceMetricSource
            choice.refusedRows = refusedRows(of: collection.type, dimensions)
            return .success(choice)
        }
        if let method = preferences.method {
            return choice(IndexChoice(definition: definition(method), reason: "the configuration asks for \(method)"))
        }
        guard fitting.contains(.hnsw) else {
            let why =
                pgvector.hasHNSW
                ? "hnsw does not support \(distanceMetric.rawValue)" : "pgvector \(pgvector.version) has no hnsw"
            return choice(IndexChoice(definition: definition(.ivfflat), reason: "auto: \(why)"))
        }
        return choice(
            auto(
                hnsw: definition(.hnsw),
                ivfflat: fitting.contains(.ivfflat) ? definition(.ivfflat) : nil,
                rows: rows,
                type: collection.type,
                dimensions: dimensions,
                limits: limits
            )
        )
    }

    private static func auto(
        hnsw: IndexDefinition,
        ivfflat: IndexDefinition?,
        rows: Int64,
        type: VectorType,
        dimensions: Int,
        limits: ResourceLimits
    ) -> IndexChoice {
        func memory(_ definition: IndexDefinition) -> (predicted: Int64, sufficient: Int64)? {
            let shape = BuildShape(type: type, dimensions: dimensions, rows: rows)
            let prediction = definition.prediction(
                of: shape,
                workers: limits.parallelWorkers,
                memoryLimit: limits.memoryBytes
            )
            return prediction.map { prediction in
                let bytes = prediction.memoryBytes
                return (bytes, definition.sufficientBytes(for: bytes, workers: limits.parallelWorkers))
            }
        }
        let budget = MemorySetting.words(limits.memoryBytes)
        guard let graph = memory(hnsw) else {
            return IndexChoice(definition: hnsw, reason: "auto: only hnsw can index \(type.rawValue)")
        }
        if graph.sufficient <= limits.memoryBytes {
            let size = Numbers.size(bytes: graph.predicted)
            return IndexChoice(
                definition: hnsw,
                reason: "auto: hnsw, whose graph of \(size) fits in the memory budget of \(budget)"
            )
        }
        let enough = MemorySetting.enough(graph.sufficient)
        let spills =
            "the hnsw graph does not fit in the memory budget of \(budget): "
            + "the build needs \(MemorySetting.words(enough))"
        if let ivfflat, rows >= Lists.minimumRows, let needed = memory(ivfflat), needed.sufficient <= limits.memoryBytes
        {
            let setting = MemorySetting.spelled(enough)
            return IndexChoice(
                definition: ivfflat,
                reason: "auto: ivfflat, because \(spills); maintenance.memory = \"\(setting)\" would allow hnsw"
            )
        }
        return IndexChoice(
            definition: hnsw,
            reason: "auto: hnsw, although \(spills) and will be slow, because ivfflat cannot replace it"
        )
    }

    /// The rows that an HNSW index rejects although the column accepts them: pgvector's `HNSW_MAX_NNZ`, for sparsevec
    /// only.
    private static func refusedRows(of type: VectorType, _ dimensions: Int) -> String? {
        guard type == .sparsevec, dimensions > 1_000 else { return nil }
        return "rows with more than 1,000 non-zero elements"
    }

    /// Whether this pgvector has the operator class: 0.7.0 added L1 for HNSW, and all types but `vector`.
    private static func serves(
        _ pgvector: PgVector,
        _ distanceMetric: DistanceMetric,
        _ type: VectorType,
        _ method: IndexMethod
    ) -> Bool {
        guard distanceMetric.operatorClass(for: type, method: method) != nil else { return false }
        let needsNewer = type != .vector || distanceMetric == .l1Distance
        return !needsNewer || pgvector.version >= PgVector.Version("0.7.0")
    }
}

extension IndexChoice {
    /// The result for a column without dimensions of its own: it was declared without, or its type is a domain.
    private static func undeclared(
        _ collection: Collection,
        _ distanceMetric: DistanceMetric,
        _ pgvector: PgVector
    ) -> Unindexable {
        let type = collection.type.rawValue
        var known = collection.dimensions
        if known == nil {
            // The dimensions of the indexes of the same column, if they agree.
            let indexed = Set(collection.allIndexes.compactMap(\.indexedDimensions))
            if indexed.count == 1 { known = indexed.first }
        }
        let cast = cast(to: collection.type, known, distanceMetric, pgvector)
            .map { cast in
                var cast = cast
                cast.isForSomeDimensions = collection.dimensions == nil
                return cast
            }
        let alternative =
            "The other way is ALTER TABLE to the type \(type) with dimensions: it rewrites the whole "
            + "table under an AccessExclusiveLock, which blocks reads and writes, and fails if a row has other dimensions."
        guard collection.isOfDomain, collection.dimensions != nil else {
            let subject = collection.isOfDomain ? "has a domain type" : "was declared"
            return Unindexable(
                reason: "column \(collection.name.column) \(subject) without dimensions, so pgvector cannot index it",
                advice: "Index a cast to the dimensions of the rows"
                    + (known == nil ? " (the statement below finds them, and writes the SQL for the indexes)" : "")
                    + ": a search uses that index if it has the same cast and condition. Without its condition "
                    + "the index would reject rows of other dimensions, and writing those would fail. " + alternative,
                cast: cast
            )
        }
        return Unindexable(
            reason: "column \(collection.name.column) has a domain type, which pgvector cannot index",
            advice: "Index a cast; a search uses that index if it has the same cast. " + alternative,
            cast: cast
        )
    }

    /// An index on a cast of the column, if this pgvector supports the distance metric and the dimensions.
    private static func cast(
        to type: VectorType,
        _ dimensions: Int?,
        _ distanceMetric: DistanceMetric,
        _ pgvector: PgVector
    ) -> CastIndex? {
        let method = [IndexMethod.hnsw, .ivfflat].first { method in
            pgvector.has(method) && serves(pgvector, distanceMetric, type, method)
                && dimensions ?? 1 <= type.dimensionLimit(for: method) ?? 0
        }
        return method.map { method in
            CastIndex(
                type: type,
                dimensions: dimensions,
                method: method,
                distanceMetric: distanceMetric,
                extensionSchema: pgvector.schema
            )
        }
    }

    private static func notServed(
        by method: IndexMethod?,
        _ distanceMetric: DistanceMetric,
        _ collection: Collection,
        _ pgvector: PgVector,
        _ served: [IndexMethod]
    ) -> Unindexable {
        let subject = method.map { "\($0)" } ?? "pgvector \(pgvector.version)"
        let advice =
            served.first.map { "Use method \"\($0)\", or \"auto\"." }
            ?? "Upgrade pgvector to 0.8.7 or newer, or search with another distance metric."
        return Unindexable(
            reason: "\(subject) has no index for \(distanceMetric.rawValue) of type \(collection.type.rawValue)",
            advice: advice
        )
    }

    private static func tooManyDimensions(
        _ dimensions: Int,
        _ distanceMetric: DistanceMetric,
        _ collection: Collection,
        _ pgvector: PgVector
    ) -> Unindexable {
        let type = collection.type
        let limit = type.dimensionLimit(for: .hnsw) ?? 0
        let isNew = pgvector.version >= PgVector.Version("0.7.0")
        var cast: CastIndex?
        let advice: String
        if type == .vector, dimensions <= 4_000, isNew {
            cast = Self.cast(to: .halfvec, dimensions, distanceMetric, pgvector)
            advice =
                "Index a cast to halfvec(\(dimensions)); a search uses that index if it has the same cast. "
                + "The index rejects rows with an element beyond 65,504 or -65,504, and writing those fails."
        } else if type == .vector, dimensions <= 4_000 {
            advice = "Upgrade pgvector to 0.7.0 or newer, which can index a cast to halfvec(\(dimensions))."
        } else if type == .vector || type == .halfvec, dimensions <= 64_000, isNew {
            cast = Self.cast(to: .bit, dimensions, .hammingDistance, pgvector)
            cast?.isQuantized = true
            advice =
                "Index binary_quantize of the column as bit(\(dimensions)), and rank the results of a search again by the "
                + "full vectors, or store fewer dimensions."
        } else {
            advice = "Store fewer dimensions."
        }
        return Unindexable(
            reason: "\(Numbers.grouped(Int64(dimensions))) dimensions, and an index on \(type.rawValue) holds at most "
                + Numbers.grouped(Int64(limit)),
            advice: advice,
            cast: cast
        )
    }
}
