/// A distance between two vectors, as a statement computes it.
///
/// Only the syntax is known. `<->` and `<%>` are also operators of pg_trgm and of geometric types, and any extension may
/// have a function called `l2_distance`: the type of the searched column decides, and only the catalog knows it.
public struct Distance: Sendable, Hashable, Codable {
    /// How a distance is written.
    public enum Spelling: String, Sendable, Hashable, Codable {
        /// An operator, such as `<->`. An index can serve it.
        case `operator`
        /// A function, such as `l2_distance(a, b)`. No index can serve it.
        case function
    }

    /// The operator or function.
    public let name: ObjectName
    /// Whether `name` is that of an operator or of a function.
    public let spelling: Spelling
    /// The side that is searched: that with a column, and the left one if both have columns.
    public let searched: Expression
    /// What the searched side is compared with.
    public let target: Expression

    /// A distance as it is given.
    public init(name: ObjectName, spelling: Spelling = .operator, searched: Expression, target: Expression) {
        self.name = name
        self.spelling = spelling
        self.searched = searched
        self.target = target
    }

    /// Whether both sides have columns, as in a join of nearest neighbours; then either may be the searched one.
    public var isBetweenColumns: Bool { !target.isFixed }

    /// pgvector's operators.
    public static let operators: Set<String> = ["<->", "<#>", "<=>", "<+>", "<~>", "<%>"]

    /// pgvector's functions that compute what its operators do, for any of its types.
    public static let functions: Set<String> = [
        "l2_distance", "inner_product", "cosine_distance", "l1_distance", "hamming_distance", "jaccard_distance",
        "vector_negative_inner_product", "halfvec_negative_inner_product", "sparsevec_negative_inner_product",
        "vector_l2_squared_distance", "halfvec_l2_squared_distance", "sparsevec_l2_squared_distance",
        "vector_spherical_distance", "halfvec_spherical_distance", "negative_inner_product", "l2_squared_distance",
    ]

    /// The distance that an expression is; nil if it is none, or if neither side has a column.
    public init?(_ expression: Expression) {
        let sides: (Expression, Expression)
        switch expression {
        case .operation(let operation, let left?, let right) where Self.operators.contains(operation.name):
            (name, spelling, sides) = (operation, .operator, (left, right))
        case .function(let function, let arguments)
        where arguments.count == 2 && Self.functions.contains(function.name):
            (name, spelling, sides) = (function, .function, (arguments[0], arguments[1]))
        default: return nil
        }
        if sides.0.isFixed, sides.1.isFixed { return nil }
        (searched, target) = sides.0.isFixed ? (sides.1, sides.0) : sides
    }
}

extension Expression {
    /// The distances in it, from left to right, itself included.
    public var distances: [Distance] {
        if let distance = Distance(self) { return [distance] }
        return parts.flatMap(\.distances)
    }
}
