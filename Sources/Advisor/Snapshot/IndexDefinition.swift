/// A vector index to build.
public struct IndexDefinition: Sendable, Equatable {
    /// The distance metric.
    public var distanceMetric: DistanceMetric
    /// The operator class.
    public var operatorClass: String
    /// The schema of the operator class.
    public var operatorClassSchema: String
    /// Method and storage parameters.
    public var parameters: Parameters
    /// The expression to index, as the server's catalog spells it; `nil` for the plain column.
    public var expression: String?
    /// The predicate of a partial index, as the server's catalog spells it.
    public var predicate: String?
    /// The tablespace; `nil` for the default one.
    public var tablespace: String?
    /// The comment that the index will have.
    public var comment: String?
    /// The storage parameters to write, each as `name=value`; `nil` for those of ``parameters``.
    ///
    /// A parameter that the owner left at pgvector's default stays at the default in a rebuilt index.
    public var options: [String]?
    /// The statistics target of an indexed expression, if it has its own.
    public var statisticsTarget: Int?
    /// The extensions that the index depends on (`ALTER INDEX ..; dEPENDS ON EXTENSION`), ordered by name.
    public var extensions: [String]

    /// The method and its parameters.
    public enum Parameters: Sendable, Equatable {
        case ivfflat(lists: Int)
        case hnsw(m: Int, efConstruction: Int)

        /// The access method.
        public var method: IndexMethod {
            switch self {
            case .ivfflat: .ivfflat
            case .hnsw: .hnsw
            }
        }
    }

    /// Creates a definition.
    public init(
        distanceMetric: DistanceMetric,
        operatorClass: String,
        operatorClassSchema: String,
        parameters: Parameters,
        expression: String? = nil,
        predicate: String? = nil,
        tablespace: String? = nil,
        comment: String? = nil,
        options: [String]? = nil,
        statisticsTarget: Int? = nil,
        extensions: [String] = []
    ) {
        self.distanceMetric = distanceMetric
        self.operatorClass = operatorClass
        self.operatorClassSchema = operatorClassSchema
        self.parameters = parameters
        self.expression = expression
        self.predicate = predicate
        self.tablespace = tablespace
        self.comment = comment
        self.options = options
        self.statisticsTarget = statisticsTarget
        self.extensions = extensions
    }

    /// The storage parameters that the index will have in the catalog, each as `name=value`.
    public var writtenOptions: [String] {
        if let options { return options }
        return switch parameters {
        case .ivfflat(let lists): ["lists=\(lists)"]
        case .hnsw(let m, let efConstruction): ["m=\(m)", "ef_construction=\(efConstruction)"]
        }
    }

    /// The access method.
    public var method: IndexMethod { parameters.method }
}
