/// What the columns at one level of a query may refer to.
struct QueryScope {
    /// What stands behind a name in FROM.
    enum Content {
        /// A relation, or anything else whose columns only the catalog knows.
        case rows
        /// A subquery that the planner merges with the query: its columns are expressions of the relations below.
        case merged([OutputColumn])
        /// A subquery that is computed on its own.
        case separate([OutputColumn], isLimited: Bool)
    }

    struct Binding {
        let qualifier: String?
        let content: Content
    }

    var bindings: [Binding] = []

    /// An expression in terms of the relations below merged subqueries.
    func resolve(_ expression: Expression) -> Expression {
        expression.replacingColumns { column in
            if column.schema != nil { return .column(column) }
            if let relation = column.relation {
                let binding = bindings.first { $0.qualifier == relation }
                guard case .merged(let output)? = binding?.content else { return .column(column) }
                return Self.expression(for: column.column, in: output) ?? .column(column)
            }
            for case .merged(let output) in bindings.map(\.content) {
                if let found = Self.named(column.column, in: output) { return found }
            }
            guard bindings.count == 1, case .merged(let output) = bindings[0].content else { return .column(column) }
            return Self.expression(for: column.column, in: output) ?? .column(column)
        }
    }

    /// What `*` or `relation.*` stands for.
    func allColumns(of relation: String?) -> [OutputColumn] {
        bindings.filter { relation == nil || $0.qualifier == relation }.flatMap { binding in
            if case .merged(let output) = binding.content { return output }
            return [OutputColumn(name: nil, .allColumns(of: binding.qualifier))]
        }
    }

    /// Whether an expression has a column of a subquery that is computed on its own and limited.
    func isOfLimitedSubquery(_ expression: Expression) -> Bool {
        expression.columns.contains { column in
            bindings.contains { binding in
                guard case .separate(let output, isLimited: true) = binding.content, column.schema == nil else {
                    return false
                }
                if let relation = column.relation { return relation == binding.qualifier }
                return bindings.count == 1 || Self.named(column.column, in: output) != nil
            }
        }
    }

    /// The value of a column that the output names.
    private static func named(_ name: String, in output: [OutputColumn]) -> Expression? {
        for column in output where column.name == name {
            if case .expression(let value) = column.value { return value }
        }
        return nil
    }

    private static func expression(for name: String, in output: [OutputColumn]) -> Expression? {
        if let found = named(name, in: output) { return found }
        let relations = output.compactMap { column -> String?? in
            if case .allColumns(let relation) = column.value { return .some(relation) }
            return nil
        }
        return relations.count == 1 ? .column(ColumnReference(relation: relations[0], name)) : nil
    }
}
