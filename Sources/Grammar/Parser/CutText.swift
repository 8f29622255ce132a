/// A text that the server cut at `track_activity_query_size`, and what may be made of it.
///
/// What is open is closed: a literal, parentheses, CASE. If the grammar does not accept that, the last token goes, and so
/// on, for a bounded number of tries.
enum CutText {
    private static let mostTries = 150
    /// The bytes that all tries together may parse.
    private static let mostBytes = 4 << 20

    /// Parses what can be made of a text without NUL.
    static func parse(_ text: [UInt8]) -> ParseResult {
        guard let (text, tokens) = closingLiteral(of: text) else { return .rejected(.syntax) }
        if let refusal = TextLimits.refusal(of: tokens) { return .rejected(refusal) }
        var budget = mostBytes
        for dropped in 0..<min(mostTries, tokens.count) {
            let kept = tokens.dropLast(dropped)
            let end = dropped == 0 ? text.count : tokens[kept.count].start
            for ending in endings(after: kept) {
                budget -= end
                if budget < 0 { return .rejected(.syntax) }
                let result = ParseResult(text[..<end] + Array(ending.utf8))
                if case .rejected(.syntax) = result { continue }
                return result
            }
        }
        return .rejected(.syntax)
    }

    /// The text up to its last whole token, and its tokens. A literal that is cut becomes an empty one.
    private static func closingLiteral(of text: [UInt8]) -> ([UInt8], [Token])? {
        switch ScannedText(text) {
        case .invalid: return nil
        case .tokens(let tokens):
            guard let last = tokens.last, let end = text.last, ![0x20, 0x09, 0x0A, 0x0D].contains(end) else {
                return (text, tokens)
            }
            // A name, number or operator may have gone on behind the cut.
            let isWhole = last.kind == .literal || ["(", ")", "[", "]", ",", ";"].contains(last.text)
            return isWhole ? (text, tokens) : (Array(text[..<last.start]), tokens.dropLast())
        case .unterminated(let start):
            let first = text[start]
            let isName =
                first == UInt8(ascii: "\"") || (text[start...].starts(with: [0x55, 0x26, 0x22]))
                || (text[start...].starts(with: [0x75, 0x26, 0x22]))
            let isComment = first == UInt8(ascii: "/")
            let closed = text[..<start] + (isName || isComment ? [] : Array("''".utf8))
            guard case .tokens(let tokens) = ScannedText(Array(closed)) else { return nil }
            return (Array(closed), tokens)
        }
    }

    /// What may follow the tokens so that nothing stays open.
    private static func endings(after tokens: ArraySlice<Token>) -> [String] {
        var open: [(token: Token, before: Token?, hasAS: Bool)] = []
        var before: Token?
        for token in tokens {
            switch token.text {
            case "(", "[", "case": open.append((token, before, false))
            case ")", "]", "end": _ = open.popLast()
            case "as": if let last = open.indices.last { open[last].hasAS = true }
            default: break
            }
            before = token
        }
        func ending(namingListItems: Bool) -> String {
            open.reversed().map { item in
                switch (item.token.text, item.before?.text) {
                case ("[", _): return "]"
                case ("case", _): return " END"
                case (_, "cast") where !item.hasAS: return " AS text)"
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
