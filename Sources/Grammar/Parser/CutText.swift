/// A text that the server cut at `track_activity_query_size`, and what may be made of it.
///
/// What is open is closed: a literal, parentheses, CASE. If the grammar does not accept that, the last token goes, and so
/// on, for a bounded number of tries.
enum CutText {
    /// What became of a text.
    enum Result {
        /// Its statements, and where what remains of the text ends.
        case parsed([Node], end: Int)
        case rejected(ReadText.Reason)
    }

    private static let mostTries = 150
    /// The bytes that all tries together may parse, after the first ones.
    private static let mostBytes = 1 << 20
    private static let certainTries = 4
    /// What stands open more deeply cannot be read in any case.
    private static let deepest = 250

    /// Parses what can be made of a text without NUL.
    static func parse(_ text: [UInt8]) -> Result {
        guard let text = closingLiteral(of: text) else { return .rejected(.syntax) }
        let (tokens, refusal) = TextLimits.tokens(of: text)
        if let refusal { return .rejected(refusal) }
        var bytes = 0
        for dropped in 0..<min(mostTries, tokens.count) {
            let kept = tokens.dropLast(dropped)
            let end = dropped == 0 ? text.count : tokens[kept.count].start
            for ending in endings(after: kept) {
                bytes += end
                if dropped >= certainTries, bytes > mostBytes { return .rejected(.syntax) }
                switch ParseResult(text[..<end] + Array(ending.utf8)) {
                case .statements(let nodes): return .parsed(nodes, end: end)
                case .rejected(.syntax): continue
                case .rejected(let reason): return .rejected(reason)
                }
            }
        }
        return .rejected(.syntax)
    }

    /// The text up to its last whole token; a literal that is cut becomes an empty one.
    private static func closingLiteral(of text: [UInt8]) -> [UInt8]? {
        switch ScannedText(text) {
        case .invalid: return nil
        case .tooMany: return text
        case .tokens(let tokens):
            guard let last = tokens.last, let end = text.last, ![0x20, 0x09, 0x0A, 0x0D].contains(end) else {
                return text
            }
            // A name, number or operator may have gone on behind the cut.
            let isWhole = last.kind == .literal || ["(", ")", "[", "]", ",", ";"].contains(last.text)
            return isWhole ? text : Array(text[..<last.start])
        case .unterminated(let start):
            let first = text[start]
            let isName = [[0x22], [0x55, 0x26, 0x22], [0x75, 0x26, 0x22]].contains { text[start...].starts(with: $0) }
            return text[..<start] + (isName || first == UInt8(ascii: "/") ? [] : Array("''".utf8))
        }
    }

    /// What may follow the tokens so that nothing stays open.
    private static func endings(after tokens: ArraySlice<Token>) -> [String] {
        // `inner` is the last word that matters for what stands open: AS of CAST; WHEN, THEN or ELSE of CASE.
        var open: [(token: Token, before: Token?, inner: String)] = []
        var before: Token?
        for token in tokens {
            switch token.text {
            case "(", "[", "case": open.append((token, before, ""))
            case ")", "]", "end": _ = open.popLast()
            case "as", "when", "then", "else": if let last = open.indices.last { open[last].inner = token.text }
            default: break
            }
            before = token
        }
        if open.count > deepest { return [] }
        func ending(namingListItems: Bool) -> String {
            open.reversed().map { item in
                switch (item.token.text, item.before?.text) {
                case ("[", _): return "]"
                case ("case", _): return item.inner == "when" ? " THEN NULL END" : " END"
                case (_, "cast") where item.inner.isEmpty: return " AS text)"
                case (_, "from"), (_, "lateral"): return ") AS cut"
                case (_, "join"): return ") AS cut ON true"
                case (_, ",") where namingListItems: return ") AS cut"
                // A common table expression: the query that uses it is behind the cut.
                case (_, "as"), (_, "materialized"): return ") SELECT"
                default: return ")"
                }
            }.joined()
        }
        let plain = ending(namingListItems: false)
        let named = ending(namingListItems: true)
        return plain == named ? [plain] : [plain, named]
    }
}
