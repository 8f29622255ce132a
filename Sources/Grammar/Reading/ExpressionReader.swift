/// Reads expressions out of a parse tree, and leaves their constants behind.
struct ExpressionReader {
    /// The arguments and variables of the function whose body is read.
    var variables: Set<String> = []
    /// The variables that may be records, whose fields are variables then.
    var records: Set<String> = []
    /// The function's name, which may qualify its arguments.
    var function: String?

    /// What is nested deeper is only known to be there.
    private static let deepest = 64

    func read(_ node: Node?, depth: Int = 0) -> Expression {
        guard let node, depth < Self.deepest else { return .other([]) }
        let fields = node.fields
        func one(_ name: String) -> Expression { read(fields.node(name), depth: depth + 1) }
        func many(_ name: String) -> [Expression] { fields.nodes(name).map { read($0, depth: depth + 1) } }
        switch node.type {
        case "ColumnRef": return column(fields)
        case "ParamRef": return .parameter
        // FETCH FIRST has a bare number.
        case "A_Const", "Integer", "Float", "SetToDefault": return .constant
        case "TypeCast": return .cast(one("arg"), to: Self.type(fields.fields("typeName")))
        case "CollateClause", "NamedArgExpr": return one("arg")
        case "FuncCall": return call(fields, depth: depth)
        case "A_Expr": return operation(fields, depth: depth)
        case "BoolExpr":
            let parts = many("args")
            switch fields.string("boolop") {
            case "AND_EXPR": return .and(parts)
            case "OR_EXPR": return .or(parts)
            default: return parts.first.map { .not($0) } ?? .other([])
            }
        case "NullTest":
            let test = Expression.isNull(one("arg"))
            return fields.string("nulltesttype") == "IS_NOT_NULL" ? .not(test) : test
        case "BooleanTest":
            switch fields.string("booltesttype") {
            case "IS_TRUE": return one("arg")
            default: return .other([one("arg")])
            }
        case "SubLink":
            switch fields.string("subLinkType") {
            case "EXISTS_SUBLINK": return .exists
            case "ANY_SUBLINK":
                return .anyOf(fields.objectName("operName") ?? ObjectName("="), one("testexpr"), [.subquery])
            case "ALL_SUBLINK":
                return .allOf(fields.objectName("operName") ?? ObjectName("="), one("testexpr"), [.subquery])
            default: return .subquery
            }
        case "A_ArrayExpr": return .gathered(many("elements"))
        case "RowExpr": return .gathered(many("args"))
        case "A_Indirection": return .other([one("arg")])
        default: return .other(parts(of: fields, depth: depth))
        }
    }

    /// The expressions anywhere in a node that is not known.
    private func parts(of fields: Fields, depth: Int) -> [Expression] {
        var found: [Expression] = []
        forEachNode(in: fields.all) { node in
            if ["TypeName", "String", "List", "CaseWhen", "ResTarget"].contains(node.type) { return true }
            let part = read(node, depth: depth + 1)
            if part != .constant, part != .other([]) { found.append(part) }
            return false
        }
        return found
    }

    private func column(_ fields: Fields) -> Expression {
        let names = fields.strings("fields")
        // `t.*` as a value is the whole row.
        guard let last = names.last, names.count == fields.nodes("fields").count else { return .other([]) }
        if names.count == 1, variables.contains(last) { return .parameter }
        if names.count == 2, records.contains(names[0]) { return .parameter }
        if names.count == 2, let function, names[0] == function, variables.contains(last) { return .parameter }
        let before = names.dropLast()
        return .column(ColumnReference(schema: before.dropLast().last, relation: before.last, last))
    }

    private func call(_ fields: Fields, depth: Int) -> Expression {
        let name = fields.objectName("funcname") ?? ObjectName("")
        let arguments = fields.nodes("args")
        let isSubvector = name.name == "subvector"
        return .function(
            name,
            arguments.map { node in
                if isSubvector, let value = Self.integer(node) { return .integer(value) }
                return read(node, depth: depth + 1)
            }
        )
    }

