public import Advisor

/// A value of one of pgvector's types.
public enum StoredVector: Sendable, Hashable {
    /// `vector`, and `halfvec` with its numbers widened.
    case dense([Float])
    /// `bit`: the bits from the first byte's highest on, and how many they are.
    case bits([UInt8], count: Int)
    /// `sparsevec`: the positions of its numbers in ascending order, counted from 0, and the numbers.
    case sparse(dimensions: Int, positions: [Int32], values: [Float])

    /// The number of dimensions, or of bits.
    public var dimensions: Int {
        switch self {
        case .dense(let values): values.count
        case .bits(_, let count): count
        case .sparse(let dimensions, _, _): dimensions
        }
    }

    /// Reads what the type's send function writes (`vector_send` and its kin in pgvector, `bit_send` in PostgreSQL).
    ///
    /// - Throws: If the bytes are not such a value.
    public init(_ bytes: UnsafeRawBufferPointer, as type: VectorType) throws(UnreadableVector) {
        func demand(_ isRight: Bool) throws(UnreadableVector) {
            guard isRight else { throw UnreadableVector("\(bytes.count) bytes are no value of type \(type.rawValue)") }
        }
        switch type {
        case .vector, .halfvec:
            let width = type == .vector ? 4 : 2
            try demand(bytes.count >= 4)
            let count = Int(bytes.integer(at: 0, as: Int16.self))
            try demand(count >= 1 && bytes.count == 4 + width * count)
            self = .dense(
                (0..<count).map { position in
                    type == .vector ? bytes.float(at: 4 + 4 * position) : bytes.half(at: 4 + 2 * position)
                }
            )
        case .bit:
            try demand(bytes.count >= 4)
            let count = Int(bytes.integer(at: 0, as: Int32.self))
            try demand(count >= 0 && bytes.count == 4 + (count + 7) / 8)
            self = .bits(Array(bytes[4...]), count: count)
        case .sparsevec:
            try demand(bytes.count >= 12)
            let dimensions = Int(bytes.integer(at: 0, as: Int32.self))
            let count = Int(bytes.integer(at: 4, as: Int32.self))
            try demand(dimensions >= 0 && count >= 0 && bytes.count == 12 + 8 * count)
            self = .sparse(
                dimensions: dimensions,
                positions: (0..<count).map { bytes.integer(at: 12 + 4 * $0, as: Int32.self) },
                values: (0..<count).map { bytes.float(at: 12 + 4 * (count + $0)) }
            )
        }
    }

    /// Reads what the type's output function writes: `[1,2.5]`, `0110`, `{1:0.5,7:2}/12`.
    ///
    /// - Throws: If the text is not such a value.
    public init(_ text: String, as type: VectorType) throws(UnreadableVector) {
        // The text may hold somebody's data, so it is not repeated.
        let failure = UnreadableVector("the text is no value of type \(type.rawValue)")
        func numbers(_ text: Substring) throws(UnreadableVector) -> [Float] {
            guard !text.isEmpty else { return [] }
            var values: [Float] = []
            for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                guard let value = Float(Substring(part).trimmed), value.isFinite else { throw failure }
                values.append(value)
            }
            return values
        }
        switch type {
        case .vector, .halfvec:
            guard text.hasPrefix("["), text.hasSuffix("]") else { throw failure }
            self = .dense(try numbers(text.dropFirst().dropLast()))
        case .bit:
            guard text.utf8.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") }) else { throw failure }
            var bytes = [UInt8](repeating: 0, count: (text.utf8.count + 7) / 8)
            for (position, digit) in text.utf8.enumerated() where digit == UInt8(ascii: "1") {
                bytes[position / 8] |= 0x80 >> UInt8(position % 8)
            }
            self = .bits(bytes, count: text.utf8.count)
        case .sparsevec:
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let dimensions = Int(parts[1]), dimensions >= 0, parts[0].hasPrefix("{"),
                parts[0].hasSuffix("}")
            else { throw failure }
            var positions: [Int32] = []
            var values: [Float] = []
            for element in parts[0].dropFirst().dropLast().split(separator: ",") {
                let pair = element.split(separator: ":")
                guard pair.count == 2, let position = Int32(pair[0]), position >= 1, position <= dimensions,
                    let value = Float(pair[1]), value.isFinite
                else { throw failure }
                positions.append(position - 1)
                values.append(value)
            }
            self = .sparse(dimensions: dimensions, positions: positions, values: values)
        }
    }

    /// The value with its numbers rounded to half precision, as a cast to `halfvec` does.
    ///
    /// Both round to the nearest number, and of two to the even one.
    public var inHalfPrecision: StoredVector {
        guard case .dense(let values) = self else { return self }
        return .dense(values.map { Float(Float16($0)) })
    }

    /// The value as its type's input function reads it.
    public var text: String {
        switch self {
        case .dense(let values): return "[" + values.map { "\($0)" }.joined(separator: ",") + "]"
        case .bits(let bytes, let count):
            return String((0..<count).map { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 ? "0" : "1" })
        case .sparse(let dimensions, let positions, let values):
            return "{" + zip(positions, values).map { "\($0 + 1):\($1)" }.joined(separator: ",") + "}/\(dimensions)"
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

extension UnsafeRawBufferPointer {
    func float(at position: Int) -> Float { Float(bitPattern: integer(at: position, as: UInt32.self)) }
    func half(at position: Int) -> Float { Float(Float16(bitPattern: integer(at: position, as: UInt16.self))) }
}
