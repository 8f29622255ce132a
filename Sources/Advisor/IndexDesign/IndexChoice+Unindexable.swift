/// Why no index can be built on a column as declared, and what would work.
extension IndexChoice {
    /// The result for a column without dimensions of its own: it was declared without, or its type is a domain.
    static func undeclared(
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
            // Those that the searches cast to say what they look for.
            if case .cast(let cast, let dimensions?)? = collection.workload.mainExpression, cast == collection.type {
                known = dimensions
            }
        }
        let cast = cast(to: collection.type, known, distanceMetric, pgvector)
            .map { cast in
                var cast = cast
                cast.isForSomeDimensions = collection.dimensions == nil
                return cast
            }
        // The index rejects these rows whatever their dimensions, and however the column gets some.
        let warning =
            collection.type == .sparsevec
            ? cast?.rejectedRows.map { " The index rejects \($0), and writing those fails." } ?? "" : ""
        let alternative =
            "The other way is ALTER TABLE to the type \(type) with dimensions: it rewrites the whole "
            + "table under an AccessExclusiveLock, which blocks reads and writes, and fails if a row has other dimensions."
            + warning
        if !collection.isOfDomain, collection.workload.mainExpression == .column, let cast {
            return Unindexable(
                reason: "column \(collection.name.column) was declared without dimensions, so pgvector cannot index it",
                advice: "The searches compare the column without a cast, so an index on a cast serves none of them. "
                    + "Give the column its dimensions: the statement below finds them, and writes ALTER TABLE. It rewrites "
                    + "the whole table and its indexes under an AccessExclusiveLock, which blocks reads and writes, and "
                    + "fails if a row has other dimensions. Or let the searches write a cast, and index that."
                    + warning,
                cast: cast,
                needsColumnType: true
            )
        }
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
    static func cast(
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

    static func notServed(
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

    static func tooManyDimensions(
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
