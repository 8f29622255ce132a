/// Reads FROM: the sources of one level, the names that its columns may have, and the conditions of joins.
struct FromReader {
    let common: [String: QueryReader.CommonTable]
    var scope = QueryScope()
    var sources: [Source] = []
    /// The conditions of merged subqueries, and those of joins, which are not resolved yet.
    var filters: [Filter] = []
    var joinConditions: [Expression] = []
    var features: Set<Search.Feature> = []
    /// The places of searches that subqueries of FROM made.
    private var places: [Int?] = []

    init(common: [String: QueryReader.CommonTable]) {
        self.common = common
    }

    /// The place of the search in the only source, if it is a subquery with one.
    var onlyPlace: Int? { sources.count == 1 && places.count == 1 ? places[0] : nil }

    mutating func add(_ node: Node, join: Source.Join, to reader: inout QueryReader) {
        let fields = node.fields
        let alias = fields.fields("alias")
        let name = alias?.string("aliasname")
        switch node.type {
        case "RangeVar": add(relation: fields, alias: alias, join: join)
        case "RangeSubselect":
            guard let query = fields.node("subquery"), query.type == "SelectStmt" else { break }
            let level = reader.read(select: query.fields, common: common)
            if merge(level, name: name, alias: alias, join: join) { break }
            addSeparate(level, name: name, join: join, place: reader.report(level.search))
        case "RangeFunction":
            reader.readSubqueries(in: fields.all["functions"], common)
            let call = StatementWalk.calls(in: fields.all["functions"], place: .from).first
            add(call.map { .function($0) } ?? .other, .rows, alias: name, join: join)
        case "JoinExpr":
            if let left = fields.node("larg") { add(left, join: join, to: &reader) }
            if let right = fields.node("rarg") { add(right, join: Self.join(fields.string("jointype")), to: &reader) }
            if let condition = fields.node("quals") { joinConditions.append(reader.expressions.read(condition)) }
            reader.readSubqueries(in: fields.all["quals"], common)
            for column in fields.strings("usingClause") {
                let column = Expression.column(ColumnReference(column))
                joinConditions.append(.operation(ObjectName("="), left: column, right: column))
            }
        case "RangeTableSample":
            features.insert(.sample)
            if let relation = fields.node("relation") { add(relation, join: join, to: &reader) }
        default: add(.other, .rows, alias: name, join: join)
        }
    }

    private mutating func add(relation fields: Fields, alias: Fields?, join: Source.Join) {
        guard let name = fields.string("relname") else { return }
        let schema = fields.string("schemaname")
        let aliasName = alias?.string("aliasname")
        guard schema == nil, let table = common[name] else {
            let item = Source.Item.relation(ObjectName(schema: schema, name))
            sources.append(Source(item, alias: aliasName, join: join))
            places.append(nil)
            scope.bindings.append(QueryScope.Binding(qualifier: aliasName ?? name, content: .rows))
            return
        }
        guard let level = table.level else {
            add(.other, .rows, alias: aliasName ?? name, join: join)
            return
        }
        if table.isMerged, merge(level, name: aliasName ?? name, alias: alias, join: join) { return }
        addSeparate(level, name: aliasName ?? name, join: join, place: table.place)
    }

    private mutating func addSeparate(_ level: QueryReader.Level, name: String?, join: Source.Join, place: Int?) {
        add(
            .subquery(isLimited: level.isLimited),
            .separate(level.output, isLimited: level.isLimited),
            alias: name,
            join: join,
            place: place
        )
    }

    private mutating func add(
        _ item: Source.Item,
        _ content: QueryScope.Content,
        alias: String?,
        join: Source.Join,
        place: Int? = nil
    ) {
        let source = Source(item, alias: alias, join: join)
        sources.append(source)
        places.append(place)
        scope.bindings.append(QueryScope.Binding(qualifier: source.qualifier, content: content))
    }

    /// Takes a plain subquery's sources and conditions for this level's own; false if it must stand on its own.
    private mutating func merge(_ level: QueryReader.Level, name: String?, alias: Fields?, join: Source.Join) -> Bool {
        guard level.isPlain, join == .inner, alias?.list("colnames").isEmpty ?? true else { return false }
        for source in level.search.sources {
            sources.append(source)
            places.append(nil)
        }
        filters += level.search.filters
        scope.bindings.append(QueryScope.Binding(qualifier: name, content: .merged(level.output)))
        return true
    }

    private static func join(_ type: String?) -> Source.Join {
        switch type {
        case "JOIN_LEFT": .left
        case "JOIN_RIGHT": .right
        case "JOIN_FULL": .full
        default: .inner
        }
    }
}
