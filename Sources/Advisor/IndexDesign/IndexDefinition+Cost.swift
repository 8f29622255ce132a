extension IndexDefinition {
    /// The memory in which a build can sort its rows without writing them to disk, in bytes; none for HNSW.
    ///
    /// `V + 80` bytes per row, where V is the stored value: what PostgreSQL's `trace_sort` reports for 16 to 1,536
    /// dimensions, or up to a tenth more. With less memory a build takes 4 % longer, or 14 % without parallel workers.
    ///
    /// - Parameters:
    ///   - rows: The rows to index.
    ///   - type: The type of the indexed values.
    ///   - dimensions: Their dimensions.
    /// - Returns: The bytes.
    func sortBytes(rows: Int64, type: VectorType, dimensions: Int) -> Int64 {
        guard case .ivfflat = parameters, let value = type.valueBytes(dimensions: dimensions) else { return 0 }
        return rows * Int64(value + 80)
    }

    /// The elements that equal rows share in an HNSW index; `nil` for IVFFlat.
    func elements(of distinct: DistinctValues, rows: Int64) -> Int64? {
        guard case .hnsw(let m, let efConstruction) = parameters else { return nil }
        return distinct.elements(ofRows: rows, m: m, efConstruction: efConstruction)
    }

    /// The cost of the build, by the formula.
    ///
    /// - Parameters:
    ///   - shape: The contents of the index.
    ///   - workers: The parallel workers of the build.
    ///   - memoryLimit: The most memory, in bytes.
    /// - Returns: `nil` if the size of a value is unknown.
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

    /// The times of the parts of a build, by the formula.
    ///
    /// - Parameters:
    ///   - shape: The contents of the index.
    ///   - workers: The parallel workers of the build.
    ///   - memoryLimit: The most memory, in bytes.
    /// - Returns: `nil` if the size of a value is unknown.
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

    /// The memory that a build needs for certain, in bytes, to be fast (HNSW) or possible (IVFFlat).
    ///
    /// - Parameters:
    ///   - bytes: ``Prediction/memoryBytes``.
    ///   - workers: The parallel workers of the build.
    /// - Returns: A whole number of kB, because `maintenance_work_mem` is set in kB.
    func sufficientBytes(for bytes: Int64, workers: Int) -> Int64 {
        switch parameters {
        case .hnsw: Prediction.sufficientBytes(forGraph: bytes, workers: workers)
        case .ivfflat: Prediction.sufficientBytes(forTraining: bytes)
        }
    }
}
