/// Reads the texts of statements with PostgreSQL's own grammar, and says what vector searches they hold.
///
/// What it gives out holds no constant of a text but the number of a LIMIT, no comment and no part that it did not understand, except
/// for ``comparedVectors(in:)``. Names of objects are as the text writes them: only the catalog, and the search path of whoever ran
/// the statement, tell what they are.
///
/// It reads one text after the other, on a thread of its own.
public struct StatementReader: Sendable {
    /// The greatest length of a text, in bytes.
    public static let longest = TextLimits.longest
    /// The greatest number of words, literals and operators in a text.
    public static let mostTokens = TextLimits.mostTokens

    /// Needs nothing.
    public init() {}

    /// Reads a text of one or more statements.
    ///
    /// Invalid UTF-8 is read as U+FFFD. If `isCut`, the end of the text is missing, and what may have been there is unknown:
    /// `Search.isCut` says which searches that concerns.
    public func read(_ text: [UInt8], isCut: Bool = false) async -> ReadText {
        await onThread { StatementWalk(expressions: ExpressionReader()).read(text: text, isCut: isCut) }
    }

    /// Reads a text of one or more statements.
    public func read(_ text: String, isCut: Bool = false) async -> ReadText {
        await read(Array(text.utf8), isCut: isCut)
    }

    /// Reads a text as `read` does, and blocks its thread until that is done: for a caller that cannot wait otherwise, and
    /// for a text that a person has written.
    public func readNow(_ text: String) -> ReadText {
        let bytes = Array(text.utf8)
        return ParserThread.shared?.wait {
            StatementWalk(expressions: ExpressionReader()).read(text: bytes, isCut: false)
        } ?? .notUnderstood(.unavailable)
    }

    /// The vectors of a whole text that it compares columns with by one of pgvector's operators, as constants.
    ///
    /// This is data of whoever searched: it must stay in memory, and reach no output, log or state.
    public func comparedVectors(in text: String) async -> [ComparedVector] {
        let bytes = Array(text.utf8)
        return await ParserThread.shared?.run { ComparedVector.all(in: bytes) } ?? []
    }

    /// Reads the body of a function: the statements in it.
    ///
    /// Of a body in PL/pgSQL, assignments and conditions are among them only if they search, set, read or call something.
    public func read(_ body: FunctionBody) async -> ReadText {
        await onThread { body.read() }
    }

    /// Reads an expression, such as that of an index as `pg_get_indexdef` writes it; nil if it is none.
    ///
    /// It equals the expression of a search that the index may serve, once both are `unqualified`.
    public func readExpression(_ text: String) async -> Expression? {
        Self.expression(in: await read("SELECT (\(text))"))
    }

    /// Reads an expression as the other `readExpression` does, and blocks its thread until that is done: for a caller that
    /// cannot wait otherwise, and for a text that a person has written.
    public func readExpressionNow(_ text: String) -> Expression? {
        let bytes = Array("SELECT (\(text))".utf8)
        let read = ParserThread.shared?.wait {
            StatementWalk(expressions: ExpressionReader()).read(text: bytes, isCut: false)
        }
        return read.flatMap { Self.expression(in: $0) }
    }

    private static func expression(in read: ReadText) -> Expression? {
        guard read.statements.count == 1, let output = read.statements[0].output, output.count == 1,
            case .expression(let expression) = output[0].value
        else { return nil }
        return expression
    }

    private func onThread(_ body: @escaping @Sendable () -> ReadText) async -> ReadText {
        guard let thread = ParserThread.shared else { return .notUnderstood(.unavailable) }
        return await thread.run(body)
    }
}
