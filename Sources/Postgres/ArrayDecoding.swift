extension Array: ColumnDecodable where Element: ColumnDecodable {
    /// Reads a one-dimensional PostgreSQL array.
    ///
    /// Use optional elements if one may be NULL.
    public init?(cell: Cell) {
        guard let bytes = cell.bytes else { return nil }
        var reader = ArrayReader(bytes)
        var elements: [Element] = []
        let isComplete = reader.read { bytes in
            let element = bytes.map { bytes in
                bytes.withUnsafeBytes { Element(cell: Cell(bytes: $0)) }
            }
            guard let value = element ?? Element(cell: Cell(bytes: nil)) else { return false }
            elements.append(value)
            return true
        }
        guard isComplete else { return nil }
        self = elements
    }
}

/// Reads `{a,"b \"c\"",NULL}`, also with explicit bounds as in `[0:1]={a,b}`.
private struct ArrayReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Passes each element to the closure; nil for NULL.
    ///
    /// Returns false if the text is not such an array, or if the closure rejects an element.
    mutating func read(_ take: ([UInt8]?) -> Bool) -> Bool {
        if bytes.first == UInt8(ascii: "[") {
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return false }
            position = equals + 1
        }
        guard next() == UInt8(ascii: "{") else { return false }
        if position < bytes.count, bytes[position] == UInt8(ascii: "}") { return position + 1 == bytes.count }
        while true {
            guard let (element, end) = element(), take(element) else { return false }
            if end == UInt8(ascii: "}") { return position == bytes.count }
        }
    }

    /// The next element and the comma or brace after it.
    private mutating func element() -> (element: [UInt8]?, end: UInt8)? {
        var text: [UInt8] = []
        var isQuoted = false
        var isInside = false
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\\"):
                guard let escaped = next() else { return nil }
                text.append(escaped)
            case UInt8(ascii: "\""):
                isInside.toggle()
                isQuoted = true
            case _ where isInside: text.append(byte)
            case UInt8(ascii: "{"): return nil
            case UInt8(ascii: ","), UInt8(ascii: "}"):
                // Only an unquoted NULL is one; the string "NULL" arrives in quotes.
                if !isQuoted, text.elementsEqual("NULL".utf8) { return (nil, byte) }
                return isQuoted || !text.isEmpty ? (text, byte) : nil
            default: text.append(byte)
            }
        }
        return nil
    }
}
