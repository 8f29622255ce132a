/// A search for the nearest rows as the configuration states it.
public struct ConfiguredSearch: Sendable, Equatable {
    /// The distance metric that it orders by.
    public var distanceMetric: DistanceMetric
    /// What it compares with the vector that it looks for.
    public var searched: SearchedExpression
    /// The column that ``searched`` names; `nil` for the column of the collection, whatever its name.
    public var searchedColumn: String?
    /// The columns that it filters by, each once; `nil` if it is unsaid whether it has a filter.
    public var filters: [String]?
    /// The rows that it asks for; `nil` if that is unsaid.
    public var limit: Int?
    /// How many run in an hour; `nil` if that is unsaid.
    public var perHour: Double?
    /// The settings of pgvector that the application sets itself, by name.
    public var settings: [String: String]

    /// Creates a search; what is not given is unsaid.
    public init(
        distanceMetric: DistanceMetric,
        searched: SearchedExpression = .column,
        searchedColumn: String? = nil,
        filters: [String]? = nil,
        limit: Int? = nil,
        perHour: Double? = nil,
        settings: [String: String] = [:]
    ) {
        self.distanceMetric = distanceMetric
        self.searched = searched
        self.searchedColumn = searchedColumn
        self.filters = filters
        self.limit = limit
        self.perHour = perHour
        self.settings = settings
    }

    /// Whether a search that was seen is one of these, as far as both say.
    func covers(_ search: Search, of collection: Collection) -> Bool {
        let shape = search.shape
        guard shape.kind == .nearest, shape.distanceMetric == distanceMetric else { return false }
        let arePlain = collection.isPlainColumn(searched) && collection.isPlainColumn(shape.searched)
        guard arePlain || searched == shape.searched else { return false }
        return filters.map { Set($0) == Set(shape.filters.flatMap(\.columns)) } ?? true
    }

    /// Why no search of the collection can be like this, after its subject; `nil` if one can.
    func contradiction(to collection: Collection) -> String? {
        if let searchedColumn, searchedColumn != collection.name.column {
            return "compares column \(searchedColumn) and not \(collection.name.column)"
        }
        let type: VectorType
        switch searched {
        case .column: type = collection.type
        case .cast(let cast, _): type = cast
        case .other: return nil
        }
        guard distanceMetric.operatorClass(for: type, method: .hnsw) == nil else { return nil }
        return "orders by \(distanceMetric.rawValue), which type \(type.rawValue) does not have"
    }
}
