/// One key of ORDER BY.
public struct SortKey: Sendable, Hashable, Codable {
    /// What a key orders by.
    public enum Value: Sendable, Hashable, Codable {
        /// A distance.
        case distance(Distance)
        /// An expression with a distance inside, such as `1 - (embedding <=> $1)`. No index gives this order.
        case expressionOf(Distance, Expression)
        /// Anything else.
        case other(Expression)
    }

    /// Where NULL stands.
    public enum Nulls: String, Sendable, Hashable, Codable {
        /// At the end if ascending, at the beginning if descending.
        case byDirection
        /// NULLS FIRST.
        case first
        /// NULLS LAST.
        case last
    }

    /// What it orders by.
    ///
    /// A name or number of an output column is replaced by what that column holds.
    public let value: Value
    /// Whether the order is DESC, or USING `>`.
    public let isDescending: Bool
    /// Where NULL stands.
    public let nulls: Nulls

    /// The distance that it orders by, also within an expression.
    public var distance: Distance? {
        switch value {
        case .distance(let distance), .expressionOf(let distance, _): distance
        case .other: nil
        }
    }

    /// A key as it is given.
    public init(_ value: Value, isDescending: Bool = false, nulls: Nulls = .byDirection) {
        self.value = value
        self.isDescending = isDescending
        self.nulls = nulls
    }
}

extension SortKey.Value {
    /// What an expression is as a key.
    public init(_ expression: Expression) {
        if let distance = Distance(expression) {
            self = .distance(distance)
        } else if let distance = expression.distances.first {
            self = .expressionOf(distance, expression)
        } else {
            self = .other(expression)
        }
    }
}

/// How many rows a search asks for.
public enum RowLimit: Sendable, Hashable, Codable {
    /// All: there is no LIMIT, or LIMIT ALL.
    case none
    /// So many.
    case rows(Int)
    /// A parameter, or an argument of the function whose body is read.
    case parameter
    /// What an expression gives, such as `least($1, 200)`.
    case expression
    /// The text is cut before its LIMIT, if it has one.
    case unknown
}
