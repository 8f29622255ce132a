/// The index that the owner of a table wanted, as its invalid indexes show.
struct WishedIndex {
    /// The index to rebuild; `nil` if several differ.
    var index: VectorIndex?
    /// What to do, in a sentence or two.
    var advice: String
    /// Why vecsteward does not rebuild it by itself, if it does not.
    var withheld: String?

    /// Infers the wanted index of a table that has no usable index; `nil` if nothing shows it.
    init?(on relation: Relation) {
        let wished = relation.indexes.filter { !$0.isUsable && !$0.isLeftover(on: relation) }
            .filter { !IndexName.isUnderConstruction($0.name) }
        guard let first = wished.first else { return nil }
        let wishes = Set(wished.map(Wish.init))
        guard wishes.count == 1 else {
            let names = wished.map(\.name)
            advice =
                "The invalid indexes \(names.joined(separator: ", ")) differ: rebuild the one that your "
                + "searches need (vecsteward rebuild with --index and its name), and drop the others."
            withheld = "vecsteward does not choose between invalid indexes; rebuild one yourself"
            return
        }
        let canRebuild = first.distanceMetric != nil && first.parameters != nil
        if canRebuild { index = first }
        advice = first.rebuildAdvice(canBeOurs: canRebuild)
        if !canRebuild {
            withheld = "the index has the method \(first.method), which vecsteward does not build"
        } else if let refused = first.refusedRows, !first.isReady {
            withheld = "the index would make writing \(refused) fail"
        }
    }

    /// What distinguishes one wanted index from another.
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
    /// Whether its replacement exists: another usable index serves the same queries, or a REINDEX CONCURRENTLY left it
    /// beside a usable index.
    func isLeftover(on relation: Relation) -> Bool {
        relation.indexes.contains { other in
            guard other.oid != oid, other.isUsable else { return false }
            return other.serves(sameAs: self) || reindexedName == other.name
        }
    }

    /// The name of the index that a REINDEX CONCURRENTLY was for, if it left this one.
    ///
    /// The server truncates long names before it adds its own suffix, so this may be the beginning of a name.
    private var reindexedName: String? {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        let stem = name.dropLast(digits)
        for suffix in ["_ccnew", "_ccold"] where stem.hasSuffix(suffix) { return String(stem.dropLast(suffix.count)) }
        return nil
    }

    /// Whether it is an index of the plain column for a distance metric that was wanted and is missing: invalid, and
    /// not vecsteward's own.
    func isUnfulfilled(for distanceMetric: DistanceMetric) -> Bool {
        !isUsable && parameters != nil && wishedDistanceMetric == distanceMetric && expression == nil
            && predicate == nil
            && !IndexName.isUnderConstruction(name)
    }

    /// Whether both serve the same queries in the same way.
    func serves(sameAs other: VectorIndex) -> Bool {
        method == other.method && operatorClass == other.operatorClass
            && operatorClassSchema == other.operatorClassSchema && indexedType == other.indexedType
            && indexedDimensions == other.indexedDimensions && expression == other.expression
            && predicate == other.predicate && hasOptions(of: other)
    }

    /// Whether both have the same parameters, set or by default.
    private func hasOptions(of other: VectorIndex) -> Bool {
        if let parameters, let others = other.parameters { return parameters == others }
        return options == other.options
    }

    /// The rows that the index rejects although its column accepts them, as a phrase; `nil` if it accepts all.
    ///
    /// An index on a cast rejects what the cast rejects: other dimensions, or numbers too large for halfvec.
    var refusedRows: String? {
        if indexedType == .sparsevec, method == .hnsw, indexedDimensions ?? .max > 1_000 {
            return "rows with more than 1,000 non-zero elements"
        }
        return expression == nil ? nil : "rows that its expression has no value for"
    }

    /// How to rebuild it, as sentences.
    func rebuildAdvice(canBeOurs: Bool) -> String {
        let wanted = wishedDistanceMetric.map { " for \($0.rawValue)" } ?? ""
        let way =
            canBeOurs
            ? "Use vecsteward rebuild with --index and its name, or REINDEX INDEX CONCURRENTLY."
            : "Use REINDEX INDEX CONCURRENTLY."
        let warning = isReady ? nil : refusedRows.map { " It then rejects \($0), so writing them fails." }
        return "Rebuild it unchanged (\(method)\(wanted)): it shows what its owner wanted. \(way)\(warning ?? "")"
    }
}
