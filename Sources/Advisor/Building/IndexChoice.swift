/// The index that a collection without one should get, and the reason that decided.
public struct IndexChoice: Sendable, Equatable {
    /// The index.
    public var definition: IndexDefinition
    /// Why this method, in a sentence.
    public var reason: String
}

/// Why no index can be built on a column as it is declared.
public struct Unindexable: Error, Sendable, Equatable {
    /// What stands in the way, in a phrase.
    public var reason: String
    /// What would work.
    public var advice: String
}

extension IndexChoice {
    /// Chooses method and parameters.
    ///
    /// `auto` is vecs' choice, HNSW where pgvector has it, refined by what a build would meet: an HNSW graph that does
    /// not fit the memory budget spills and takes 3 to 7 times as long, so IVFFlat is built where it fits instead.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - rows: Its rows.
    ///   - preferences: What is configured.
    ///   - pgvector: The installed pgvector.
    ///   - limits: What a build may take.
    /// - Returns: The choice, or why there is none and what would help.
    public static func choose(
        for collection: Collection,
        rows: Int64,
        preferences: IndexPreferences,
        pgvector: PgVector?,
        limits: BuildLimits
    ) -> Result<IndexChoice, Unindexable> {
        guard let pgvector else {
            return .failure(Unindexable(reason: "pgvector is not installed", advice: "CREATE EXTENSION vector;"))
        }
        guard let dimensions = collection.dimensions ?? (collection.type == .sparsevec ? 1 : nil) else {
            return .failure(withoutDimensions(collection))
        }
        let measure = measure(for: collection.type, preferred: preferences.measure)
        let served = [IndexMethod.hnsw, .ivfflat].filter { method in
            pgvector.has(method) && serves(pgvector, measure, collection.type, method)
        }
        if let method = preferences.method, !served.contains(method) {
            return .failure(notServed(by: method, measure, collection, pgvector, served))
        }
        guard !served.isEmpty else {
            return .failure(notServed(by: nil, measure, collection, pgvector, served))
        }
        let fitting = served.filter { dimensions <= collection.type.dimensionLimit(for: $0) ?? 0 }
        guard !fitting.isEmpty, preferences.method.map({ fitting.contains($0) }) ?? true else {
            return .failure(tooManyDimensions(dimensions, collection, pgvector))
        }

        func definition(_ method: IndexMethod) -> IndexDefinition {
            IndexDefinition(
                measure: measure,
                operatorClass: measure.operatorClass(for: collection.type, method: method) ?? "",
                operatorClassSchema: pgvector.schema,
                parameters: method == .ivfflat
                    ? .ivfflat(lists: Lists.recommended(rows: rows))
                    : .hnsw(m: preferences.m, efConstruction: preferences.efConstruction)
            )
        }
        if let method = preferences.method {
            return .success(IndexChoice(definition: definition(method), reason: "the configuration asks for \(method)"))
        }
        guard fitting.contains(.hnsw) else {
            let why =
                pgvector.hasHNSW
                ? "hnsw does not serve \(measure.rawValue)" : "pgvector \(pgvector.version) has no hnsw"
            return .success(IndexChoice(definition: definition(.ivfflat), reason: "auto: \(why)"))
        }
        return .success(
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
        limits: BuildLimits
    ) -> IndexChoice {
        func memory(_ definition: IndexDefinition) -> Int64? {
            definition.prediction(
                rows: rows,
                type: type,
                dimensions: dimensions,
                workers: limits.parallelWorkers,
                memoryLimit: limits.memoryBytes
            )?.memoryBytes
        }
        let budget = Numbers.size(bytes: limits.memoryBytes)
        guard let graph = memory(hnsw) else {
            return IndexChoice(definition: hnsw, reason: "auto: only hnsw can index \(type.rawValue)")
        }
        let graphSize = Numbers.size(bytes: graph)
        if graph <= limits.memoryBytes {
            return IndexChoice(
                definition: hnsw,
                reason: "auto: hnsw, whose graph of \(graphSize) fits the memory budget of \(budget)"
            )
        }
        let spills = "the graph of hnsw (\(graphSize)) does not fit the memory budget of \(budget)"
        if let ivfflat, rows >= Lists.minimumRows, let needed = memory(ivfflat), needed <= limits.memoryBytes {
            return IndexChoice(
                definition: ivfflat,
                reason: "auto: ivfflat, since \(spills); maintenance.memory = \(graphSize) would make it hnsw"
            )
        }
        return IndexChoice(
            definition: hnsw,
            reason: "auto: hnsw, though \(spills) and the build will be slow, since ivfflat cannot take its place"
        )
    }

    /// The measure to build for: that of the preferences where the type has it, else the type's first one.
    private static func measure(for type: VectorType, preferred: Measure) -> Measure {
        let isForBits = preferred == .hammingDistance || preferred == .jaccardDistance
        if type == .bit { return isForBits ? preferred : .hammingDistance }
        return isForBits ? .cosineDistance : preferred
    }

    /// Whether this pgvector has an operator class: L1 for HNSW, and all but `vector`, came with 0.7.0.
    private static func serves(
        _ pgvector: PgVector,
        _ measure: Measure,
        _ type: VectorType,
        _ method: IndexMethod
    ) -> Bool {
        guard measure.operatorClass(for: type, method: method) != nil else { return false }
        let needsNewer = type != .vector || measure == .l1Distance
        return !needsNewer || pgvector.version >= PgVector.Version("0.7.0")
    }
}

extension IndexChoice {
    /// The column as SQL for people to adapt: its name where that needs no quotes, else a word in its place.
    private static func sqlName(of column: String) -> String {
        let isPlain = column.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
        }
        return isPlain && !column.isEmpty ? column : "COLUMN"
    }

