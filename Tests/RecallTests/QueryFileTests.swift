import Testing

@testable import Recall

@Suite("Files with queries")
struct QueryFileTests {
    private static let floats: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]

    private static func array(shape: String = "(1, 2)", type: String = "<f4", order: String = "False") -> [UInt8] {
        let text = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
        return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + floats
    }

    @Test("are read in each format")
    func formats() throws {
        let expected: [[Float]] = [[1, -2]]
        let cases: [(String, [UInt8])] = [
            ("a.jsonl", Array("[1, -2.0]\n".utf8)), ("a.csv", Array("1,-2\r\n\n".utf8)), ("a.npy", Self.array()),
            ("a.f32", Self.floats),
        ]
        for (name, bytes) in cases {
            #expect(try QueryFile.read(bytes, named: name, dimensions: 2) == expected, "\(name)")
        }
    }

    @Test("that are wrong say where and why")
    func wrong() {
        let cases: [(String, [UInt8], String)] = [
            ("a.jsonl", Array("[1,2]\n[1,2,3]\n".utf8), "line 2 has 3 numbers, and the column has 2 dimensions"),
            ("a.jsonl", Array("1,2".utf8), "line 1 is no JSON array"), ("a.csv", Array("1,x".utf8), "no number"),
            ("a.csv", Array("1,nan".utf8), "no number"), ("a.csv", [0xFF, 0xFE], "not UTF-8"),
            ("a.csv", [], "no vector"), ("a.bin", [1, 2, 3], "3 bytes"),
            ("a.bin", [0, 0, 0xC0, 0x7F, 0, 0, 0, 0], "no number"), ("a.npy", [1, 2, 3], "no .npy file"),
            ("a.npy", Self.array(type: "<f8"), "32-bit floats"), ("a.npy", Self.array(shape: "(1, 3)"), "rows of 2"),
            ("a.npy", Self.array(shape: "(2,)"), "rows of 2"), ("a.npy", Self.array(order: "True"), "rows of 2"),
            ("a.npy", Array(Self.array().prefix(20)), "header is cut"),
        ]
        for (name, bytes, reason) in cases {
            let error = #expect(throws: UnreadableVector.self) {
                try QueryFile.read(bytes, named: name, dimensions: 2)
            }
            #expect(error?.reason.contains(reason) == true, "\(name): \(error?.reason ?? "")")
        }
    }
}
