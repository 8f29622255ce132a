/// Reads statements: their searches, settings, calls, relations and output.
struct StatementWalk {
    let expressions: ExpressionReader

    /// Reads all statements of a text.
    ///
    /// If the text is cut, `end` is where, and the last statement is the one that is cut.
    func read(_ statements: [Node], cutAt end: Int? = nil) -> [Statement] {
        statements.enumerated().map { read($1, cutAt: $0 == statements.count - 1 ? end : nil) }
    }

    private func read(_ node: Node, cutAt end: Int?) -> Statement {
        var statement = Statement(Self.kind(of: node))
        var reader = QueryReader(node, expressions: expressions, cutAt: end)
        let query = Self.query(of: node)
        switch query.type {
        case "SelectStmt":
            let level = reader.read(select: query.fields, isNested: false)
            reader.report(level.search)
            let isArm = query.fields.string("op").map { $0 != "SETOP_NONE" } ?? false
            let returnsRows = [.select, .createView, .createTableAs].contains(statement.kind)
            if returnsRows, !isArm { (statement.output, statement.filters) = (level.output, level.search.filters) }
        case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt": reader.read(modification: query)
        case "VariableSetStmt": statement.settings = SettingReader.read(query.fields)
        // CALL, and RETURN in a body in standard SQL.
        default: reader.readSubqueries(in: query.fields.all, [:])
        }
        statement.searches = reader.found
        statement.calls = Self.calls(in: node.object, place: .expression)
        forEachNode(in: node.object) { node in
            if node.type == "FuncCall", let setting = SettingReader.read(call: node.fields) {
                statement.settings.append(setting)
            }
            return true
        }
        statement.relations = Self.relations(in: node)
        return statement
    }

    /// The query or statement within another statement; the statement itself if there is none.
    private static func query(of node: Node) -> Node {
        let inner = ["ExplainStmt", "PrepareStmt", "DeclareCursorStmt", "CopyStmt", "CreateTableAsStmt", "ViewStmt"]
        guard inner.contains(node.type), let query = node.fields.node("query") else { return node }
        return Self.query(of: query)
    }

    private static func kind(of node: Node) -> Statement.Kind {
        switch node.type {
        case "SelectStmt": node.fields.fields("intoClause") == nil ? .select : .createTableAs
        case "InsertStmt": .insert
        case "UpdateStmt": .update
        case "DeleteStmt": .delete
        case "MergeStmt": .merge
        case "CreateTableAsStmt": .createTableAs
        case "ViewStmt": .createView
        case "CreateFunctionStmt": .createFunction
        case "DeclareCursorStmt": .declareCursor
        case "PrepareStmt": .prepare
        case "ExplainStmt": isAnalyzing(node) ? .explain : .plan
        case "CopyStmt": .copy
        case "CallStmt": .call
        case "VariableSetStmt": .set
        default: .other
        }
    }

    /// Whether EXPLAIN has ANALYZE; of several the last one holds.
    private static func isAnalyzing(_ node: Node) -> Bool {
        guard let option = node.fields.nodes("options").last(where: { $0.fields.string("defname") == "analyze" }) else {
            return false
        }
        guard let value = option.fields.node("arg") else { return true }
        let word = value.fields.string("sval") ?? ExpressionReader.text(value)
        return !["false", "off", "0"].contains(word?.lowercased() ?? "")
    }

    /// The calls below a value, each once.
    ///
    /// Those in FROM are told from others.
    static func calls(in value: Any?, place: FunctionCall.Place) -> [FunctionCall] {
        var found: [FunctionCall] = []
        forEachNode(in: value) { node in
            switch node.type {
            case "RangeFunction":
                found += calls(in: node.fields.all["functions"], place: .from)
                return false
            case "FuncCall":
                let arguments = node.fields.nodes("args").map {
                    $0.type == "NamedArgExpr" ? $0.fields.string("name") : nil
                }
                guard let name = node.fields.objectName("funcname") else { return true }
                found.append(FunctionCall(name, arguments: arguments, place: place))
                // What stands in an argument is no item of FROM.
                found += calls(in: node.fields.all["args"], place: .expression)
                found += calls(in: node.fields.all["agg_filter"], place: .expression)
                found += calls(in: node.fields.all["agg_order"], place: .expression)
                found += calls(in: node.fields.all["over"], place: .expression)
                return false
            case "CallStmt":
                found += calls(in: ["FuncCall": node.fields.all["funccall"]], place: .from)
                return false
            default: return true
            }
        }
        return found.withoutRepetition()
    }

    private static func relations(in node: Node) -> [ObjectName] {
        var (named, common) = ([ObjectName](), Set<String>())
        forEachNode(in: node.object) { node in
            if node.type == "CommonTableExpr", let name = node.fields.string("ctename") { common.insert(name) }
            if node.type == "RangeVar" { named += Self.relation(node.fields) }
            return true
        }
        if let target = node.fields.fields("relation"), node.type != "VariableSetStmt" {
            named += Self.relation(target)
        }
        return named.filter { $0.schema != nil || !common.contains($0.name) }.withoutRepetition()
    }

    private static func relation(_ fields: Fields) -> [ObjectName] {
        fields.string("relname").map { [ObjectName(schema: fields.string("schemaname"), $0)] } ?? []
    }
}

extension Node {
    /// The node as it stands in the tree.
    var object: [String: Any] { [type: fields.all] }
}

extension QueryReader {
    /// Reads INSERT, UPDATE, DELETE and MERGE, and reports their searches.
    mutating func read(modification node: Node, common outer: [String: CommonTable] = [:]) {
        let fields = node.fields
        let common = read(with: fields.fields("withClause"), outer)
        if node.type == "InsertStmt" {
            if let query = fields.node("selectStmt"), query.type == "SelectStmt" {
                report(read(select: query.fields, common: common).search)
            }
            readSubqueries(in: fields.all["onConflictClause"], common)
            return
        }
        var from = FromReader(common: common)
        if let target = fields.fields("relation") {
            from.add(Node(type: "RangeVar", fields: target), join: .inner, to: &self)
        }
        let others =
            fields.nodes("fromClause") + fields.nodes("usingClause") + [fields.node("sourceRelation")].compactMap { $0 }
        for item in others { from.add(item, join: .inner, to: &self) }
        var level = Level()
        level.search.isCut = isCut(fields)
        let condition = fields.all["whereClause"] ?? fields.all["joinCondition"]
        readClauses(of: Fields(condition.map { ["whereClause": $0] } ?? [:]), from: from, into: &level)
        report(level.search)
        for name in ["targetList", "whereClause", "joinCondition", "returningList", "mergeWhenClauses"] {
            readSubqueries(in: fields.all[name], common)
        }
    }
}
