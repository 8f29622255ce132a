/// One value of a result in PostgreSQL's text format, or NULL.
///
/// Decode it at once and do not keep it: the bytes belong to the result.
public struct Cell {
    /// The text's UTF-8 bytes; nil is NULL.
    @usableFromInline let bytes: UnsafeRawBufferPointer?

    @usableFromInline
    init(bytes: UnsafeRawBufferPointer?) {
        self.bytes = bytes
    }

    /// Whether the value is NULL.
    @inlinable public var isNull: Bool { bytes == nil }

    /// The value's text; nil is NULL.
    @inlinable public var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @inlinable
    func integer<Value: FixedWidthInteger & SignedInteger>() -> Value? {
        guard let bytes, let first = bytes.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = bytes.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        var value: Value = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let digit = Value(byte - UInt8(ascii: "0"))
            let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
            // Negative numbers grow downwards, because the smallest has no positive counterpart.
            let (next, overflowedToo) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            if overflowed || overflowedToo { return nil }
            value = next
        }
        return value
    }
}

/// A type that a column can be read as.
public protocol ColumnDecodable {
    /// Reads the value; nil when it is NULL or does not read as this type.
    init?(cell: Cell)
}

extension String: ColumnDecodable {
    /// The text of any type.
    @inlinable
    public init?(cell: Cell) {
        guard let text = cell.text else { return nil }
        self = text
    }
}

extension Bool: ColumnDecodable {
    /// PostgreSQL's `t` and `f`.
    @inlinable
    public init?(cell: Cell) {
        guard let bytes = cell.bytes, bytes.count == 1 else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "t"): self = true
        case UInt8(ascii: "f"): self = false
        default: return nil
        }
    }
}

extension Int: ColumnDecodable {
    /// Any integer type; nil when it does not fit.
    @inlinable
    public init?(cell: Cell) {
        guard let value: Int = cell.integer() else { return nil }
        self = value
    }
}

extension Int32: ColumnDecodable {
    /// Any integer type; nil when it does not fit.
    @inlinable
    public init?(cell: Cell) {
        guard let value: Int32 = cell.integer() else { return nil }
        self = value
    }
}

extension Int64: ColumnDecodable {
    /// Any integer type; nil when it does not fit.
    @inlinable
    public init?(cell: Cell) {
        guard let value: Int64 = cell.integer() else { return nil }
        self = value
    }
}

extension Double: ColumnDecodable {
    /// Any number type, with `NaN` and `Infinity`.
    @inlinable
    public init?(cell: Cell) {
        // Most are whole numbers, which a Double holds exactly up to 2^53.
        if let whole: Int64 = cell.integer(), whole.magnitude < 1 << 53 {
            self = Double(whole)
            return
        }
        guard let value = cell.text.flatMap({ Double($0) }) else { return nil }
        self = value
    }
}

extension Optional: ColumnDecodable where Wrapped: ColumnDecodable {
    /// NULL is nil.
    ///
    /// A value that does not read as the wrapped type is an error still, not nil.
    @inlinable
    public init?(cell: Cell) {
        if cell.isNull {
            self = .none
        } else {
            guard let value = Wrapped(cell: cell) else { return nil }
            self = .some(value)
        }
    }
}

extension RawRepresentable where RawValue: ColumnDecodable, Self: ColumnDecodable {
    /// The case with this raw value.
    @inlinable
    public init?(cell: Cell) {
        guard let raw = RawValue(cell: cell) else { return nil }
        self.init(rawValue: raw)
    }
}
