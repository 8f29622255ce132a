/// A vector index as it is to be built.
public struct IndexDefinition: Sendable, Equatable {
    /// What it measures.
    public var distanceMetric: DistanceMetric
    /// The operator class.
    public var operatorClass: String
    /// The schema of the operator class.
    public var operatorClassSchema: String
    /// Method and storage parameters.
    public var parameters: Parameters
    /// The expression to index, as the server's catalog spells it, `nil` for the plain column.
    public var expression: String?
    /// The predicate of a partial index, as the server's catalog spells it.
    public var predicate: String?
    /// The tablespace, `nil` for the default one.
    public var tablespace: String?
    /// The comment that the index is to have.
    public var comment: String?
    /// The storage parameters as they are to be written, each as `name=value`; `nil` for those of ``parameters``.
    ///
    /// What its owner did not write stays pgvector's default in a rebuilt index too.
    public var options: [String]?
    /// The statistics target of an indexed expression, where it has one of its own.
    public var statisticsTarget: Int?
    /// The extensions with which the index goes (`ALTER INDEX ... DEPENDS ON EXTENSION`), ordered by name.
    public var extensions: [String]

    /// The method and what it is built with.
    public enum Parameters: Sendable, Equatable {
        case ivfflat(lists: Int)
        case hnsw(m: Int, efConstruction: Int)
    }

    /// Puts a definition together.
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

    /// The storage parameters that the index is to have in the catalog, each as `name=value`.
    public var writtenOptions: [String] {
        if let options { return options }
        return switch parameters {
        case .ivfflat(let lists): ["lists=\(lists)"]
        case .hnsw(let m, let efConstruction): ["m=\(m)", "ef_construction=\(efConstruction)"]
        }
    }

    /// The access method.
    public var method: IndexMethod {
        switch parameters {
        case .ivfflat: .ivfflat
        case .hnsw: .hnsw
        }
    }
}
