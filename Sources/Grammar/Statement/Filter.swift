/// A condition that rows must meet: one of those that WHERE, or ON of a join, connects with AND.
public struct Filter: Sendable, Hashable, Codable {
    /// Where a condition stands.
    public enum Clause: String, Sendable, Hashable, Codable {
        /// WHERE.
        case `where`
        /// ON or USING of a join.
        case join
    }

    /// What kind of condition it is.
    public enum Kind: Sendable, Hashable {
        /// An operator between an expression of the row and what is the same for all rows.
        case comparison(operator: ObjectName)
        /// An expression of the row is one of several values: IN, or an operator with ANY.
        case membership(operator: ObjectName)
        /// An expression of the row lies between two values.
        case range
        /// An expression of the row is NULL, or is not.
        case nullness(isNull: Bool)
        /// A boolean column, or NOT of one.
        case flag
        /// Columns of two relations are compared.
        case join
        /// A limit on a distance, as in `embedding <=> $1 < 0.3`.
        case distanceThreshold
        /// EXISTS, or an operator and a subquery.
        case subquery
        /// Anything else: OR, a function, CASE.
        case other
    }

    /// The condition, without its constants.
    public let condition: Expression
    /// Where it stands.
    public let clause: Clause

    /// A condition as it is given.
    public init(_ condition: Expression, clause: Clause = .where) {
        self.condition = condition
        self.clause = clause
    }

    /// The condition in SQL with a question mark for each constant, such as `(metadata ->> ?) = ?`.
    public var shape: String { condition.description }

    /// The columns in it.
    public var columns: [ColumnReference] { condition.columns }

    /// The distances in it.
    public var distances: [Distance] { condition.distances }

    /// The side of it that belongs to the row: what an index for it would hold, such as `metadata ->> ?`; nil if it has no
    /// such side.
    public var subject: Expression? {
        switch condition {
        case .operation(_, let left?, let right):
            if right.isFixed { return left.isFixed ? nil : left }
            return left.isFixed ? right : nil
        case .anyOf(_, let value, let others), .allOf(_, let value, let others):
            // `$1 = ANY (tags)` is about the tags.
            if value.isFixed, others.count == 1, !others[0].isFixed { return others[0] }
            return value.isFixed || !others.allSatisfy(\.isFixed) ? nil : value
        case .between(let value, _, _), .isNull(let value), .not(.isNull(let value)): return value.isFixed ? nil : value
        case .column, .not(.column): return condition.parts.first ?? condition
        default: return nil
        }
    }

    /// What kind of condition it is.
    public var kind: Kind {
        if !distances.isEmpty { return .distanceThreshold }
        switch condition {
        case .operation(_, _, .subquery), .operation(_, .subquery?, _), .exists, .not(.exists),
            .anyOf(_, _, [.subquery]),
            .allOf(_, _, [.subquery]):
            return .subquery
        case .operation(let name, let left?, let right):
            if subject != nil { return .comparison(operator: name) }
            return Self.areOfDifferentRelations(left, right) ? .join : .other
        case .anyOf(let name, _, _): return subject == nil ? .other : .membership(operator: name)
        case .between: return subject == nil ? .other : .range
        case .isNull: return .nullness(isNull: true)
        case .not(.isNull): return .nullness(isNull: false)
        case .column, .not(.column): return .flag
        default: return .other
        }
    }

    /// Columns without a relation may be of any, so they count as different.
    private static func areOfDifferentRelations(_ left: Expression, _ right: Expression) -> Bool {
        let (lefts, rights) = (Set(left.columns.map(\.relation)), Set(right.columns.map(\.relation)))
        return lefts != rights || lefts.contains(nil)
    }
}
