/// Reads the vectors of a file with queries.
public enum QueryFile {
    /// Reads a file of one of these formats: `.npy` of NumPy with one row for each vector, `.jsonl` or `.ndjson` with an array
    /// of numbers in each line, `.csv` with the numbers of a vector in each line, and anything else as little-endian
    /// 32-bit floats one after the other.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - name: Its name, whose ending says which format it has.
    ///   - dimensions: How many numbers each vector must have.
    /// - Returns: The vectors, at least one.
    /// - Throws: If the content is not that, with the line or the shape that is wrong.
    public static func read(
        _ bytes: [UInt8],
        named name: String,
        dimensions: Int
    ) throws(UnreadableVector) -> [[Float]] {
        let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let vectors: [[Float]]
        switch ending {
        case "npy": vectors = try array(bytes, dimensions)
        case "jsonl", "ndjson", "json": vectors = try lines(bytes, dimensions, isJSON: true)
        case "csv", "txt": vectors = try lines(bytes, dimensions, isJSON: false)
        default: vectors = try floats(bytes[...], dimensions)
        }
        guard !vectors.isEmpty else { throw UnreadableVector("it has no vector") }
        return vectors
    }

    private static func lines(
        _ bytes: [UInt8],
        _ dimensions: Int,
        isJSON: Bool
    ) throws(UnreadableVector) -> [[Float]] {
        var vectors: [[Float]] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (position, line) in lines.enumerated() {
            guard var text = String(validating: line, as: UTF8.self)?.trimmingSpace else {
                throw UnreadableVector("line \(position + 1) is not UTF-8")
            }
            if text.isEmpty { continue }
            if isJSON {
                guard text.hasPrefix("["), text.hasSuffix("]") else {
                    throw UnreadableVector("line \(position + 1) is no JSON array of numbers")
                }
                text = text.dropFirst().dropLast()
            }
            var vector: [Float] = []
            vector.reserveCapacity(dimensions)
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let value = Float(part.trimmingSpace), value.isFinite else {
                    throw UnreadableVector("line \(position + 1) has something that is no number")
                }
                vector.append(value)
            }
            guard vector.count == dimensions else {
                throw UnreadableVector(
                    "line \(position + 1) has \(vector.count) numbers, and the column has \(dimensions) dimensions"
                )
            }
            vectors.append(vector)
        }
        return vectors
    }

    private static func floats(
        _ bytes: ArraySlice<UInt8>,
        _ dimensions: Int
    ) throws(UnreadableVector) -> [[Float]] {
        guard dimensions > 0, bytes.count.isMultiple(of: 4 * dimensions) else {
            throw UnreadableVector(
                "its \(bytes.count) bytes are no whole number of vectors of \(dimensions) dimensions with 4 bytes each"
            )
        }
        var vectors: [[Float]] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            var vector: [Float] = []
            vector.reserveCapacity(dimensions)
            for _ in 0..<dimensions {
                let bits = (0..<4).reduce(0 as UInt32) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
                let value = Float(bitPattern: bits)
                guard value.isFinite else {
                    throw UnreadableVector("vector \(vectors.count + 1) has something that is no number")
                }
                vector.append(value)
                position += 4
            }
            vectors.append(vector)
        }
        return vectors
    }

    /// Reads NumPy's format: a magic string, the version, the length of a header in Python's syntax, and the data.
    private static func array(_ bytes: [UInt8], _ dimensions: Int) throws(UnreadableVector) -> [[Float]] {
        let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
        guard bytes.count >= 12, bytes.starts(with: magic) else { throw UnreadableVector("it is no .npy file") }
        let isLong = bytes[6] >= 2
        let length =
            (0..<(isLong ? 4 : 2)).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = (isLong ? 12 : 10) + length
        guard length > 0, bytes.count >= start else { throw UnreadableVector("its header is cut") }
        let header = String(decoding: bytes[(start - length)..<start], as: UTF8.self)
        let plain = header.filter { $0 != " " }
        guard plain.contains("'descr':'<f4'") else {
            throw UnreadableVector("its numbers are not 32-bit floats (save it with dtype float32)")
        }
        guard plain.contains("'fortran_order':False"), plain.contains(",\(dimensions)),") else {
            throw UnreadableVector("it is no array with rows of \(dimensions) numbers")
        }
        return try floats(bytes[start...], dimensions)
    }
}

extension StringProtocol {
    fileprivate var trimmingSpace: SubSequence {
        var text = self[...]
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }
}
