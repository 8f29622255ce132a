internal import Advisor
internal import Postgres
internal import Recall

/// An index whose recall can be measured, with the settings that its searches have.
struct MeasuredIndex {
    let collection: Collection
    let relation: Relation
    let index: VectorIndex
    let metric: DistanceMetric
    /// The settings to search with; those that are left out are as the session has them.
    let settings: [String: SearchSetting]

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
    /// Finds the index that a request means.
    init(_ request: RecallRequest, in collection: Collection, _ server: ServerFacts) throws(RecallRefusal) {
        guard !server.isInRecovery else {
            throw RecallRefusal(
                "recall is not measured on a standby, which allows no lock that keeps the table as it is",
                hint: "Run the command on the primary."
            )
        }
        guard !collection.isPartitioned, collection.relations.count == 1, let relation = collection.relations.first
        else {
            throw RecallRefusal(
                "the recall of partitioned and inherited tables is not measured yet",
                hint: "Nothing can be said of \(collection.name) as a whole."
            )
        }
        let candidates = relation.indexes.filter { $0.distanceMetric != nil }
        let named = request.index.map { name in candidates.filter { $0.name == name } } ?? candidates.filter(\.isUsable)
        let names = candidates.map(\.name).joined(separator: ", ")
        guard let index = named.first, let metric = index.distanceMetric else {
            throw RecallRefusal(
                request.index.map { "there is no index \(Identifier($0)) that orders by a distance" }
                    ?? (candidates.isEmpty
                        ? "the collection has no index: each search reads all rows and finds the nearest"
                        : "the collection has no valid index"),
                hint: candidates.isEmpty
                    ? "vecsteward create-index builds one." : "vecsteward --dry-run says what is wrong with \(names).",
                isOfRequest: request.index != nil
            )
        }
        guard named.count == 1 else {
            throw RecallRefusal(
                "the collection has \(named.count) indexes: \(names)",
                hint: "Choose one with --index.",
                isOfRequest: true
            )
        }
        guard index.isUsable else {
            throw RecallRefusal(
                "index \(Identifier(index.name)) is not valid, so no search uses it",
                hint: "vecsteward --dry-run says how to repair it."
            )
        }
        self.collection = collection
        self.relation = relation
        self.index = index
        self.metric = metric
        var settings = collection.searchSettings(through: index)
        for (name, value) in request.settings where index.method.searchSettingNames.contains(name) {
            settings[name] = SearchSetting(value, .client)
        }
        self.settings = settings
        if !request.vectors.isEmpty, index.expression != nil, !isCast {
            throw RecallRefusal(
                "index \(Identifier(index.name)) is on an expression, and a file has vectors of the column",
                hint: "Leave --queries out to search for stored vectors.",
                isOfRequest: true
            )
        }
    }

    /// Whether it is on the column or on a cast of it between `vector` and `halfvec`, which the program can do itself.
    private var isCast: Bool {
        guard [.vector, .halfvec].contains(collection.type) else { return false }
        if case .cast(let type, _) = index.searchedExpression { return [.vector, .halfvec].contains(type) }
        return false
    }
}
