import Advisor
import Testing

@testable import Recall

@Suite("Values of pgvector's types")
struct StoredVectorTests {
    private func read(_ bytes: [UInt8], _ type: VectorType) throws -> StoredVector {
        try bytes.withUnsafeBytes { try StoredVector($0, as: type) }
    }

    @Test("are read from what the server sends")
    func binary() throws {
        let one: [UInt8] = [0x3F, 0x80, 0, 0]
        #expect(try read([0, 2, 0, 0] + one + [0xC0, 0, 0, 0], .vector) == .dense([1, -2]))
        #expect(try read([0, 2, 0, 0, 0x3C, 0, 0xC0, 0], .halfvec) == .dense([1, -2]))
        #expect(try read([0, 0, 0, 10, 0xA0, 0x40], .bit) == .bits([0xA0, 0x40], count: 10))
        let sparse: [UInt8] = [0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4] + one
        #expect(try read(sparse, .sparsevec) == .sparse(dimensions: 9, positions: [4], values: [1]))
    }

    @Test(
        "are read from text and written as the same text",
        arguments: [
            ("[1.0,-2.5,1e-10]", VectorType.vector), ("[0.5]", .halfvec), ("0110000001", .bit),
            ("{5:1.0,9:-0.25}/9", .sparsevec), ("{}/3", .sparsevec),
        ]
    )
    func text(text: String, type: VectorType) throws {
        #expect(try StoredVector(text, as: type).text == text)
    }

    @Test(
        "that are cut or wrong are errors, which do not repeat them",
        arguments: [
            ("[1,x]", VectorType.vector), ("1,2", .vector), ("[NaN]", .vector), ("[1e99]", .vector), ("012", .bit),
            ("{0:1}/3", .sparsevec), ("{4:1}/3", .sparsevec), ("{1:2}", .sparsevec),
        ]
    )
    func wrong(text: String, type: VectorType) {
        let error = #expect(throws: UnreadableVector.self) { try StoredVector(text, as: type) }
        #expect(error?.reason.contains(text) == false)
    }

    @Test("of which bytes are missing are errors", arguments: VectorType.allCases)
    func cut(type: VectorType) {
        let whole: [UInt8] =
            switch type {
            case .vector: [0, 2, 0, 0, 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]
            case .halfvec: [0, 2, 0, 0, 0x3C, 0, 0xC0, 0]
            case .bit: [0, 0, 0, 10, 0xA0, 0x40]
            case .sparsevec: [0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0x3F, 0x80, 0, 0]
            }
        for length in 0..<whole.count {
            #expect(throws: UnreadableVector.self) { try read(Array(whole[..<length]), type) }
        }
    }

    @Test("are rounded to half precision as a cast does")
    func half() {
        #expect(
            StoredVector.dense([1.0009765, 65_504, 0.1]).inHalfPrecision == .dense([1.0009766, 65_504, 0.099975586])
        )
    }
}
