extension IndexDefinition {
    /// The definition that rebuilds an index for today's rows; only the lists of an IVFFlat index change.
    ///
    /// - Parameters:
    ///   - index: The current index.
    ///   - relation: Its table or partition; `nil` to leave the lists as they are, as if its rows are unknown.
    ///   - collection: The collection of the relation.
    ///   - preference: What the lists follow from.
    /// - Returns: `nil` for an index that is not pgvector's.
    static func rebuilding(
        _ index: VectorIndex,
        on relation: Relation?,
        of collection: Collection,
        by preference: ListsPreference = .vecs
    ) -> IndexDefinition? {
        guard let distanceMetric = index.distanceMetric else { return nil }
        let parameters: Parameters
        switch index.method {
        case .ivfflat:
            let known = relation.flatMap { $0.rows(in: index).source == .unknown ? nil : $0 }
            let lists = known.map { relation in
                RebuildLists(rebuilding: index, on: relation, of: collection, by: preference).lists
            }
            parameters = .ivfflat(lists: lists ?? index.lists ?? VectorIndex.defaultLists)
        case .hnsw: parameters = .hnsw(m: index.m ?? 16, efConstruction: index.efConstruction ?? 64)
        case .other: return nil
        }
        var definition = IndexDefinition(
            distanceMetric: distanceMetric,
            operatorClass: index.operatorClass,
            operatorClassSchema: index.operatorClassSchema,
            parameters: parameters,
            expression: index.expression,
            predicate: index.predicate
        )
        definition.keep(index)
        return definition
    }

    /// Keeps the properties of a replaced index that are not in its definition: tablespace, comment, statistics target,
    /// the extensions that it depends on, and the parameters that its owner left at their defaults.
    mutating func keep(_ index: VectorIndex) {
        tablespace = index.tablespace
        comment = index.comment
        extensions = index.extensions
        // Only an expression can have a statistics target.
        statisticsTarget = expression == nil ? nil : index.statisticsTarget
        options = index.writtenOptions.flatMap { written in Self.options(written, of: index, for: parameters) }
    }

    /// The options of an index with other lists; `nil` if they were written for something else than what is built.
    private static func options(_ written: [String], of index: VectorIndex, for parameters: Parameters) -> [String]? {
        guard case .ivfflat(let lists) = parameters, index.method == .ivfflat else {
            return index.parameters == parameters ? written : nil
        }
        return options(written, withLists: lists)
    }

    /// Takes other lists, also among the parameters that are written.
    mutating func setLists(_ lists: Int) {
        parameters = .ivfflat(lists: lists)
        options = options.map { Self.options($0, withLists: lists) }
    }

    private static func options(_ written: [String], withLists lists: Int) -> [String] {
        let wanted = "lists=\(lists)"
        guard let position = written.firstIndex(where: { $0.hasPrefix("lists=") }) else {
            return lists == VectorIndex.defaultLists ? written : written + [wanted]
        }
        var options = written
        // The same number, in whatever spelling.
        if Int(options[position].dropFirst("lists=".count)) != lists { options[position] = wanted }
        return options
    }
}
