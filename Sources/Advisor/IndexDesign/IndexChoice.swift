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
    /// What nine of ten searches compare instead of the plain column, so that this index serves none of them; `nil` if it
    /// serves them, or if nothing is known of them.
    public var unservedSearches: SearchedExpression?
    /// The index that serves those searches instead, if pgvector can have it.
    public var cast: CastIndex?
}

/// Why no index can be built on a column as declared.
public struct Unindexable: Error, Sendable, Equatable {
    /// The reason, as a phrase.
    public var reason: String
    /// What would work.
    public var advice: String
    /// The index that would work, if it is one on a cast.
    public var cast: CastIndex?
    /// Whether the searches compare the column without that cast, so that only dimensions of the column itself help.
    public var needsColumnType = false
}

extension IndexChoice {
    /// Chooses method and parameters.
    ///
    /// `auto` is vecs' choice: HNSW if pgvector has it. Without iterative scan it is IVFFlat where searches with a filter get
    /// their rows from that alone.
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
            if let searched = collection.workload.mainExpression, !collection.isPlainColumn(searched) {
                choice.unservedSearches = searched
                let metric = collection.workload.mainDistanceMetric ?? distanceMetric
                choice.cast = collection.index(on: searched, for: metric, pgvector)
            }
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
        if fitting.contains(.ivfflat), rows >= Lists.minimumRows, !pgvector.hasIterativeScan,
            collection.needsLists(definition(.ivfflat).parameters, insteadOf: definition(.hnsw).parameters)
        {
            let why =
                "the filters of nine of ten searches leave them too few of the rows that hnsw gives, and pgvector "
                + "\(pgvector.version) has no iterative scan"
            return choice(IndexChoice(definition: definition(.ivfflat), reason: "auto: ivfflat, because \(why)"))
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
    static func serves(
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
