extension StatementWalk {
    /// Reads a text on this thread, whose stack must be that of `ParserThread`.
    func read(text: [UInt8], isCut: Bool = false) -> ReadText {
        let text = isCut ? ValidText.cut(text) : ValidText.whole(text)
        if let refusal = TextLimits.refusal(of: text) { return .notUnderstood(refusal) }
        if isCut {
            switch CutText.parse(text) {
            case .parsed(let nodes, let end): return .understood(read(nodes, cutAt: end))
            case .rejected(let reason): return .notUnderstood(reason)
            }
        }
        let (tokens, refusal) = TextLimits.tokens(of: text)
        if let refusal { return .notUnderstood(refusal) }
        switch ParseResult(text) {
        case .statements(let nodes): return .understood(read(nodes))
        case .rejected(.syntax):
            guard let settings = SettingReader.read(normalized: tokens) else { return .notUnderstood(.syntax) }
            var statement = Statement(.set)
            statement.settings = settings
            return .understood([statement])
        case .rejected(let reason): return .notUnderstood(reason)
        }
    }
}
