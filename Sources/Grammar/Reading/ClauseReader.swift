extension QueryReader {
    /// Reads the clauses of one level behind FROM.
    mutating func readClauses(of fields: Fields, from: FromReader, into level: inout Level) {
        let scope = from.scope
        var search = level.search
        search.sources = from.sources
        search.features = from.features.union(features(of: fields))
        level.output = output(fields.nodes("targetList"), scope)
        search.output = level.output.flatMap { column in
            if case .expression(let value) = column.value { value.distances } else { [Distance]() }
        }.withoutRepetition()
        search.filters = from.filters
        for condition in from.joinConditions {
            search.filters += Self.conjuncts(condition).map { Filter(scope.resolve($0), clause: .join) }
        }
        if let condition = fields.node("whereClause") {
            search.filters += Self.conjuncts(expressions.read(condition)).map { Filter(scope.resolve($0)) }
        }
        search.order = fields.nodes("sortClause").map { key($0, output: level.output, scope) }
        if search.isCut { Self.dropHalf(of: &search) }
        search.isReranking = search.order.contains { key in
            key.distance.map { scope.isOfLimitedSubquery($0.searched) } ?? false
        }
        if !fields.list("distinctClause").isEmpty {
            // DISTINCT without ON is a list with an empty place.
            level.isLimited = level.isLimited || !fields.nodes("distinctClause").isEmpty
        }
        level.isPlain =
            search.features.isEmpty && search.order.isEmpty && search.limit == .none && !search.hasOffset
            && !search.sources.isEmpty && !search.isCut && fields.list("valuesLists").isEmpty
        level.search = search
    }

    /// Takes away the last condition or key of a text that is cut, unless it is whole: `embedding` may have become
    /// `embedding <-> $1`.
    private static func dropHalf(of search: inout Search) {
        if let last = search.order.last {
            if case .other = last.value { search.order.removeLast() }
        } else if let last = search.filters.last, last.kind == .flag || last.kind == .other {
            search.filters.removeLast()
        }
    }

    static func conjuncts(_ condition: Expression) -> [Expression] {
        if case .and(let parts) = condition { return parts.flatMap(conjuncts) }
        return [condition]
    }

    private func features(of fields: Fields) -> Set<Search.Feature> {
        var features: Set<Search.Feature> = []
        if !fields.list("distinctClause").isEmpty { features.insert(.distinct) }
        if !fields.list("groupClause").isEmpty || fields.node("havingClause") != nil { features.insert(.grouping) }
        if !fields.list("lockingClause").isEmpty { features.insert(.locking) }
        for name in ["targetList", "havingClause", "sortClause"] {
            forEachNode(in: fields.all[name]) { node in
                if node.type == "SubLink" { return false }
                guard node.type == "FuncCall" else { return true }
                if node.fields.all["over"] != nil {
                    features.insert(.window)
                } else if Self.isAggregate(node.fields) {
                    features.insert(.aggregate)
                }
                return true
            }
        }
        return features
    }

    private static func isAggregate(_ call: Fields) -> Bool {
        if call.bool("agg_star") || call.bool("agg_distinct") || call.bool("agg_within_group") { return true }
        if !call.list("agg_order").isEmpty || call.node("agg_filter") != nil { return true }
        guard let name = call.objectName("funcname") else { return false }
        return aggregates.contains(name.name)
    }

    private static let aggregates: Set<String> = [
        "any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "count", "every",
        "json_agg",
        "json_object_agg", "jsonb_agg", "jsonb_object_agg", "max", "min", "stddev", "string_agg", "sum", "variance",
    ]

    private func output(_ targets: [Node], _ scope: QueryScope) -> [OutputColumn] {
        targets.flatMap { target -> [OutputColumn] in
            guard let value = target.fields.node("val") else { return [] }
            let parts = value.fields.nodes("fields")
            if value.type == "ColumnRef", parts.last?.type == "A_Star" {
                let relation = parts.dropLast().last?.string
                return scope.allColumns(of: relation)
            }
            let expression = scope.resolve(expressions.read(value))
            return [OutputColumn(name: target.fields.string("name") ?? Self.name(of: value), .expression(expression))]
        }
    }

    /// The name that the server gives to a column of the output; nil where that takes more than a look at the node.
    private static func name(of value: Node) -> String? {
        switch value.type {
        case "ColumnRef": return value.fields.strings("fields").last
        case "FuncCall": return value.fields.objectName("funcname")?.name
        case "TypeCast":
            let inner = value.fields.node("arg").flatMap { name(of: $0) }
            return inner ?? value.fields.fields("typeName")?.objectName("names")?.name
        case "CollateClause": return value.fields.node("arg").flatMap { name(of: $0) }
        default: return nil
        }
    }

    private func key(_ node: Node, output: [OutputColumn], _ scope: QueryScope) -> SortKey {
        let fields = node.fields
        let nulls: SortKey.Nulls =
            switch fields.string("sortby_nulls") {
            case "SORTBY_NULLS_FIRST": .first
            case "SORTBY_NULLS_LAST": .last
            default: .byDirection
            }
        let isDescending =
            switch fields.string("sortby_dir") {
            case "SORTBY_DESC": true
            case "SORTBY_USING": fields.objectName("useOp")?.name.hasPrefix(">") ?? false
            default: false
            }
        let value = fields.node("node")
        return SortKey(
            SortKey.Value(outputExpression(value, output) ?? scope.resolve(expressions.read(value))),
            isDescending: isDescending,
            nulls: nulls
        )
    }

    /// What a key means that is the name or the number of a column of the output.
    private func outputExpression(_ node: Node?, _ output: [OutputColumn]) -> Expression? {
        guard let node else { return nil }
        var column: OutputColumn?
        if node.type == "ColumnRef", node.fields.nodes("fields").count == 1 {
            let name = node.fields.strings("fields").first
            column = name.flatMap { name in output.first { $0.name == name } }
        } else if node.type == "A_Const", let number = ExpressionReader.integer(node) {
            guard number >= 1, number <= output.count else { return .other([]) }
            // Behind a `*` only the catalog can count.
            let before = output.prefix(number)
            guard before.allSatisfy({ if case .expression = $0.value { true } else { false } }) else {
                return .other([])
            }
            column = output[number - 1]
        }
        guard let column, case .expression(let value) = column.value else { return nil }
        return value
    }
}

extension Array where Element: Hashable {
    /// Each element once, in the order of the first.
    package func withoutRepetition() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
