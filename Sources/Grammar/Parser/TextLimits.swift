/// What a text must not exceed, so that libpg_query reads it in bounded time, memory and stack.
enum TextLimits {
    static let longest = 1 << 20
    static let mostTokens = 50_000
    /// The bound of the time that runs of operator characters take; 0.1 s at most.
    static let mostOperatorSteps = 20_000_000

    /// Why a text must not be scanned; nil if it may be.
    static func refusal(of text: [UInt8]) -> ReadText.Reason? {
        if text.count > longest { return .tooLong }
        if text.contains(0) { return .containsNUL }
        return operatorSteps(in: text) > mostOperatorSteps ? .tooComplex : nil
    }

    /// The tokens of a text that passed `refusal(of:)`; nil and the reason if it must not be parsed.
    static func tokens(of text: [UInt8]) -> (tokens: [Token], refusal: ReadText.Reason?) {
        switch ScannedText(text) {
        case .tokens(let tokens): (tokens, assignsToSeveralColumns(tokens) ? .multipleAssignment : nil)
        case .tooMany: ([], .tooComplex)
        case .unterminated, .invalid: ([], .syntax)
        }
    }

    /// The steps that the scanner takes for runs of operator characters.
    ///
    /// It reads a run to its end, gives back all but one operator, and reads again from there: `+++++` takes 5 + 4 + 3 +
    /// 2 + 1.
    private static func operatorSteps(in text: [UInt8]) -> Int {
        var (steps, run) = (0, 0)
        for byte in text {
            switch byte {
            case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "^"),
                UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"), UInt8(ascii: "?"), UInt8(ascii: "+"),
                UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "<"),
                UInt8(ascii: ">"), UInt8(ascii: "="):
                run += 1
                steps += run
            default: run = 0
            }
        }
        return steps
    }

    /// Whether there may be a `SET (a, b) = ...` in an UPDATE.
    ///
    /// All columns share one node for the right side there, and the JSON has it once for each. UPDATEs nested in common
    /// table expressions on the right side multiply that: a text of one kilobyte becomes a gigabyte of JSON, where
    /// libpg_query ends the process.
    private static func assignsToSeveralColumns(_ tokens: [Token]) -> Bool {
        guard tokens.contains(where: { $0.is("set") }), tokens.contains(where: { $0.is("update") }) else {
            return false
        }
        var beforeParentheses: [Token?] = []
        for (index, token) in tokens.enumerated() {
            if token.is("(") {
                beforeParentheses.append(index > 0 ? tokens[index - 1] : nil)
            } else if token.is(")"), let before = beforeParentheses.popLast(), let before,
                before.is("set") || before.is(","), index + 1 < tokens.count, tokens[index + 1].is("=")
            {
                return true
            }
        }
        return false
    }
}
