internal import Advisor
internal import Postgres
internal import Recall

/// An index whose recall can be measured, with the settings that its searches have.
struct MeasuredIndex {
    let collection: Collection
    /// The tables with the rows: that of the index, or the partitions of one that is partitioned, as far as the snapshot
    /// knows them.
    let relations: [Relation]
    /// The table that the searches are on.
    let table: RelationName
    /// The object identifier of ``table``.
    let tableOID: UInt32
    /// Whether ``table`` is partitioned; then the index has no rows, and each partition has a part of it.
    let isPartitioned: Bool
    let index: VectorIndex
    let metric: DistanceMetric
    /// The settings to search with; those that are left out are as the session has them.
    let settings: [String: SearchSetting]
    /// The settings that the searches of the application have, as far as they are known, whatever it is measured with.
    let settingsOfSearches: [String: SearchSetting]

    /// The type of the vectors that the index compares.
    var type: VectorType { index.indexedType ?? collection.type }
    /// The dimensions of the vectors that the index compares; `nil` if only the rows know.
    var dimensions: Int? { index.indexedDimensions ?? collection.dimensions }
    /// Whether only the server can say what the index compares and which rows it has.
    var isReadByServer: Bool { index.predicate != nil || index.expression != nil && !isCast }
    /// The type of the vectors that the pass reads.
    var readType: VectorType { isReadByServer ? type : collection.type }
    /// Whether the index is on a cast to half precision, so that the table's vectors are rounded before they are compared.
    var isRounding: Bool { !isReadByServer && type == .halfvec && collection.type == .vector }

    /// The setting that says how much of the index a search reads; `nil` for another method than those of pgvector.
    var effortSetting: String? {
        switch index.method {
        case .hnsw: "hnsw.ef_search"
        case .ivfflat: "ivfflat.probes"
        case .other: nil
        }
    }

    /// The exact search for vectors among what the pass reads.
    func exactSearch(
        for queries: [StoredVector],
        neighbours: Int,
        keeping kept: KeptRows? = nil,
        comparing forms: SmallerForms? = nil
    ) -> ExactSearch {
        ExactSearch(
            queries,
            among: readType,
            by: metric,
            neighbours: neighbours,
            isRounding: isRounding,
            keeping: kept,
            comparing: forms
        )
    }

    /// Finds the index that a request means.
    init(_ request: RecallRequest, in collection: Collection, _ server: ServerFacts) throws(RecallRefusal) {
        guard !server.isInRecovery else {
            throw RecallRefusal(
                "recall is not measured on a standby, which allows no lock that keeps the table as it is",
                hint: "Run the command on the primary."
            )
        }
        var candidates = Candidate.all(of: collection)
        if let table = request.table { candidates.removeAll { $0.table != table } }
        let candidate = try Self.choose(request.index, among: candidates, of: collection)
        let index = candidate.index
        guard let metric = index.distanceMetric else {
            throw RecallRefusal(
                "index \(Identifier(index.name)) orders by no distance",
                hint: "Choose another one with --index.",
                isOfRequest: true
            )
        }
        if let name = request.settings.keys.sorted().first(where: { !index.method.searchSettingNames.contains($0) }) {
            throw RecallRefusal(
                "\(name) is no setting of index \(Identifier(index.name)), whose method is \(index.method)",
                hint: "Leave it out: the other settings are as the searches have them.",
                isOfRequest: true
            )
        }
        if request.groupBy != nil, request.vectors.count > RecallRequest.mostGroupedQueries {
            throw RecallRefusal(
                "\(request.vectors.count) vectors are too many to group",
                hint: "Give up to \(RecallRequest.mostGroupedQueries), or leave --group-by out.",
                isOfRequest: true
            )
        }
        self.collection = collection
        relations = candidate.relations
        table = candidate.table
        tableOID = candidate.tableOID
        isPartitioned = candidate.isPartitioned
        self.index = index
        self.metric = metric
        settingsOfSearches = collection.searchSettings(throughAnyOf: candidate.parts, of: index)
        var settings = settingsOfSearches
        for (name, value) in request.settings { settings[name] = SearchSetting(value, .client) }
        self.settings = settings
        if !request.vectors.isEmpty, !collection.takesQueryVectors(index) {
            throw RecallRefusal(
                "index \(Identifier(index.name)) is on an expression, and a file has vectors of the column",
                hint: "Leave --queries out to search for stored vectors.",
                isOfRequest: true
            )
        }
    }

