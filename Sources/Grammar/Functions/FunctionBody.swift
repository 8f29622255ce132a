/// The body of a function, as `pg_proc` has it.
public struct FunctionBody: Sendable, Hashable {
    /// The function, without its schema; it may qualify arguments.
    public let name: String?
    /// The language, in lower case: `sql` and `plpgsql` are understood.
    public let language: String
    /// `prosrc`, or what `pg_get_function_sqlbody` gives where that is not NULL.
    public let source: String
    /// The names of the arguments.
    ///
    /// A column of one of these names counts as the argument: what SQL means by it depends on the columns that there are.
    /// So the columns that a function returns, which are in `proargnames` too, must not be among them.
    public let argumentNames: Set<String>

    /// A body as it is given.
    public init(name: String? = nil, language: String, source: String, argumentNames: Set<String> = []) {
        self.name = name
        self.language = language
        self.source = source
        self.argumentNames = argumentNames
    }
}

extension FunctionBody {
    /// Reads it on this thread, whose stack must be that of `ParserThread`.
    func read() -> ReadText {
        let text = ValidText.whole(Array(source.utf8))
        if let refusal = TextLimits.refusal(of: text) { return .notUnderstood(refusal) }
        var expressions = ExpressionReader(variables: argumentNames, function: name)
        guard ["sql", "plpgsql"].contains(language) else { return .notUnderstood(.language) }
        let (tokens, refusal) = TextLimits.tokens(of: text)
        if let refusal { return .notUnderstood(refusal) }
        if language == "plpgsql" {
            var body = ProcedureText(text: text, tokens: tokens)
            body.read()
            expressions.variables.formUnion(body.variables)
            expressions.records = body.variables.union(["new", "old"])
            return .understood(body.pieces.flatMap { Self.statements(of: $0, expressions) })
        }
        let isStandard = tokens.first?.is("return") == true || tokens.starts(with: ["begin", "atomic"]) { $0.is($1) }
        return isStandard
            ? Self.read(standardBody: text, expressions)
            : StatementWalk(expressions: expressions).read(text: text)
    }

    /// Reads `BEGIN ATOMIC ...; END` or `RETURN ...`, which the grammar takes only within CREATE FUNCTION.
    private static func read(standardBody text: [UInt8], _ expressions: ExpressionReader) -> ReadText {
        switch ParseResult(Array("CREATE FUNCTION f() RETURNS int ".utf8) + text) {
        case .rejected(let reason): return .notUnderstood(reason)
        case .statements(let nodes):
            var statements: [Node] = []
            forEachNode(in: nodes.first?.fields.all["sql_body"]) { node in
                guard node.type.hasSuffix("Stmt") else { return true }
                statements.append(node)
                return false
            }
            return .understood(StatementWalk(expressions: expressions).read(statements))
        }
    }

    private static func statements(of piece: ProcedureText.Piece, _ expressions: ExpressionReader) -> [Statement] {
        switch piece {
        case .dynamic: return [Statement(.dynamic)]
        case .sql(let text):
            guard case .statements(let nodes) = ParseResult(text) else { return [Statement(.notUnderstood)] }
            return StatementWalk(expressions: expressions).read(nodes)
        case .expression(let text):
            // Most expressions do nothing that matters here, and a statement for each would only be in the way.
            guard case .statements(let nodes) = ParseResult(Array("SELECT ".utf8) + text) else { return [] }
            return StatementWalk(expressions: expressions).read(nodes).filter {
                !$0.searches.isEmpty || !$0.settings.isEmpty || !$0.relations.isEmpty || !$0.calls.isEmpty
            }
        }
    }
}
