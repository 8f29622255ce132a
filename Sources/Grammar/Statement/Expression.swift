/// An expression without its constants: what a search computes, compares or orders by.
///
/// Two expressions are equal if they differ in constants and parameters alone. Parentheses and COLLATE leave no trace.
public indirect enum Expression: Sendable, Hashable, Codable {
    /// A column.
    case column(ColumnReference)
    /// A parameter, such as `$1`, or an argument or variable of the function whose body is read.
    case parameter
    /// A constant, or an array or row of nothing but constants. Its value is not kept.
    case constant
    /// An integer that is part of what is searched: the start and length of `subvector(embedding, 1, 3)`.
    case integer(Int)
    /// A cast, in any of its three spellings.
    case cast(Expression, to: TypeReference)
    /// A function with its arguments, in the order in which they are written.
    case function(ObjectName, [Expression])
    /// An operator. There is no left side if it is a prefix.
    ///
    /// LIKE and its kin are operators of that name: `LIKE`, `NOT ILIKE`, `SIMILAR TO`, `IS DISTINCT FROM`.
    case operation(ObjectName, left: Expression?, right: Expression)
    /// An operator between a value and any one of several: `IN (...)` and `= ANY (...)`.
    case anyOf(ObjectName, Expression, [Expression])
    /// An operator between a value and all of several: `NOT IN (...)` and `<> ALL (...)`.
    case allOf(ObjectName, Expression, [Expression])
    /// BETWEEN, in any of its forms but those with NOT, which are a `not` of it.
    case between(Expression, low: Expression, high: Expression)
    /// IS NULL; IS NOT NULL is a `not` of it.
    case isNull(Expression)
    /// Conditions joined by AND.
    case and([Expression])
    /// Conditions joined by OR.
    case or([Expression])
    /// A negated condition.
    case not(Expression)
    /// A subquery as a value. Its searches are reported on their own.
    case subquery
    /// EXISTS of a subquery.
    case exists
    /// Anything else, such as CASE or COALESCE, by its parts.
    case other([Expression])
}

extension Expression {
    /// The expressions directly within this one.
    public var parts: [Expression] {
        switch self {
        case .column, .parameter, .constant, .integer, .subquery, .exists: []
        case .cast(let value, to: _): [value]
        case .function(_, let arguments): arguments
        case .operation(_, let left, let right): (left.map { [$0] } ?? []) + [right]
        case .anyOf(_, let value, let others), .allOf(_, let value, let others): [value] + others
        case .between(let value, let low, let high): [value, low, high]
        case .isNull(let value), .not(let value): [value]
        case .and(let parts), .or(let parts), .other(let parts): parts
        }
    }

    /// All columns, in the order in which they are written, each once.
    public var columns: [ColumnReference] {
        var found: [ColumnReference] = []
        collectColumns(into: &found)
        return found
    }

    private func collectColumns(into found: inout [ColumnReference]) {
        if case .column(let column) = self {
            if !found.contains(column) { found.append(column) }
        } else {
            for part in parts { part.collectColumns(into: &found) }
        }
    }

    /// Whether it is the same for all rows: without a column.
    ///
    /// A subquery counts as the same for all rows.
    public var isFixed: Bool {
        if case .column = self { return false }
        return parts.allSatisfy(\.isFixed)
    }

    /// The same expression with the names of columns alone, without those of their relations.
    public var unqualified: Expression { replacingColumns { .column(ColumnReference($0.column)) } }

    /// The same expression with other columns or with expressions in their place.
    func replacingColumns(_ replacement: (ColumnReference) -> Expression) -> Expression {
        func all(_ parts: [Expression]) -> [Expression] { parts.map { $0.replacingColumns(replacement) } }
        func one(_ part: Expression) -> Expression { part.replacingColumns(replacement) }
        switch self {
        case .column(let column): return replacement(column)
        case .parameter, .constant, .integer, .subquery, .exists: return self
        case .cast(let value, let type): return .cast(one(value), to: type)
        case .function(let name, let arguments): return .function(name, all(arguments))
        case .operation(let name, let left, let right): return .operation(name, left: left.map(one), right: one(right))
        case .anyOf(let name, let value, let others): return .anyOf(name, one(value), all(others))
        case .allOf(let name, let value, let others): return .allOf(name, one(value), all(others))
        case .between(let value, let low, let high): return .between(one(value), low: one(low), high: one(high))
        case .isNull(let value): return .isNull(one(value))
        case .not(let value): return .not(one(value))
        case .and(let parts): return .and(all(parts))
        case .or(let parts): return .or(all(parts))
        case .other(let parts): return .other(all(parts))
        }
    }
}
