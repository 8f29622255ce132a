import Advisor

/// A build that was timed on an idle machine with two processors (PostgreSQL 16.14, pgvector 0.8.5), where HNSW had one parallel
/// worker and IVFFlat none.
struct MeasuredBuild: Sendable {
    /// What the vectors are like.
    var data: String
    var definition: IndexDefinition
    var shape: BuildShape
    var seconds: Double
    var workers: Int { definition.method == .hnsw ? 1 : 0 }

    init(
        _ data: String,
        _ parameters: IndexDefinition.Parameters,
        _ type: VectorType,
        _ dimensions: Int,
        rows: Int64,
        seconds: Double
    ) {
        self.data = data
        definition = IndexDefinition(
            distanceMetric: .l2Distance,
            operatorClass: "vector_l2_ops",
            operatorClassSchema: "public",
            parameters: parameters
        )
        shape = BuildShape(type: type, dimensions: dimensions, rows: rows)
        self.seconds = seconds
    }

    static let all = [
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 64, rows: 5_000, seconds: 0.61),
        MeasuredBuild("random", .ivfflat(lists: 30), .vector, 64, rows: 5_000, seconds: 0.09),
        MeasuredBuild("random", .hnsw(m: 8, efConstruction: 64), .vector, 64, rows: 20_000, seconds: 1.24),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 64, rows: 20_000, seconds: 2.43),
        MeasuredBuild("random", .hnsw(m: 32, efConstruction: 64), .vector, 64, rows: 20_000, seconds: 6.37),
        MeasuredBuild("random", .hnsw(m: 8, efConstruction: 128), .vector, 64, rows: 20_000, seconds: 2.05),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 128), .vector, 64, rows: 20_000, seconds: 4.22),
        MeasuredBuild("random", .hnsw(m: 32, efConstruction: 128), .vector, 64, rows: 20_000, seconds: 10.18),
        MeasuredBuild("random", .ivfflat(lists: 30), .vector, 64, rows: 20_000, seconds: 0.24),
        MeasuredBuild("random", .ivfflat(lists: 300), .vector, 64, rows: 20_000, seconds: 0.91),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 64, rows: 60_000, seconds: 10.34),
        MeasuredBuild("random", .ivfflat(lists: 30), .vector, 64, rows: 60_000, seconds: 0.31),
        MeasuredBuild("random", .ivfflat(lists: 300), .vector, 64, rows: 60_000, seconds: 1.21),
        MeasuredBuild("real", .hnsw(m: 16, efConstruction: 64), .vector, 256, rows: 5_000, seconds: 0.5),
        MeasuredBuild("real", .ivfflat(lists: 30), .vector, 256, rows: 5_000, seconds: 0.13),
        MeasuredBuild("real", .hnsw(m: 8, efConstruction: 64), .vector, 256, rows: 20_000, seconds: 1.08),
        MeasuredBuild("real", .hnsw(m: 16, efConstruction: 64), .vector, 256, rows: 20_000, seconds: 1.99),
        MeasuredBuild("real", .hnsw(m: 32, efConstruction: 64), .vector, 256, rows: 20_000, seconds: 7.1),
        MeasuredBuild("real", .hnsw(m: 8, efConstruction: 128), .vector, 256, rows: 20_000, seconds: 2.89),
        MeasuredBuild("real", .hnsw(m: 16, efConstruction: 128), .vector, 256, rows: 20_000, seconds: 3.17),
        MeasuredBuild("real", .hnsw(m: 32, efConstruction: 128), .vector, 256, rows: 20_000, seconds: 8.35),
        MeasuredBuild("real", .ivfflat(lists: 30), .vector, 256, rows: 20_000, seconds: 0.33),
        MeasuredBuild("real", .ivfflat(lists: 300), .vector, 256, rows: 20_000, seconds: 1.45),
        MeasuredBuild("real", .hnsw(m: 16, efConstruction: 64), .vector, 256, rows: 60_000, seconds: 7.47),
        MeasuredBuild("real", .ivfflat(lists: 30), .vector, 256, rows: 60_000, seconds: 0.53),
        MeasuredBuild("real", .ivfflat(lists: 300), .vector, 256, rows: 60_000, seconds: 1.8),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 768, rows: 5_000, seconds: 0.66),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 768, rows: 5_000, seconds: 0.19),
        MeasuredBuild("clustered", .hnsw(m: 8, efConstruction: 64), .vector, 768, rows: 20_000, seconds: 1.64),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 768, rows: 20_000, seconds: 2.44),
        MeasuredBuild("clustered", .hnsw(m: 32, efConstruction: 64), .vector, 768, rows: 20_000, seconds: 5.65),
        MeasuredBuild("clustered", .hnsw(m: 8, efConstruction: 128), .vector, 768, rows: 20_000, seconds: 3.09),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 128), .vector, 768, rows: 20_000, seconds: 4.13),
        MeasuredBuild("clustered", .hnsw(m: 32, efConstruction: 128), .vector, 768, rows: 20_000, seconds: 8.55),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 768, rows: 20_000, seconds: 0.56),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .vector, 768, rows: 20_000, seconds: 1.41),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 768, rows: 60_000, seconds: 9.73),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 768, rows: 60_000, seconds: 1.43),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .vector, 768, rows: 60_000, seconds: 4.91),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 1536, rows: 5_000, seconds: 2.07),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 1536, rows: 5_000, seconds: 0.36),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 1536, rows: 20_000, seconds: 5.68),
        MeasuredBuild("clustered", .hnsw(m: 32, efConstruction: 128), .vector, 1536, rows: 20_000, seconds: 18.36),
        MeasuredBuild("clustered", .hnsw(m: 8, efConstruction: 64), .vector, 1536, rows: 20_000, seconds: 3.58),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 1536, rows: 20_000, seconds: 1.05),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .vector, 1536, rows: 20_000, seconds: 2.76),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 1536, rows: 60_000, seconds: 15.63),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 1536, rows: 60_000, seconds: 3.17),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .vector, 1536, rows: 60_000, seconds: 8.38),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 64, rows: 20_000, seconds: 1.75),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 64, rows: 20_000, seconds: 0.1),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .vector, 64, rows: 20_000, seconds: 0.33),
        MeasuredBuild("half", .hnsw(m: 16, efConstruction: 64), .vector, 64, rows: 20_000, seconds: 1.54),
        MeasuredBuild("half", .ivfflat(lists: 30), .vector, 64, rows: 20_000, seconds: 0.13),
        MeasuredBuild("half", .ivfflat(lists: 300), .vector, 64, rows: 20_000, seconds: 0.5),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 256, rows: 20_000, seconds: 4.68),
        MeasuredBuild("random", .ivfflat(lists: 30), .vector, 256, rows: 20_000, seconds: 0.4),
        MeasuredBuild("random", .ivfflat(lists: 300), .vector, 256, rows: 20_000, seconds: 1.22),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 256, rows: 20_000, seconds: 2.66),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .vector, 256, rows: 20_000, seconds: 0.2),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .vector, 256, rows: 20_000, seconds: 0.52),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 768, rows: 20_000, seconds: 10.03),
        MeasuredBuild("random", .ivfflat(lists: 30), .vector, 768, rows: 20_000, seconds: 0.87),
        MeasuredBuild("random", .ivfflat(lists: 300), .vector, 768, rows: 20_000, seconds: 1.96),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 1536, rows: 20_000, seconds: 18.14),
        MeasuredBuild("random", .ivfflat(lists: 30), .vector, 1536, rows: 20_000, seconds: 1.49),
        MeasuredBuild("random", .ivfflat(lists: 300), .vector, 1536, rows: 20_000, seconds: 3.58),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .halfvec, 64, rows: 20_000, seconds: 2.29),
        MeasuredBuild("random", .ivfflat(lists: 30), .halfvec, 64, rows: 20_000, seconds: 0.27),
        MeasuredBuild("random", .ivfflat(lists: 300), .halfvec, 64, rows: 20_000, seconds: 1.01),
        MeasuredBuild("real", .hnsw(m: 16, efConstruction: 64), .halfvec, 256, rows: 20_000, seconds: 2.13),
        MeasuredBuild("real", .ivfflat(lists: 30), .halfvec, 256, rows: 20_000, seconds: 0.3),
        MeasuredBuild("real", .ivfflat(lists: 300), .halfvec, 256, rows: 20_000, seconds: 1.5),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .halfvec, 768, rows: 20_000, seconds: 2.62),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .halfvec, 768, rows: 20_000, seconds: 0.4),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .halfvec, 768, rows: 20_000, seconds: 1.19),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .halfvec, 1536, rows: 20_000, seconds: 7.88),
        MeasuredBuild("clustered", .ivfflat(lists: 30), .halfvec, 1536, rows: 20_000, seconds: 1.19),
        MeasuredBuild("clustered", .ivfflat(lists: 300), .halfvec, 1536, rows: 20_000, seconds: 3.56),
        MeasuredBuild("random", .hnsw(m: 100, efConstruction: 200), .vector, 64, rows: 5_000, seconds: 10.9),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .vector, 64, rows: 300_000, seconds: 33.4),
        MeasuredBuild("random", .hnsw(m: 16, efConstruction: 64), .vector, 1_536, rows: 60_000, seconds: 74.6),
        MeasuredBuild("clustered", .hnsw(m: 16, efConstruction: 64), .halfvec, 1_536, rows: 60_000, seconds: 14.6),
        MeasuredBuild("clustered", .ivfflat(lists: 999), .vector, 64, rows: 1_000_000, seconds: 21.1),
    ]
}
