/// Reads the values of one column, or of several, from what `COPY ... TO STDOUT (FORMAT binary)` sends.
///
/// The format is in the manual's page on COPY, "Binary Format": a header, for each row the number of its fields (16 bits)
/// and for each field its length (32 bits, -1 for NULL) and bytes, and -1 in place of a number of fields at the end. All
/// numbers are big-endian.
public struct BinaryCopy {
    private static let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]

    private var hasHeader = false
    /// The beginning of a value whose rest has not arrived.
    private var rest: [UInt8] = []
    /// Whether the end has arrived.
    public private(set) var isComplete = false

    private let columns: Int

    /// Reads from the beginning.
    ///
    /// - Parameter columns: How many values a row has.
    public init(columns: Int = 1) { self.columns = columns }

    /// Reads what arrives next.
    ///
    /// - Parameters:
    ///   - bytes: Any number of bytes; a value may be cut.
    ///   - receive: Gets each value of a row in the order of the columns, `nil` for NULL. The bytes are valid during the call
    ///     only.
    /// - Throws: If it is not that format, or has another number of columns.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        receive: (UnsafeRawBufferPointer?) throws(UnreadableVector) -> Void
    ) throws(UnreadableVector) {
        if rest.isEmpty {
            let end = try parse(bytes, receive)
            if end < bytes.count { rest = Array(bytes[end...]) }
            return
        }
        rest += bytes
        let whole = rest
        let end = try whole.withUnsafeBufferPointer { bytes throws(UnreadableVector) in
            try parse(UnsafeRawBufferPointer(bytes), receive)
        }
        rest.removeFirst(end)
    }

    /// Reads whole values, and returns where the next one begins.
    private mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        _ receive: (UnsafeRawBufferPointer?) throws(UnreadableVector) -> Void
    ) throws(UnreadableVector) -> Int {
        var position = 0
        if !hasHeader {
            let fixed = Self.signature.count + 8
            guard bytes.count >= fixed else { return 0 }
            guard bytes.prefix(Self.signature.count).elementsEqual(Self.signature) else {
                throw UnreadableVector("it is not COPY's binary format")
            }
            let extensionLength = Int(bytes.integer(at: fixed - 4, as: Int32.self))
            guard extensionLength >= 0 else { throw UnreadableVector("the header of COPY has no length") }
            guard bytes.count >= fixed + extensionLength else { return 0 }
            position = fixed + extensionLength
            hasHeader = true
        }
        while !isComplete, bytes.count >= position + 2 {
            let fields = bytes.integer(at: position, as: Int16.self)
            if fields == -1 {
                isComplete = true
                return position + 2
            }
            guard fields == columns else {
                throw UnreadableVector("a row has \(fields) columns instead of \(columns)")
            }
            var end = position + 2
            for _ in 0..<columns {
                guard bytes.count >= end + 4 else { return position }
                let length = Int(bytes.integer(at: end, as: Int32.self))
                guard length >= -1 else { throw UnreadableVector("a value has a length of \(length)") }
                end += 4 + max(0, length)
            }
            guard bytes.count >= end else { break }
            var start = position + 2
            for _ in 0..<columns {
                let length = Int(bytes.integer(at: start, as: Int32.self))
                start += 4
                try receive(
                    length < 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[start..<(start + max(0, length))])
                )
                start += max(0, length)
            }
            position = end
        }
        return position
    }
}

extension UnsafeRawBufferPointer {
    /// A big-endian number; the bytes must be there.
    func integer<Value: FixedWidthInteger>(at position: Int, as type: Value.Type) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: position, as: Value.self))
    }
}

/// Bytes or text that are no vector.
public struct UnreadableVector: Error, Hashable {
    /// What is wrong, as part of a sentence.
    public let reason: String

    /// An error with this reason.
    public init(_ reason: String) { self.reason = reason }
}
