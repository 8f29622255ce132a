/// Reads the texts of statements with PostgreSQL's own grammar, and says what vector searches they hold.
///
/// What it gives out holds no constant of a text, no comment and no part that it did not understand. Names of objects are
/// as the text writes them: only the catalog, and the search path of whoever ran the statement, tell what they are.
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
        await onThread { Self.readNow(text, isCut: isCut, expressions: ExpressionReader()) }
    }

    /// Reads a text of one or more statements.
    public func read(_ text: String, isCut: Bool = false) async -> ReadText {
        await read(Array(text.utf8), isCut: isCut)
    }

    private func onThread(_ body: @escaping @Sendable () -> ReadText) async -> ReadText {
        guard let thread = ParserThread.shared else { return .notUnderstood(.unavailable) }
        return await thread.run(body)
    }

    /// Reads a text on this thread, whose stack must be that of `ParserThread`.
    static func readNow(_ text: [UInt8], isCut: Bool, expressions: ExpressionReader) -> ReadText {
        let text = isCut ? ValidText.cut(text) : ValidText.whole(text)
        if let refusal = TextLimits.refusal(of: text) { return .notUnderstood(refusal) }
        let walk = StatementWalk(expressions: expressions)
        if isCut {
            switch CutText.parse(text) {
            case .statements(let nodes): return .understood(walk.read(nodes, isCut: true))
            case .rejected(let reason): return .notUnderstood(reason)
            }
        }
        guard case .tokens(let tokens) = ScannedText(text) else { return .notUnderstood(.syntax) }
        if let refusal = TextLimits.refusal(of: tokens) { return .notUnderstood(refusal) }
        switch ParseResult(text) {
        case .statements(let nodes): return .understood(walk.read(nodes))
        case .rejected(.syntax):
            guard let settings = SettingReader.read(normalized: tokens) else { return .notUnderstood(.syntax) }
            var statement = Statement(.set)
            statement.settings = settings
            return .understood([statement])
        case .rejected(let reason): return .notUnderstood(reason)
        }
    }
}
