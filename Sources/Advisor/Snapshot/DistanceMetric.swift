/// A distance metric; the names are those of the vecs client, and pgvector's for `bit`.
public enum DistanceMetric: String, Sendable, Hashable, CaseIterable {
    case cosineDistance = "cosine_distance"
    case l2Distance = "l2_distance"
    case l1Distance = "l1_distance"
    case maxInnerProduct = "max_inner_product"
    case hammingDistance = "hamming_distance"
    case jaccardDistance = "jaccard_distance"

    /// The distance metric of one of pgvector's operator classes (`vector_cosine_ops`, `halfvec_l2_ops`, ...); `nil`
    /// for an operator class that is not pgvector's.
    public init?(operatorClass: String) {
        guard let match = DistanceMetric.allCases.first(where: { operatorClass.hasSuffix("_\($0.abbreviation)_ops") })
        else {
            return nil
        }
        self = match
    }

    /// The part of pgvector's operator class names that means this distance metric.
    var abbreviation: String {
        switch self {
        case .cosineDistance: "cosine"
        case .l2Distance: "l2"
        case .l1Distance: "l1"
        case .maxInnerProduct: "ip"
        case .hammingDistance: "hamming"
        case .jaccardDistance: "jaccard"
        }
    }

    /// The operator that a query orders by.
    public var distanceOperator: String {
        switch self {
        case .cosineDistance: "<=>"
        case .l2Distance: "<->"
        case .l1Distance: "<+>"
        case .maxInnerProduct: "<#>"
        case .hammingDistance: "<~>"
        case .jaccardDistance: "<%>"
        }
    }

    /// The distance metric of one of pgvector's operators; `nil` for any other operator.
    public init?(distanceOperator: String) {
        guard let match = DistanceMetric.allCases.first(where: { $0.distanceOperator == distanceOperator }) else {
            return nil
        }
        self = match
    }

    /// The operator class for a column type and method; `nil` if pgvector has none.
    ///
    /// Source: pgvector's `sql/vector.sql`; ``PgVector`` knows what an installed version lacks.
    public func operatorClass(for type: VectorType, method: IndexMethod) -> String? {
        let served: [DistanceMetric]
        switch (type, method) {
        case (.vector, .hnsw), (.halfvec, .hnsw), (.sparsevec, .hnsw):
            served = [.cosineDistance, .l2Distance, .l1Distance, .maxInnerProduct]
        case (.vector, .ivfflat), (.halfvec, .ivfflat): served = [.cosineDistance, .l2Distance, .maxInnerProduct]
        case (.bit, .hnsw): served = [.hammingDistance, .jaccardDistance]
        case (.bit, .ivfflat): served = [.hammingDistance]
        case (.sparsevec, .ivfflat), (_, .other): served = []
        }
        return served.contains(self) ? "\(type.rawValue)_\(abbreviation)_ops" : nil
    }
}
