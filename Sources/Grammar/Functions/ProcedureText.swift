/// The SQL in a body in PL/pgSQL, found in its tokens.
///
/// PL/pgSQL does the same: it has PostgreSQL's scanner, knows its own statements by their first words, and passes all up to
/// `;`, THEN or LOOP to the SQL parser.
struct ProcedureText {
    /// SQL that the body runs.
    enum Piece {
        case sql([UInt8])
        /// An expression that an assignment, a condition or RETURN evaluates.
        case expression([UInt8])
        /// A text that the body composes.
        case dynamic
    }

    let text: [UInt8]
    let tokens: [Token]
    private(set) var pieces: [Piece] = []
    /// The variables that it declares, in all blocks.
    private(set) var variables: Set<String> = []
    private var position = 0

    init(text: [UInt8], tokens: [Token]) {
        self.text = text
        self.tokens = tokens
    }

    mutating func read() {
        while position < tokens.count {
            let before = position
            readStatement()
            if position == before { position += 1 }
        }
    }

    private mutating func readStatement() {
        switch tokens[position].text {
        case ";", "begin", "else", "loop": position += 1
        case "<<": position = min(tokens.count, position + 3)
        case "#": position = min(tokens.count, position + 3)
        case "declare":
            position += 1
            readDeclarations()
        case "if", "elsif", "elseif": addExpression(from: position + 1, until: "then")
        case "while": addExpression(from: position + 1, until: "loop")
        // A CASE statement, one of its branches, or an exception handler.
        case "case", "when": position = min(tokens.count, end(from: position + 1, at: "then") + 1)
        case "for": readFor()
        case "foreach":
            let end = end(from: position, at: "loop")
            addVariables(position + 1, until: "in", before: end)
            position = min(tokens.count, end + 1)
        case "return": readReturn()
        case "perform":
            let end = statementEnd()
            pieces.append(.sql(Array("SELECT ".utf8) + slice(position + 1, end)))
            position = end
        case "execute":
            pieces.append(.dynamic)
            position = statementEnd()
        case "open":
            let end = statementEnd()
            if let start = index(of: "for", from: position, before: end) { addQuery(start + 1, end) }
            position = end
        case "exception":
            position += 1
        case "end", "exit", "continue", "raise", "null", "close", "fetch", "move", "get", "assert", "commit",
            "rollback":
            position = statementEnd()
        default: readAssignmentOrSQL()
        }
    }

    private mutating func readDeclarations() {
        while position < tokens.count, !tokens[position].is("begin") {
            let end = statementEnd()
            if tokens[position].kind == .word { variables.insert(tokens[position].text) }
            if let cursor = index(of: "cursor", from: position, before: end),
                let start = index(of: "for", from: cursor, before: end) ?? index(of: "is", from: cursor, before: end)
            {
                addQuery(start + 1, end)
            } else if let start = [":=", "=", "default"].compactMap({ index(of: $0, from: position, before: end) })
                .min()
            {
                pieces.append(.expression(slice(start + 1, end)))
            }
            position = min(tokens.count, end + 1)
        }
    }

    private mutating func readFor() {
        let end = end(from: position, at: "loop")
        if let start = index(of: "in", from: position, before: end) {
            addVariables(position + 1, until: "in", before: end)
            let first = start + 1 < end ? tokens[start + 1].text : ""
            if ["select", "with", "values", "execute", "(", "insert", "update", "delete", "table"].contains(first) {
                addQuery(start + 1, end)
            }
        }
        position = min(tokens.count, end + 1)
    }

    private mutating func readReturn() {
        let end = statementEnd()
        let next = position + 1 < end ? tokens[position + 1].text : ""
        switch next {
        case "query": addQuery(position + 2, end)
        case "next", "": break
        default: pieces.append(.expression(slice(position + 1, end)))
        }
        position = end
    }

    private mutating func readAssignmentOrSQL() {
        let end = statementEnd()
        let first = tokens[position]
        let commands = [
            "select", "with", "insert", "update", "delete", "merge", "values", "set", "reset", "call", "create",
            "truncate",
            "lock", "table", "(",
        ]
        if commands.contains(first.text) {
            addQuery(position, end)
        } else if first.kind == .word || first.kind == .quotedName || first.kind == .parameter {
            let signs = [":=", "="].compactMap { index(of: $0, from: position, before: end) }
            if let sign = signs.min() { pieces.append(.expression(slice(sign + 1, end))) }
        }
        position = max(end, position + 1)
    }

    /// Adds the query between two tokens, without an INTO that names variables.
    private mutating func addQuery(_ start: Int, _ end: Int) {
        guard start < end else { return }
        if tokens[start].is("execute") {
            pieces.append(.dynamic)
            return
        }
        let command = tokens[start].text
        guard let into = index(of: "into", from: start, before: end), into > start,
            !tokens[into - 1].is("insert"), !tokens[into - 1].is("merge"), command != "create"
        else {
            let later = command == "insert" ? index(of: "returning", from: start, before: end) : nil
            guard let later, let into = index(of: "into", from: later, before: end) else {
                pieces.append(.sql(slice(start, end)))
                return
            }
            pieces.append(.sql(slice(start, into) + slice(targetEnd(from: into, before: end), end)))
            return
        }
        pieces.append(.sql(slice(start, into) + slice(targetEnd(from: into, before: end), end)))
    }

    /// The token behind INTO and its variables.
    private func targetEnd(from into: Int, before end: Int) -> Int {
        var place = into + 1
        if place < end, tokens[place].is("strict") { place += 1 }
        while place < end {
            place += 1
            while place + 1 < end, tokens[place].is(".") { place += 2 }
            while place < end, tokens[place].is("[") { place = self.end(from: place + 1, at: "]", before: end) + 1 }
            guard place < end, tokens[place].is(",") else { break }
            place += 1
        }
        return min(place, end)
    }

    private mutating func addExpression(from start: Int, until word: String) {
        let end = end(from: start, at: word)
        if start < end { pieces.append(.expression(slice(start, end))) }
        position = min(tokens.count, end + 1)
    }

    private mutating func addVariables(_ start: Int, until word: String, before end: Int) {
        for token in tokens[min(start, end)..<end] {
            if token.is(word) { return }
            if token.kind == .word { variables.insert(token.text) }
        }
    }

    private func statementEnd() -> Int { end(from: position, at: ";") }

    /// The place of a token outside of parentheses and CASE; the end if there is none.
    private func end(from start: Int, at text: String, before limit: Int? = nil) -> Int {
        index(of: text, from: start, before: limit ?? tokens.count) ?? limit ?? tokens.count
    }

    private func index(of text: String, from start: Int, before limit: Int) -> Int? {
        var (depth, cases) = (0, 0)
        for index in min(start, limit)..<limit {
            let token = tokens[index]
            if depth <= 0, cases <= 0, token.is(text) { return index }
            switch token.text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "case": cases += 1
            case "end": cases -= 1
            default: break
            }
        }
        return nil
    }

    private func slice(_ start: Int, _ end: Int) -> [UInt8] {
        guard start < end else { return [] }
        let last = end < tokens.count ? tokens[end].start : text.count
        return Array(text[tokens[start].start..<last]) + [0x20]
    }
}