    /// Chooses the index with a name, or the only one that searches can use.
    private static func choose(
        _ name: String?,
        among candidates: [Candidate],
        of collection: Collection
    ) throws(RecallRefusal) -> Candidate {
        // A search is on the whole table: an index of one partition is measured only by its name.
        let whole = candidates.filter { $0.isPartitioned == collection.isPartitioned }
        let usable = whole.filter(\.index.isUsable)
        var named = usable
        if let name {
            named = whole.filter { $0.index.name == name }
            if named.isEmpty { named = candidates.filter { $0.index.name == name } }
        } else if usable.isEmpty, collection.isPartitioned {
            // It is invalid as long as one partition lacks it, and serves the others.
            named = whole
        }
        let names = Self.listed((whole.isEmpty ? candidates : whole).map(\.index.name))
        guard let candidate = named.first else {
            throw RecallRefusal(
                name.map { "there is no index \(Identifier($0)) that orders by a distance" }
                    ?? (candidates.isEmpty
                        ? "the collection has no index: each search reads all rows and finds the nearest"
                        : whole.isEmpty
                            ? "no index is on the partitioned table itself, only on partitions: \(names)"
                            : "the collection has no valid index"),
                hint: candidates.isEmpty
                    ? "vecsteward create-index builds one."
                    : whole.isEmpty
                        ? "Measure one partition with --index, or build an index on all with vecsteward create-index."
                        : "vecsteward --dry-run says what is wrong with \(names).",
                isOfRequest: name != nil
            )
        }
        guard named.count == 1 else {
            throw RecallRefusal(
                "the collection has \(named.count) indexes: \(names)",
                hint: "Choose one with --index.",
                isOfRequest: true
            )
        }
        guard candidate.index.isUsable || candidate.isPartitioned else {
            throw RecallRefusal(
                "index \(Identifier(candidate.index.name)) is not valid, so no search uses it",
                hint: "vecsteward --dry-run says how to repair it."
            )
        }
        return candidate
    }

    /// The first few names, for a sentence.
    static func listed(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }

    /// Whether it is on the column or on a cast of it between `vector` and `halfvec`, which the program can do itself.
    private var isCast: Bool {
        guard [.vector, .halfvec].contains(collection.type) else { return false }
        if case .cast(let type, _) = index.searchedExpression { return [.vector, .halfvec].contains(type) }
        return false
    }
}

/// An index that can be measured, with the table that it is on.
private struct Candidate {
    var index: VectorIndex
    var table: RelationName
    var tableOID: UInt32
    /// The tables with the rows.
    var relations: [Relation]
    var isPartitioned: Bool
    /// The names of the indexes with the rows: its own, or those of the partitions that belong to it.
    var parts: Set<String>

    /// Those of a collection: of a partitioned one those of the table itself, and those of its partitions.
    static func all(of collection: Collection) -> [Candidate] {
        var candidates: [Candidate] = []
        if collection.isPartitioned, let oid = collection.tableOID {
            var parents: [UInt32: UInt32] = [:]
            for index in collection.partitionedTables.flatMap(\.indexes) { parents[index.oid] = index.attachedTo }
            func belongs(_ part: VectorIndex, to whole: VectorIndex) -> Bool {
                var parent = part.attachedTo
                while let oid = parent, oid != whole.oid { parent = parents[oid] }
                return parent != nil
            }
            for whole in collection.partitionedIndexes {
                let parts = collection.relations.flatMap(\.indexes).filter { belongs($0, to: whole) }
                var index = whole
                // What is known of the searches says it of the indexes with rows only, which are on the same.
                index.searchedExpression = parts.first?.searchedExpression
                candidates.append(
                    Candidate(
                        index: index,
                        table: RelationName(schema: collection.name.schema, name: collection.name.table),
                        tableOID: oid,
                        relations: collection.relations,
                        isPartitioned: true,
                        parts: Set(parts.map(\.name))
                    )
                )
            }
        }
        for relation in collection.relations {
            let table = RelationName(relation)
            candidates += relation.indexes.map { index in
                Candidate(
                    index: index,
                    table: table,
                    tableOID: relation.oid,
                    relations: [relation],
                    isPartitioned: false,
                    parts: [index.name]
                )
            }
        }
        return candidates.filter { $0.index.distanceMetric != nil }
    }
}
