extension Expression: CustomStringConvertible {
    /// The expression in SQL, with a question mark for each constant, parameter and subquery.
    ///
    /// It is meant to be read, and to tell one shape of a filter from another: names stand as they are, without quotes.
    public var description: String {
        switch self {
        case .column(let column):
            return [column.schema, column.relation, column.column].compactMap { $0 }.joined(separator: ".")
        case .parameter, .constant: return "?"
        case .integer(let value): return String(value)
        case .cast(let value, let type): return "\(value.operand)::\(type)"
        case .function(let name, let arguments): return "\(name)(\(Self.list(arguments)))"
        case .operation(let name, nil, let right): return "\(name)\(right.operand)"
        case .operation(let name, let left?, let right): return "\(left.operand) \(name.infix) \(right.operand)"
        case .anyOf(let name, let value, let others):
            return "\(value.operand) \(name.infix) ANY (\(Self.shortened(others)))"
        case .allOf(let name, let value, let others):
            return "\(value.operand) \(name.infix) ALL (\(Self.shortened(others)))"
        case .between(let value, let low, let high):
            return "\(value.operand) BETWEEN \(low.operand) AND \(high.operand)"
        case .isNull(let value): return "\(value.operand) IS NULL"
        case .not(.isNull(let value)): return "\(value.operand) IS NOT NULL"
        case .not(let value): return "NOT \(value.operand)"
        case .and(let parts): return parts.map(\.operand).joined(separator: " AND ")
        case .or(let parts): return parts.map(\.operand).joined(separator: " OR ")
        case .subquery: return "(SELECT ...)"
        case .exists: return "EXISTS (SELECT ...)"
        case .other(let parts): return "...(\(Self.shortened(parts)))"
        }
    }

    /// The text as part of another expression: in parentheses unless it holds together without.
    private var operand: String {
        switch self {
        case .column, .parameter, .constant, .integer, .cast, .function, .subquery, .exists, .other: description
        case .operation, .anyOf, .allOf, .between, .isNull, .and, .or, .not: "(\(description))"
        }
    }

    private static func list(_ expressions: [Expression]) -> String {
        expressions.map(\.description).joined(separator: ", ")
    }

    /// Lists of different length are one shape, so what repeats is written once.
    private static func shortened(_ expressions: [Expression]) -> String {
        var texts: [String] = []
        for text in expressions.map(\.description) where !texts.contains(text) { texts.append(text) }
        return texts.joined(separator: ", ")
    }
}

extension ObjectName: CustomStringConvertible {
    /// The name behind its schema, without quotes.
    public var description: String { schema.map { "\($0).\(name)" } ?? name }

    /// The name of an operator between two values: one with a schema needs the word OPERATOR.
    var infix: String { schema == nil ? name : "OPERATOR(\(description))" }
}

extension TypeReference: CustomStringConvertible {
    /// The type with its modifiers, without quotes, and without the schema of PostgreSQL's own types.
    public var description: String {
        let name = name.schema == "pg_catalog" ? name.name : name.description
        let numbers = modifiers.isEmpty ? "" : "(\(modifiers.map { String($0) }.joined(separator: ",")))"
        return "\(name)\(numbers)\(isArray ? "[]" : "")"
    }
}
