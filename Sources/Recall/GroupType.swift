/// A type of a column by whose values searches are grouped: of these types equal values have equal bytes.
public enum GroupType: String, Sendable {
    case int2, int4, int8, uuid, bool
    /// `text` and `varchar`, with a collation under which only equal texts are equal.
    case text

    /// What the type's send function writes for a value that its output function has written; `nil` if it has not.
    public func bytes(of text: String) -> [UInt8]? {
        switch self {
        case .int2: Int16(text).map(Self.bigEndian)
        case .int4: Int32(text).map(Self.bigEndian)
        case .int8: Int64(text).map(Self.bigEndian)
        case .text: Array(text.utf8)
        case .bool: ["true": [1], "false": [0]][text]
        case .uuid: Self.bytes(hexadecimal: text.filter { $0 != "-" })
        }
    }

    private static func bigEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == 32, text.count == 32 else { return nil }
        return stride(from: 0, to: 32, by: 2).map { UInt8(16 * digits[$0] + digits[$0 + 1]) }
    }
}