    private static func withoutDimensions(_ collection: Collection) -> Unindexable {
        let column = sqlName(of: collection.name.column)
        return Unindexable(
            reason: "column \(collection.name.column) was declared without dimensions, and cannot be indexed so",
            advice: "Give it its dimensions with ALTER TABLE ... TYPE \(collection.type.rawValue)(n), or index the "
                + "cast (\(column)::\(collection.type.rawValue)(n)) and search with the same cast."
        )
    }

    private static func notServed(
        by method: IndexMethod?,
        _ measure: Measure,
        _ collection: Collection,
        _ pgvector: PgVector,
        _ served: [IndexMethod]
    ) -> Unindexable {
        let subject = method.map { "\($0)" } ?? "pgvector \(pgvector.version)"
        let advice =
            served.first.map { "Use method \"\($0)\", or \"auto\"." }
            ?? "Upgrade pgvector to 0.8.7 or newer, or search with another measure."
        return Unindexable(
            reason: "\(subject) has no index for \(measure.rawValue) of type \(collection.type.rawValue)",
            advice: advice
        )
    }

    private static func tooManyDimensions(
        _ dimensions: Int,
        _ collection: Collection,
        _ pgvector: PgVector
    ) -> Unindexable {
        let type = collection.type
        let limit = type.dimensionLimit(for: .hnsw) ?? 0
        let column = sqlName(of: collection.name.column)
        let advice: String
        if type == .vector, dimensions <= 4_000, pgvector.version >= PgVector.Version("0.7.0") {
            advice =
                "Index a cast: USING hnsw ((\(column)::halfvec(\(dimensions))) halfvec_cosine_ops), "
                + "and search with ORDER BY \(column)::halfvec(\(dimensions)) <=> ..."
        } else if type == .vector, dimensions <= 4_000 {
            advice = "Upgrade pgvector to 0.7.0 or newer, which can index a cast to halfvec(\(dimensions))."
        } else if type == .vector || type == .halfvec, dimensions <= 64_000 {
            advice =
                "Index binary_quantize(\(column))::bit(\(dimensions)) with bit_hamming_ops and rank the result again "
                + "by the full vectors, or store fewer dimensions."
        } else {
            advice = "Store fewer dimensions."
        }
        return Unindexable(
            reason: "\(Numbers.grouped(Int64(dimensions))) dimensions, and an index on \(type.rawValue) holds at most "
                + Numbers.grouped(Int64(limit)),
            advice: advice
        )
    }
}
