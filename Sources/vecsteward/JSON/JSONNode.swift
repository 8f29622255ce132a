/// A value of a JSON text, with its position.
struct JSONNode: Sendable, Equatable {
    var value: Value
    /// The position of its first byte, counted from the start of the text.
    var offset: Int

    /// The kinds of values.
    enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        /// A number as written, so that nothing is rounded early.
        case number(String)
        case string(String)
        case array([JSONNode])
        /// The members in the order of the text; a key may occur twice.
        case object([Member])
    }

    /// One key of an object with its value.
    struct Member: Sendable, Equatable {
        var key: String
        var keyOffset: Int
        var node: JSONNode
    }

    /// The kind of the value, for a sentence: `a text`, `a list`.
    var kind: String {
        switch value {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .number(let digits): digits.count <= 40 ? digits : "a number of \(digits.count) digits"
        case .string(let text): text.isEmpty ? "an empty text" : "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// A position in a text file, counted from one; columns count characters.
struct TextPosition: Sendable, Equatable, CustomStringConvertible {
    var line: Int
    var column: Int

    /// The position of a byte.
    ///
    /// It counts from the start of the text, so use it for messages, not for each value.
    init(of offset: Int, in bytes: [UInt8]) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        column = String(decoding: before[lineStart...], as: UTF8.self).count + 1
    }

    /// The form that compilers and editors use: `12:7`.
    var description: String { "\(line):\(column)" }
}
