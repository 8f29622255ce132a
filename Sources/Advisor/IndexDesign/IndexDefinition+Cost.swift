extension IndexDefinition {
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
