/// The name of a relation, function, operator or type as a statement writes it.
///
/// Unquoted names are in lower case already, as the server folds them.
public struct ObjectName: Sendable, Hashable, Codable {
    /// The schema; nil if the statement names none, and then the search path of whoever runs it decides.
    public let schema: String?
    /// The name without its schema.
    public let name: String

    /// Accepts any names.
    public init(schema: String? = nil, _ name: String) {
        self.schema = schema
        self.name = name
    }
}

/// A column as a statement writes it.
public struct ColumnReference: Sendable, Hashable, Codable {
    /// The schema, as in `vecs.docs.vec`; nil without one.
    public let schema: String?
    /// The relation or its alias; nil if the column stands alone, and then only the catalog tells whose it is.
    public let relation: String?
    /// The column.
    public let column: String

    /// Accepts any names.
    public init(schema: String? = nil, relation: String? = nil, _ column: String) {
        self.schema = schema
        self.relation = relation
        self.column = column
    }
}

/// A type as a statement writes it, such as `halfvec(3)`.
public struct TypeReference: Sendable, Hashable, Codable {
    /// The type.
    ///
    /// Types that SQL names by keywords have PostgreSQL's own name: `integer` is `pg_catalog.int4`.
    public let name: ObjectName
    /// The numbers in parentheses; empty without them.
    public let modifiers: [Int]
    /// Whether it is an array of the type.
    public let isArray: Bool

    /// Accepts any names and numbers.
    public init(_ name: ObjectName, modifiers: [Int] = [], isArray: Bool = false) {
        self.name = name
        self.modifiers = modifiers
        self.isArray = isArray
    }
}
