/// What invalid indexes of a table say of the index that its owner wanted.
struct WishedIndex {
    /// The index to build anew; `nil` where several say different things.
    var index: VectorIndex?
    /// What to do, in a sentence or two.
    var advice: String
    /// Why it is not built by itself, if it is not.
    var withheld: String?

    /// Reads the wish out of a table that has no usable index; `nil` where nothing tells of one.
    init?(on relation: Relation) {
        let wished = relation.indexes.filter { !$0.isUsable && !$0.isLeftover(on: relation) }
            .filter { !IndexName.isUnderConstruction($0.name) }
        guard let first = wished.first else { return nil }
        let wishes = Set(wished.map(Wish.init))
        guard wishes.count == 1 else {
            let names = wished.map(\.name)
            advice =
                "The invalid indexes \(names.joined(separator: ", ")) are of different kinds: rebuild the one that your "
                + "searches want (vecsteward rebuild with --index and its name), and drop the others."
            withheld = "which of the invalid indexes was wanted is for a person to say"
            return
        }
        let canRebuild = first.distanceMetric != nil && first.parameters != nil
        if canRebuild { index = first }
        advice = first.rebuildAdvice(canBeOurs: canRebuild)
        if !canRebuild {
            withheld = "the index is of method \(first.method), which vecsteward does not build"
        } else if let refused = first.refusedRows, !first.isReady {
            withheld = "the index would make writing \(refused) fail"
        }
    }

    /// What tells one wish from another.
    private struct Wish: Hashable {
        var method: IndexMethod
        var operatorClass: String
        var expression: String?
        var predicate: String?
        var options: [String: String]

        init(_ index: VectorIndex) {
            method = index.method
            operatorClass = index.operatorClass
            expression = index.expression
            predicate = index.predicate
            options = index.options
        }
    }
}

extension VectorIndex {
    /// Whether what it was made for is there: another usable index answers the same queries, or it is what a REINDEX
    /// CONCURRENTLY leaves beside an index that is usable.
    func isLeftover(on relation: Relation) -> Bool {
        relation.indexes.contains { other in
            guard other.oid != oid, other.isUsable else { return false }
            return other.serves(sameAs: self) || reindexedName == other.name
        }
    }

    /// The name of the index that a REINDEX CONCURRENTLY was about, where this one is what it left; the server cuts long
    /// names before it puts its own suffix behind them, so this may be the beginning of one.
    private var reindexedName: String? {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        let stem = name.dropLast(digits)
        for suffix in ["_ccnew", "_ccold"] where stem.hasSuffix(suffix) { return String(stem.dropLast(suffix.count)) }
        return nil
    }

    /// Whether it is an index of the plain column for a measure that was wanted and is not there: invalid, and not
    /// vecsteward's own.
    func isUnfulfilled(for distanceMetric: DistanceMetric) -> Bool {
        !isUsable && parameters != nil && wishedDistanceMetric == distanceMetric && expression == nil
            && predicate == nil
            && !IndexName.isUnderConstruction(name)
    }

    /// Whether both answer the same queries in the same way.
    func serves(sameAs other: VectorIndex) -> Bool {
        method == other.method && operatorClass == other.operatorClass
            && operatorClassSchema == other.operatorClassSchema && indexedType == other.indexedType
            && indexedDimensions == other.indexedDimensions && expression == other.expression
            && predicate == other.predicate && hasOptions(of: other)
    }

    /// Whether both are built with the same parameters, given or by default.
    private func hasOptions(of other: VectorIndex) -> Bool {
        if let parameters, let others = other.parameters { return parameters == others }
        return options == other.options
    }

    /// Rows that it refuses and its column need not, in a phrase; `nil` where it takes them all.
    ///
    /// An index on a cast refuses what the cast does: other dimensions, or numbers too large for halfvec.
    var refusedRows: String? {
        if indexedType == .sparsevec, method == .hnsw, indexedDimensions ?? .max > 1_000 {
            return "rows with more than 1,000 non-zero elements"
        }
        return expression == nil ? nil : "rows that its expression has no value for"
    }

    /// How to build it anew, in sentences.
    func rebuildAdvice(canBeOurs: Bool) -> String {
        let wanted = wishedDistanceMetric.map { " for \($0.rawValue)" } ?? ""
        let way =
            canBeOurs
            ? "vecsteward rebuild with --index and its name does so, and REINDEX INDEX CONCURRENTLY too."
            : "REINDEX INDEX CONCURRENTLY does so."
        let warning = isReady ? nil : refusedRows.map { " It then refuses \($0), and writing those fails." }
        return "Rebuild it as it is (\(method)\(wanted)): it says what its owner wanted. \(way)\(warning ?? "")"
    }
}
