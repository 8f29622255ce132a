/// A type that a value of a row can be decoded to.
public protocol RowDecodable: Sendable {
    /// Decodes PostgreSQL's text format.
    ///
    /// - Parameter bytes: The value, `nil` for NULL.
    /// - Returns: `nil` when the bytes are not of this type.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Self?
}

extension String: RowDecodable {
    /// Takes the bytes as UTF-8, repairing what is not.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension FixedWidthInteger {
    /// Reads digits without making a string.
    static func digits(_ bytes: UnsafeBufferPointer<UInt8>?) -> Self? {
        guard let bytes, var byte = bytes.first else { return nil }
        let isNegative = byte == UInt8(ascii: "-")
        var value: Self = 0
        for index in bytes.indices.dropFirst(isNegative ? 1 : 0) {
            byte = bytes[index]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Self(byte - UInt8(ascii: "0"))
            let (next, carry) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = next
        }
        return isNegative && bytes.count == 1 ? nil : value
    }
}

extension Int: RowDecodable {
    /// Reads a whole number.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Int? { digits(bytes) }
}

extension Int32: RowDecodable {
    /// Reads a whole number.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Int32? { digits(bytes) }
}

extension Int64: RowDecodable {
    /// Reads a whole number.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Int64? { digits(bytes) }
}

extension Double: RowDecodable {
    /// Reads a number, also `NaN` and `Infinity`.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Double? {
        guard let bytes else { return nil }
        if let whole = Int64.digits(bytes) { return Double(whole) }
        return Double(String(decoding: bytes, as: UTF8.self))
    }
}

extension Bool: RowDecodable {
    /// Reads `t` or `f`.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Bool? {
        guard let bytes, bytes.count == 1 else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }
}

extension Optional: RowDecodable where Wrapped: RowDecodable {
    /// NULL is `nil`, anything else the wrapped type.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> Wrapped?? {
        guard let bytes else { return .some(nil) }
        return Wrapped.decode(bytes).map { .some($0) }
    }
}

extension Array: RowDecodable where Element: RowDecodable {
    /// Reads an array of one dimension: `{1,2}`, `{"a b",NULL}`.
    public static func decode(_ bytes: UnsafeBufferPointer<UInt8>?) -> [Element]? {
        guard let bytes, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        var elements: [Element] = []
        var text: [UInt8] = []
        var isQuoted = false
        var wasQuoted = false
        var isEscaped = false

        func element() -> Element? {
            if !wasQuoted, text == Array<UInt8>("NULL".utf8) { return Element.decode(nil) }
            return text.withUnsafeBufferPointer { Element.decode($0) }
        }
        guard bytes.count > 2 else { return [] }
        for byte in bytes[1..<(bytes.count - 1)] {
            if isEscaped {
                text.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                wasQuoted = true
            } else if byte == UInt8(ascii: ","), !isQuoted {
                guard let value = element() else { return nil }
                elements.append(value)
                text.removeAll(keepingCapacity: true)
                wasQuoted = false
            } else {
                text.append(byte)
            }
        }
        guard let value = element(), !isQuoted, !isEscaped else { return nil }
        return elements + [value]
    }
}