    private func operation(_ fields: Fields, depth: Int) -> Expression {
        let name = fields.objectName("name") ?? ObjectName("")
        let left = fields.node("lexpr").map { read($0, depth: depth + 1) }
        func right() -> Expression { read(fields.node("rexpr"), depth: depth + 1) }
        func list() -> [Expression] { fields.list("rexpr").map { read(Node($0), depth: depth + 1) } }
        func named(_ word: String) -> Expression {
            let isNegated = name.name.hasPrefix("!") || name.name == "<>"
            return .operation(ObjectName(isNegated ? "NOT \(word)" : word), left: left, right: right())
        }
        guard let left, let kind = fields.string("kind") else { return .operation(name, left: left, right: right()) }
        switch kind {
        case "AEXPR_OP_ANY": return .anyOf(name, left, [right()])
        case "AEXPR_OP_ALL": return .allOf(name, left, [right()])
        case "AEXPR_IN":
            // Of a list of constants one is left, so that lists of different length are the same.
            let values = list().withoutRepetition()
            return name.name == "<>" ? .allOf(name, left, values) : .anyOf(name, left, values)
        case "AEXPR_LIKE": return named("LIKE")
        case "AEXPR_ILIKE": return named("ILIKE")
        case "AEXPR_SIMILAR":
            // The pattern stands in a function of the server's own.
            return .operation(
                ObjectName(name.name.hasPrefix("!") ? "NOT SIMILAR TO" : "SIMILAR TO"),
                left: left,
                right: right()
            )
        case "AEXPR_DISTINCT": return .operation(ObjectName("IS DISTINCT FROM"), left: left, right: right())
        case "AEXPR_NOT_DISTINCT": return .operation(ObjectName("IS NOT DISTINCT FROM"), left: left, right: right())
        case "AEXPR_NULLIF": return .function(ObjectName("nullif"), [left, right()])
        case let kind where kind.contains("BETWEEN"):
            let ends = list()
            guard ends.count == 2 else { return .other([left]) }
            let range = Expression.between(left, low: ends[0], high: ends[1])
            return kind.contains("NOT") ? .not(range) : range
        default: return .operation(name, left: left, right: right())
        }
    }

    static func type(_ fields: Fields?) -> TypeReference {
        guard let fields, let name = fields.objectName("names") else { return TypeReference(ObjectName("")) }
        let modifiers = fields.nodes("typmods").compactMap { integer($0) }
        return TypeReference(name, modifiers: modifiers, isArray: !fields.list("arrayBounds").isEmpty)
    }

    /// The value of a whole number, also behind a cast.
    static func integer(_ node: Node?) -> Int? {
        guard let node else { return nil }
        switch node.type {
        case "Integer": return node.fields.int("ival") ?? 0
        case "TypeCast": return integer(node.fields.node("arg"))
        case "A_Const":
            if let value = node.fields.fields("ival") { return value.int("ival") ?? 0 }
            if let value = node.fields.fields("fval") { return value.string("fval").flatMap { Int($0) } }
            // Before version 15 of the grammar.
            return integer(node.fields.node("val"))
        default: return nil
        }
    }

    /// The text of a constant, as it stands in SET or in a call of set_config.
    static func text(_ node: Node?) -> String? {
        guard let node else { return nil }
        if let number = integer(node) { return String(number) }
        switch node.type {
        case "TypeCast": return text(node.fields.node("arg"))
        case "A_Const":
            let fields = node.fields
            if let value = fields.fields("sval") { return value.string("sval") ?? "" }
            if let value = fields.fields("fval") { return value.string("fval") }
            if let value = fields.fields("boolval") { return value.bool("boolval") ? "true" : "false" }
            return nil
        default: return nil
        }
    }

    static func isNull(_ node: Node?) -> Bool { node?.type == "A_Const" && node?.fields.bool("isnull") == true }
}

extension Expression {
    /// An array or a row of expressions: a constant if nothing in it varies.
    static func gathered(_ parts: [Expression]) -> Expression {
        if parts.allSatisfy({ $0 == .constant }) { return .constant }
        if parts.allSatisfy({ $0 == .constant || $0 == .parameter }) { return .parameter }
        return .other(parts)
    }
}
