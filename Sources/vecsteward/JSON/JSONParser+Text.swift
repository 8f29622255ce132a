// Texts, and how the parser walks over bytes.
extension JSONParser {
    mutating func string() throws(Failure) -> String {
        let start = offset
        offset += 1
        var text: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                let scalar = try escape()
                text.append(contentsOf: Array(Character(scalar).utf8))
            case 0..<0x20:
                throw failure(
                    "a text must end on the line where it begins",
                    "Close the double quotes; a line break inside a text is written \\n."
                )
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw failure("the file ends inside a text", "Close the double quotes that open here.", at: start)
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        let start = offset
        offset += 1
        guard let byte = peek() else { throw endOfFile() }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            if let scalar = unicodeEscape() { return scalar }
            throw failure("this escape stands for no character", "Write \\u and four hexadecimal digits.", at: start)
        default:
            throw failure(
                "a backslash must be followed by one of \" \\ / b f n r t u",
                "A backslash itself is written \\\\.",
                at: start
            )
        }
    }

    /// Reads the rest of a Unicode escape, which may be a surrogate pair.
    ///
    /// NUL is rejected, because C, and so PostgreSQL, ends a text there.
    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let unit = hexadecimal(), unit != 0 else { return nil }
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(UInt32(unit)) }
        guard consume(UInt8(ascii: "\\")), consume(UInt8(ascii: "u")), let trail = hexadecimal(),
            UTF16.isTrailSurrogate(trail)
        else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt16? {
        let digits = bytes[offset...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        offset += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}

extension JSONParser {
    func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func consume(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    mutating func skipSpace() {
        while let byte = peek(), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
    }

    /// Skips digits and returns their number.
    mutating func skipDigits() -> Int {
        let start = offset
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        return offset - start
    }

    func failure(_ message: String, _ hint: String, at offset: Int? = nil) -> Failure {
        Failure(offset: offset ?? self.offset, message: message, hint: hint)
    }

    func endOfFile() -> Failure {
        failure("the file ends in the middle of the configuration", "Close what is open: a text, a list or an object.")
    }
}
