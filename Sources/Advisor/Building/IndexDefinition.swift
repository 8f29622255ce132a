/// A vector index as it is to be built.
public struct IndexDefinition: Sendable, Equatable {
    /// What it measures.
    public var measure: Measure
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
        measure: Measure,
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
        self.measure = measure
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

    /// Keeps what an index that is replaced has beside its definition: tablespace, comment, statistics target, the
    /// extensions that it goes with, and which parameters its owner left to pgvector.
    mutating func keep(_ index: VectorIndex) {
        tablespace = index.tablespace
        comment = index.comment
        extensions = index.extensions
        // A target belongs to an expression.
        statisticsTarget = expression == nil ? nil : index.statisticsTarget
        options = index.writtenOptions.flatMap { written in Self.options(written, of: index, for: parameters) }
    }

    /// The options of an index with other lists; `nil` where what they were written for is not what is built.
    private static func options(_ written: [String], of index: VectorIndex, for parameters: Parameters) -> [String]? {
        guard case .ivfflat(let lists) = parameters, index.method == .ivfflat else {
            return index.parameters == parameters ? written : nil
        }
        let wanted = "lists=\(lists)"
        guard let position = written.firstIndex(where: { $0.hasPrefix("lists=") }) else {
            return lists == VectorIndex.defaultLists ? written : written + [wanted]
        }
        var options = written
        // As many, however they are written.
        if Int(options[position].dropFirst("lists=".count)) != lists { options[position] = wanted }
        return options
    }

    /// The access method.
    public var method: IndexMethod {
        switch parameters {
        case .ivfflat: .ivfflat
        case .hnsw: .hnsw
        }
    }

    /// The definition that rebuilds an index for the rows of today: all as it was, but for the lists of an IVFFlat.
    ///
    /// - Parameters:
    ///   - index: The index as it is.
    ///   - rows: The rows that it would hold, as ``Relation/rows(in:)`` says; where nothing tells them the lists stay.
    /// - Returns: `nil` for an index that is not pgvector's own.
    static func rebuilding(_ index: VectorIndex, rows: RowCount) -> IndexDefinition? {
        guard let measure = index.measure else { return nil }
        let parameters: Parameters
        switch index.method {
        case .ivfflat:
            let isKnown = rows.source != .unknown
            let lists = isKnown ? Lists.recommended(rows: rows.value) : index.lists
            parameters = .ivfflat(lists: lists ?? VectorIndex.defaultLists)
        case .hnsw: parameters = .hnsw(m: index.m ?? 16, efConstruction: index.efConstruction ?? 64)
        case .other: return nil
        }
        var definition = IndexDefinition(
            measure: measure,
            operatorClass: index.operatorClass,
            operatorClassSchema: index.operatorClassSchema,
            parameters: parameters,
            expression: index.expression,
            predicate: index.predicate
        )
        definition.keep(index)
        return definition
    }

    /// The memory in which a build puts its rows in order without writing them to disk, in bytes; none for HNSW.
    ///
    /// `V + 80` bytes for each row, V being the stored value: what PostgreSQL's `trace_sort` says for 16 to 1,536
    /// dimensions, or up to a tenth more. With less a build takes 4 % longer, and 14 % where it has no parallel workers.
    ///
    /// - Parameters:
    ///   - rows: Rows to index.
    ///   - type: The type of the indexed values.
    ///   - dimensions: Their dimensions.
    /// - Returns: The bytes.
    func sortBytes(rows: Int64, type: VectorType, dimensions: Int) -> Int64 {
        guard case .ivfflat = parameters, let value = type.valueBytes(dimensions: dimensions) else { return 0 }
        return rows * Int64(value + 80)
    }

    /// What building it is going to take, by the formula.
    ///
    /// - Parameters:
    ///   - shape: What is put into it.
    ///   - workers: Parallel workers that the build gets.
    ///   - memoryLimit: Memory that it may take, in bytes.
    /// - Returns: `nil` where the size of a value is not known.
    func prediction(of shape: BuildShape, workers: Int, memoryLimit: Int64) -> Prediction? {
        switch parameters {
        case .hnsw(let m, let efConstruction):
            Prediction.hnsw(
                rows: shape.rows,
                type: shape.type,
                dimensions: shape.dimensions,
                m: m,
                efConstruction: efConstruction,
                workers: workers,
                memoryLimit: memoryLimit,
                elements: shape.elements
            )
        case .ivfflat(let lists):
            Prediction.ivfflat(
                rows: shape.rows,
                type: shape.type,
                dimensions: shape.dimensions,
                lists: lists,
                workers: workers
            )
        }
    }

    /// How long the parts of a build take, by the formula.
    ///
    /// - Parameters:
    ///   - shape: What is put into it.
    ///   - workers: Parallel workers that the build gets.
    ///   - memoryLimit: Memory that it may take, in bytes.
    /// - Returns: `nil` where the size of a value is not known.
    func parts(of shape: BuildShape, workers: Int, memoryLimit: Int64) -> BuildParts? {
        guard let value = shape.type.valueBytes(dimensions: shape.dimensions) else { return nil }
        switch parameters {
        case .hnsw(let m, let efConstruction):
            guard m > 1 else { return nil }
            let graph = Graph(
                rows: shape.rows,
                elements: min(shape.elements ?? shape.rows, shape.rows),
                valueBytes: value,
                m: m,
                efConstruction: efConstruction
            )
            return graph.parts(workers: workers, memoryLimit: memoryLimit)
        case .ivfflat(let lists):
            return Prediction.ivfflatParts(shape, valueBytes: value, lists: lists, workers: workers)
        }
    }

    /// The memory that a build has to be given, in bytes, so that it is as fast (HNSW) or possible (IVFFlat) for certain.
    ///
    /// - Parameters:
    ///   - bytes: ``Prediction/memoryBytes``.
    ///   - workers: Parallel workers that the build gets.
    /// - Returns: A whole number of kB, as `maintenance_work_mem` counts.
    func sufficientBytes(for bytes: Int64, workers: Int) -> Int64 {
        switch parameters {
        case .hnsw: Prediction.sufficientBytes(forGraph: bytes, workers: workers)
        case .ivfflat: Prediction.sufficientBytes(forTraining: bytes)
        }
    }
}
