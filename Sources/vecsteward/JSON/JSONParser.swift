/// Reads JSON (RFC 8259), and keeps what helps to fix a configuration.
///
/// It keeps the position of each value, keys that occur twice, and numbers as written; Foundation's decoder keeps none
/// of these.
struct JSONParser {
    /// The mistake in a text, and its position.
    struct Failure: Error, Equatable {
        /// The position in bytes from the start.
        var offset: Int
        var message: String
        var hint: String
    }

    /// The deepest nesting that is accepted, so that no file can exhaust the stack.
    static let maximumDepth = 64

    let bytes: [UInt8]
    var offset = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads a text that contains one value.
    ///
    /// - Parameter bytes: UTF-8 without a byte order mark.
    /// - Returns: The value.
    /// - Throws: The first mistake; it never quotes the text, which may contain a password.
    static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONNode {
        var parser = JSONParser(bytes)
        try parser.checkEncoding()
        parser.skipSpace()
        guard parser.offset < bytes.count else {
            throw parser.failure("the file is empty", "Start from the sample config.json.")
        }
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == bytes.count else {
            throw parser.failure("there is text after the end of the configuration", "Remove this text.")
        }
        return node
    }

    private func checkEncoding() throws(Failure) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure("the file begins with a byte order mark", "Save it as UTF-8 without a byte order mark.")
        }
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        // Searches the longest valid prefix by bisection; a prefix may cut its last character, of at most four bytes.
        func validLength(_ end: Int) -> Int? {
            (max(0, end - 3)...end).last { String(validating: bytes[..<$0], as: UTF8.self) != nil }
        }
        var end = 0
        var step = bytes.count
        while step > 0 {
            if end + step <= bytes.count, validLength(end + step) != nil { end += step } else { step /= 2 }
        }
        throw failure("the file is not UTF-8", "Save it as UTF-8.", at: validLength(end) ?? 0)
    }
}

// Values.
extension JSONParser {
    private mutating func value(depth: Int) throws(Failure) -> JSONNode {
        guard depth < Self.maximumDepth else {
            throw failure(
                "lists and objects are nested deeper than \(Self.maximumDepth) levels",
                "A configuration needs fewer than ten levels."
            )
        }
        let start = offset
        guard let byte = peek() else { throw endOfFile() }
        let value: JSONNode.Value =
            switch byte {
            case UInt8(ascii: "{"): .object(try members(depth: depth))
            case UInt8(ascii: "["): .array(try elements(depth: depth))
            case UInt8(ascii: "\""): .string(try string())
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number(try number())
            default: try word()
            }
        return JSONNode(value: value, offset: start)
    }

    private mutating func members(depth: Int) throws(Failure) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        offset += 1
        skipSpace()
        if consume(UInt8(ascii: "}")) { return members }
        while true {
            guard let byte = peek() else { throw endOfFile() }
            guard byte == UInt8(ascii: "\"") else {
                throw byte == UInt8(ascii: "}") && !members.isEmpty
                    ? failure("there is a comma before }", "Remove the comma after the last key.")
                    : failure("a key is expected here", "Write keys in double quotes: \"databases\".")
            }
            let keyOffset = offset
            let key = try string()
            skipSpace()
            guard consume(UInt8(ascii: ":")) else {
                throw peek() == nil ? endOfFile() : failure("a colon is expected here", "Write \"key\": value.")
            }
            skipSpace()
            members.append(
                JSONNode.Member(key: key, keyOffset: keyOffset, node: try value(depth: depth + 1))
            )
            if try endsList(with: UInt8(ascii: "}")) { return members }
        }
    }

    private mutating func elements(depth: Int) throws(Failure) -> [JSONNode] {
        var elements: [JSONNode] = []
        offset += 1
        skipSpace()
        if consume(UInt8(ascii: "]")) { return elements }
        while true {
            if !elements.isEmpty, peek() == UInt8(ascii: "]") {
                throw failure("there is a comma before ]", "Remove the comma after the last value.")
            }
            elements.append(try value(depth: depth + 1))
            if try endsList(with: UInt8(ascii: "]")) { return elements }
        }
    }

    /// Reads the separator after a value; whether the list ends here.
    private mutating func endsList(with end: UInt8) throws(Failure) -> Bool {
        skipSpace()
        if consume(end) { return true }
        guard peek() != nil else { throw endOfFile() }
        let closing = Character(Unicode.Scalar(end))
        guard consume(UInt8(ascii: ",")) else {
            throw failure("a comma or \(closing) is expected here", "Separate the parts of a list by commas.")
        }
        skipSpace()
        return false
    }

    private mutating func word() throws(Failure) -> JSONNode.Value {
        for (text, value) in [("true", JSONNode.Value.bool(true)), ("false", .bool(false)), ("null", .null)]
        where bytes[offset...].starts(with: text.utf8) {
            offset += text.utf8.count
            return value
        }
        throw failure(
            "a value is expected here",
            "A value is a text in double quotes, a number, true, false, a [list] or an {object}; JSON has no comments."
        )
    }

    private mutating func number() throws(Failure) -> String {
        let start = offset
        _ = consume(UInt8(ascii: "-"))
        let leadsWithZero = peek() == UInt8(ascii: "0")
        let digits = skipDigits()
        var isRight = digits == 1 || digits > 1 && !leadsWithZero
        if consume(UInt8(ascii: ".")) { isRight = skipDigits() > 0 && isRight }
        if consume(UInt8(ascii: "e")) || consume(UInt8(ascii: "E")) {
            if !consume(UInt8(ascii: "+")) { _ = consume(UInt8(ascii: "-")) }
            isRight = skipDigits() > 0 && isRight
        }
        guard isRight else {
            throw failure("this is not a number as JSON writes it", "Write numbers like 2, 0.5 or 1000.", at: start)
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }
}
