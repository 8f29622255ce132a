import Testing

@testable import Recall

@Suite("The binary format of COPY")
struct BinaryCopyTests {
    private static let header: [UInt8] = [
        0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
    /// A value of three bytes, NULL, an empty value, and the end.
    private static let rows: [UInt8] = [
        0, 1, 0, 0, 0, 3, 7, 8, 9, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0, 0, 0, 0, 0xFF, 0xFF,
    ]

    private func values(_ bytes: [UInt8], columns: Int = 1, inPortionsOf size: Int) throws -> (
        values: [[UInt8]?], isComplete: Bool
    ) {
        var copy = BinaryCopy(columns: columns)
        var values: [[UInt8]?] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            try bytes[start..<min(bytes.count, start + size)].withUnsafeBytes { portion in
                try copy.read(portion) { value in values.append(value.map { Array($0) }) }
            }
        }
        return (values, copy.isComplete)
    }

    @Test("is read in portions of any size", arguments: 1...45)
    func portions(size: Int) throws {
        let read = try values(Self.header + Self.rows, inPortionsOf: size)
        #expect(read.values == [[7, 8, 9], nil, []])
        #expect(read.isComplete)
    }

    @Test("has the values of several columns one after the other", arguments: 1...45)
    func columns(size: Int) throws {
        let rows: [UInt8] = [
            0, 2, 0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 6, 0xFF, 0xFF,
        ]
        let read = try values(Self.header + rows, columns: 2, inPortionsOf: size)
        #expect(read.values == [[7], [8, 9], nil, [6]])
        #expect(read.isComplete)
    }

    @Test("is not complete without its end")
    func cut() throws {
        let whole = Self.header + Self.rows
        for length in 0..<(whole.count) {
            #expect(try values(Array(whole[..<length]), inPortionsOf: 7).isComplete == false)
        }
    }

    @Test("with another header, other columns or a length that cannot be is an error")
    func wrong() {
        let cases: [[UInt8]] = [
            [1] + Self.header.dropFirst() + Self.rows,
            Self.header + [0, 2, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1],
            Self.header + [0, 1, 0xFF, 0xFF, 0xFF, 0xFE],
        ]
        for bytes in cases {
            #expect(throws: UnreadableVector.self) { try values(bytes, inPortionsOf: 100) }
        }
    }
}
