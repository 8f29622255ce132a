internal import CPgQuery

/// A token of a text, as PostgreSQL's scanner sees it.
///
/// Positions are in bytes.
struct Token {
    /// What a token is, told by how it begins, because the scanner's numbers differ between versions of the grammar.
    enum Kind: Equatable {
        case word, quotedName, literal, number, parameter, comment
        /// One of `( ) [ ] , ; .` and the like, or an operator.
        case symbol
    }

    let kind: Kind
    let start: Int
    /// The token in lower case; empty for literals, names in quotes and comments.
    let text: String

    /// Whether it is this keyword or symbol.
    func `is`(_ text: String) -> Bool { self.text == text }
}

/// What the scanner made of a text.
enum ScannedText {
    case tokens([Token])
    /// It ends within a literal, a name in quotes or a comment that begins at a byte.
    case unterminated(at: Int)
    /// It has more tokens than `TextLimits.mostTokens`.
    case tooMany
    case invalid
}

extension ScannedText {
    /// Scans a text without NUL.
    ///
    /// Comments are left out.
    init(_ text: [UInt8]) {
        let result = (text + [0]).withUnsafeBytes { bytes in
            pg_query_scan(bytes.bindMemory(to: CChar.self).baseAddress)
        }
        defer { pg_query_free_scan_result(result) }
        if let error = result.error {
            // The position counts characters from 1.
            let place = Int(error.pointee.cursorpos) - 1
            let message = error.pointee.message.map { String(cString: $0) } ?? ""
            guard message.hasPrefix("unterminated"), place >= 0 else {
                self = .invalid
                return
            }
            self = .unterminated(at: Self.byteOffset(ofCharacter: place, in: text))
            return
        }
        let message = UnsafeRawBufferPointer(start: result.pbuf.data, count: Int(result.pbuf.len))
        let places = Self.places(in: message)
        self =
            places.count > TextLimits.mostTokens
            ? .tooMany : .tokens(places.compactMap { Self.token(from: $0, to: $1, of: text) })
    }

    private static func byteOffset(ofCharacter place: Int, in text: [UInt8]) -> Int {
        var characters = 0
        for (offset, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
            if characters == place { return offset }
            characters += 1
        }
        return text.count
    }

    /// The places of tokens in the scanner's result, which is in the format of Protocol Buffers: field 2 is a token,
    /// and its fields 1 and 2 are its start and end.
    ///
    /// Ends early if there are too many.
    private static func places(in message: UnsafeRawBufferPointer) -> [(Int, Int)] {
        var places: [(Int, Int)] = []
        var outer = ProtobufFields(message, from: 0, to: message.count)
        while places.count <= TextLimits.mostTokens, let field = outer.next() {
            guard field.number == 2, let bytes = field.bytes else { continue }
            var (start, end) = (0, 0)
            var inner = ProtobufFields(message, from: bytes.lowerBound, to: bytes.upperBound)
            while let field = inner.next() {
                if field.number == 1 { start = field.value }
                if field.number == 2 { end = field.value }
            }
            places.append((start, end))
        }
        return places
    }

    private static func token(from start: Int, to end: Int, of text: [UInt8]) -> Token? {
        guard start >= 0, start < text.count else { return nil }
        let end = max(start + 1, min(end, text.count))
        let first = text[start]
        let second = start + 1 < text.count ? text[start + 1] : 0
        let third = start + 2 < text.count ? text[start + 2] : 0
        func token(_ kind: Token.Kind) -> Token {
            let isNamed = kind == .word || kind == .symbol || kind == .parameter
            // No name and no operator of the server is longer.
            guard isNamed, end - start < 64 else { return Token(kind: kind, start: start, text: "") }
            return Token(
                kind: kind,
                start: start,
                text: String(decoding: text[start..<end], as: UTF8.self).lowercased()
            )
        }
        switch first {
        case UInt8(ascii: "'"): return token(.literal)
        case UInt8(ascii: "\""): return token(.quotedName)
        case UInt8(ascii: "$"): return token((0x30...0x39).contains(second) ? .parameter : .literal)
        case UInt8(ascii: "-") where second == first: return nil
        case UInt8(ascii: "/") where second == UInt8(ascii: "*"): return nil
        case 0x30...0x39: return token(.number)
        case UInt8(ascii: ".") where (0x30...0x39).contains(second): return token(.number)
        case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), 0x80...:
            // E'', B'', X'', N'', U&'' and U&"".
            if second == UInt8(ascii: "'"), [0x45, 0x65, 0x42, 0x62, 0x58, 0x78, 0x4E, 0x6E].contains(first) {
                return token(.literal)
            }
            if second == UInt8(ascii: "&"), first == 0x55 || first == 0x75 {
                if third == UInt8(ascii: "'") { return token(.literal) }
                if third == UInt8(ascii: "\"") { return token(.quotedName) }
            }
            return token(.word)
        default: return token(.symbol)
        }
    }
}

/// The fields of a message in the format of Protocol Buffers.
///
/// Ends at the first field that makes no sense.
private struct ProtobufFields {
    struct Field {
        let number: Int
        var value = 0
        var bytes: Range<Int>?
    }

    private let message: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    init(_ message: UnsafeRawBufferPointer, from start: Int, to end: Int) {
        self.message = message
        position = start
        self.end = end
    }

    mutating func next() -> Field? {
        guard let key = number() else { return nil }
        var field = Field(number: key >> 3)
        switch key & 7 {
        case 0:
            guard let value = number() else { return nil }
            field.value = value
        case 2:
            guard let length = number(), length >= 0, length <= end - position else { return nil }
            field.bytes = position..<position + length
            position += length
        default: return nil
        }
        return field
    }

    private mutating func number() -> Int? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while position < end, shift <= 63 {
            let byte = message[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int(truncatingIfNeeded: value) }
            shift += 7
        }
        return nil
    }
}
