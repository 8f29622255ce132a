/// A value of a JSON text, and where it stood.
struct JSONNode: Sendable, Equatable {
    /// The value.
    var value: Value
    /// Where it began, in bytes from the start of the text.
    var offset: Int

    /// What a value can be.
    enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        /// A number as it was written, so that none is rounded before somebody has looked at it.
        case number(String)
        case string(String)
        case array([JSONNode])
        /// The members in the order in which they stood; a key may occur twice.
        case object([Member])
    }

    /// One key of an object with its value.
    struct Member: Sendable, Equatable {
        var key: String
        var keyOffset: Int
        var node: JSONNode
    }

    /// What kind of value it is, for a sentence: `a text`, `a list`.
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

/// A place in a text file, counted from one, columns in characters.
struct TextPosition: Sendable, Equatable, CustomStringConvertible {
    var line: Int
    var column: Int

    /// The place of a byte.
    ///
    /// It counts from the start of the text, so it is for messages, not for each value.
    init(of offset: Int, in bytes: [UInt8]) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        column = String(decoding: before[lineStart...], as: UTF8.self).count + 1
    }

    /// As compilers and editors write it: `12:7`.
    var description: String { "\(line):\(column)" }
}
