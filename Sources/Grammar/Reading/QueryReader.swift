/// Reads the queries of one statement, level by level, and collects their searches.
struct QueryReader {
    /// What became of one level of a query.
    struct Level {
        var search = Search()
        var output: [OutputColumn] = []
        /// Whether the planner merges it with the query around it.
        var isPlain = false
        /// Whether it returns a limited number of rows.
        var isLimited = false
    }

    /// A common table expression.
    struct CommonTable {
        /// Nil if it refers to itself, or changes data.
        let level: Level?
        let isMerged: Bool
        /// Where its search is in `found`, if it is there.
        let place: Int?
    }

    let expressions: ExpressionReader
    /// The last position in a statement that is cut, and its end; nil if it is whole.
    let cut: (location: Int, end: Int)?
    /// How often each name stands in FROM.
    let references: [String: Int]
    var found: [Search] = []

    init(_ statement: Node, expressions: ExpressionReader, cutAt end: Int?) {
        self.expressions = expressions
        cut = end.map { (lastLocation(in: statement.fields.all, before: $0), $0) }
        var references: [String: Int] = [:]
        forEachNode(in: [statement.type: statement.fields.all]) { node in
            if node.type == "RangeVar", let name = node.fields.string("relname") { references[name, default: 0] += 1 }
            return true
        }
        self.references = references
    }

    /// Keeps a search, if it is one.
    @discardableResult
    mutating func report(_ search: Search) -> Int? {
        guard search.kind != nil else { return nil }
        found.append(search)
        return found.count - 1
    }

    /// Reads SELECT, and reports what is below it, but not itself.
    mutating func read(
        select fields: Fields,
        common outer: [String: CommonTable] = [:],
        isNested: Bool = true
    ) -> Level {
        let common = read(with: fields.fields("withClause"), outer)
        var level = Level()
        level.search.isNested = isNested
        level.search.isCut = isCut(fields)
        level.search.limit = limit(fields, isCut: level.search.isCut)
        level.search.hasOffset = fields.node("limitOffset").map { !ExpressionReader.isNull($0) } ?? false
        level.isLimited = level.search.limit != .none && level.search.limit != .unknown
        if let operation = fields.string("op"), operation != "SETOP_NONE" {
            for arm in [fields.fields("larg"), fields.fields("rarg")].compactMap({ $0 }) {
                var arm = read(select: arm, common: common)
                arm.search.features.insert(.setOperation)
                report(arm.search)
                level.isLimited = level.isLimited || arm.isLimited
            }
            return level
        }
        var from = FromReader(common: common)
        for item in fields.nodes("fromClause") { from.add(item, join: .inner, to: &self) }
        readClauses(of: fields, from: from, into: &level)
        for name in [
            "targetList", "whereClause", "havingClause", "groupClause", "sortClause", "windowClause",
            "distinctClause", "limitCount", "limitOffset", "valuesLists",
        ] { readSubqueries(in: fields.all[name], common) }
        inheritLimit(of: level, from: from)
        return level
    }

    /// A subquery that gives its order to the query around it also gets its LIMIT.
    private mutating func inheritLimit(of level: Level, from: FromReader) {
        guard level.search.sources.count == 1, level.search.order.isEmpty, level.search.features.isEmpty,
            level.search.limit != .none, let place = from.onlyPlace, found[place].limit == .none
        else { return }
        found[place].limit = level.search.limit
        found[place].hasOffset = found[place].hasOffset || level.search.hasOffset
    }

    /// Reads the subqueries in expressions.
    mutating func readSubqueries(in value: Any?, _ common: [String: CommonTable]) {
        var selects: [Fields] = []
        func collect(_ value: Any?) {
            forEachNode(in: value) { node in
                guard node.type == "SubLink" else { return true }
                if let query = node.fields.node("subselect"), query.type == "SelectStmt" {
                    selects.append(query.fields)
                }
                collect(node.fields.all["testexpr"])
                return false
            }
        }
        collect(value)
        for select in selects { report(read(select: select, common: common).search) }
    }

    /// Reads WITH, and returns all common table expressions that the query sees.
    mutating func read(with clause: Fields?, _ outer: [String: CommonTable]) -> [String: CommonTable] {
        guard let clause else { return outer }
        var common = outer
        for expression in clause.nodes("ctes") {
            guard let name = expression.fields.string("ctename"), let query = expression.fields.node("ctequery") else {
                continue
            }
            guard query.type == "SelectStmt" else {
                read(modification: query, common: common)
                common[name] = CommonTable(level: nil, isMerged: false, place: nil)
                continue
            }
            if clause.bool("recursive") { common[name] = CommonTable(level: nil, isMerged: false, place: nil) }
            var refersToItself = false
            forEachNode(in: query.fields.all) { node in
                if node.type == "RangeVar", node.fields.string("relname") == name { refersToItself = true }
                return true
            }
            let level = read(select: query.fields, common: common)
            let count = references[name, default: 0]
            let isInline =
                switch expression.fields.string("ctematerialized") {
                case "CTEMaterializeAlways": false
                case "CTEMaterializeNever": count > 0
                default: count == 1
                }
            let isMerged = isInline && level.isPlain
            let place = isMerged ? nil : report(level.search)
            common[name] = CommonTable(
                level: clause.bool("recursive") && refersToItself ? nil : level,
                isMerged: isMerged,
                place: isInline ? place : nil
            )
        }
        return common
    }

    func isCut(_ fields: Fields) -> Bool {
        guard let cut else { return false }
        return lastLocation(in: fields.all, before: cut.end) == cut.location
    }

    private func limit(_ fields: Fields, isCut: Bool) -> RowLimit {
        guard let node = fields.node("limitCount") else { return isCut ? .unknown : .none }
        if ExpressionReader.isNull(node) { return .none }
        if let rows = ExpressionReader.integer(node) { return .rows(rows) }
        var value = expressions.read(node)
        while case .cast(let inner, to: _) = value { value = inner }
        return value == .parameter ? .parameter : value == .constant ? .unknown : .expression
    }
}
