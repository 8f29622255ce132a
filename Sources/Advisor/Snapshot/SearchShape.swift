/// What a search looks for, without its constants.
public struct SearchShape: Sendable, Hashable {
    /// What the distance is for.
    public enum Kind: String, Sendable, Hashable {
        /// ORDER BY: the nearest rows.
        case nearest
        /// WHERE alone: all rows within a distance. No vector index serves that.
        case radius
    }

    /// What the distance is for.
    public var kind: Kind
    /// The distance metric of the operator.
    public var distanceMetric: DistanceMetric
    /// What is compared with the vector that is searched for.
    public var searched: SearchedExpression
    /// The other conditions, in the order in which they are written.
    public var filters: [SearchFilter]
    /// The number of rows that are asked for.
    public var limit: RowsAsked
    /// What keeps every index from giving the order.
    public var obstacles: Set<SearchObstacle>
    /// Whether a search for the nearest rows takes only those within a distance, so that there may be fewer than it asks for.
    public var isWithinDistance: Bool

    /// Puts a shape together.
    public init(
        kind: Kind = .nearest,
        distanceMetric: DistanceMetric,
        searched: SearchedExpression = .column,
        filters: [SearchFilter] = [],
        limit: RowsAsked = .some,
        obstacles: Set<SearchObstacle> = [],
        isWithinDistance: Bool = false
    ) {
        self.kind = kind
        self.distanceMetric = distanceMetric
        self.searched = searched
        self.filters = filters
        self.limit = limit
        self.obstacles = obstacles
        self.isWithinDistance = isWithinDistance
    }
}

/// What a search compares with the vector that it looks for.
public enum SearchedExpression: Sendable, Hashable {
    /// The column as it is.
    case column
    /// A cast of the column, such as `halfvec(768)`; the dimensions are `nil` if it has none.
    case cast(VectorType, dimensions: Int?)
    /// Anything else, such as `binary_quantize(embedding)::bit(768)`, in SQL without constants.
    case other(String)
}

/// A condition that the rows of a search must meet.
public struct SearchFilter: Sendable, Hashable {
    /// The condition in SQL, with a question mark for each constant: `(metadata ->> ?) = ?`.
    public var condition: String
    /// The columns of the searched table in it, each once.
    public var columns: [String]
    /// What it asks of a column.
    public var test: Test
    /// The operator behind the column, by its name alone, if it compares one column with a value; otherwise `nil`.
    public var operation: String?

    /// What a condition asks of the only column in it.
    public enum Test: String, Sendable, Hashable {
        /// It equals a value, so that a B-tree index on the column serves it.
        case equality
        /// It is a boolean and true.
        case isTrue
        /// It is a boolean and false.
        case isFalse
        /// It has no value.
        case isNull
        /// It has a value.
        case isNotNull
        /// Anything else: a range, an operator on jsonb, an expression, several columns.
        case other
    }

    /// Whether it compares one column of the table with a value by `=`.
    public var isEquality: Bool { test == .equality }

    /// Creates a condition.
    public init(_ condition: String, columns: [String], test: Test, operation: String? = nil) {
        self.condition = condition
        self.columns = columns
        self.test = test
        self.operation = operation
    }

    /// Creates a condition that is an equality or something of which nothing more is known.
    public init(_ condition: String, columns: [String], isEquality: Bool = false) {
        self.init(
            condition,
            columns: columns,
            test: isEquality ? .equality : .other,
            operation: isEquality ? "=" : nil
        )
    }
}

/// The number of rows that a search asks for.
public enum RowsAsked: Sendable, Hashable {
    /// All of them: there is no LIMIT.
    case all
    /// So many.
    case rows(Int)
    /// There is a LIMIT, whose number is unknown.
    case some
    /// Whether there is a LIMIT is unknown: the text is cut.
    case unknown
}

/// What keeps an index from giving the order of a search.
public enum SearchObstacle: String, Sendable, Hashable, CaseIterable, Comparable {
    /// ORDER BY ... DESC.
    case descending
    /// The distance is part of an expression: `1 - (embedding <=> ...)`.
    case withinExpression
    /// ORDER BY has another key before the distance.
    case anotherKeyFirst
    /// ORDER BY has another key after the distance, and the server is older than PostgreSQL 17, which sorts the rows of an index
    /// by the rest.
    case anotherKeyAfter
    /// A function, such as `cosine_distance`, stands where an operator would be served.
    case function
    /// There is no LIMIT.
    case noLimit
    /// DISTINCT, GROUP BY, an aggregate or a window function needs all rows.
    case grouped

    /// By name.
    public static func < (left: SearchObstacle, right: SearchObstacle) -> Bool { left.rawValue < right.rawValue }
}
