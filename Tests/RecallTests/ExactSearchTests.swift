import Advisor
import Testing

@testable import Recall

@Suite("The exact search in one pass")
struct ExactSearchTests {
    /// A type with a distance that it has.
    struct Kind: Sendable, CustomTestStringConvertible {
        var type: VectorType
        var metric: DistanceMetric
        var testDescription: String { "\(type.rawValue) \(metric.rawValue)" }

        static let all: [Kind] =
            [VectorType.vector, .halfvec, .sparsevec].flatMap { type in
                [.cosineDistance, .l2Distance, .l1Distance, .maxInnerProduct].map { Kind(type: type, metric: $0) }
            } + [Kind(type: .bit, metric: .hammingDistance), Kind(type: .bit, metric: .jaccardDistance)]
    }

    private func random(_ type: VectorType, _ dimensions: Int, by generator: inout some RandomNumberGenerator)
        -> StoredVector
    {
        func number() -> Float { Float(Int.random(in: -8...8, using: &generator)) / 4 }
        switch type {
        case .vector, .halfvec: return .dense((0..<dimensions).map { _ in number() })
        case .bit:
            let text = (0..<dimensions).map { _ in Bool.random(using: &generator) ? "1" : "0" }.joined()
            return (try? StoredVector(text, as: .bit)) ?? .bits([], count: 0)
        case .sparsevec:
            let positions = (0..<Int32(dimensions)).filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
            let values = positions.map { _ in number() + 0.125 }
            return .sparse(dimensions: dimensions, positions: positions, values: values)
        }
    }

    /// The distance as pgvector defines it, in double precision.
    private func distance(_ left: StoredVector, _ right: StoredVector, _ metric: DistanceMetric) -> Double {
        func numbers(_ vector: StoredVector) -> [Double] {
            switch vector {
            case .dense(let values): return values.map(Double.init)
            case .bits(let bytes, let count):
                return (0..<count).map { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 ? 0 : 1 }
            case .sparse(let dimensions, let positions, let values):
                var all = [Double](repeating: 0, count: dimensions)
                for (position, value) in zip(positions, values) { all[Int(position)] = Double(value) }
                return all
            }
        }
        let pairs = Array(zip(numbers(left), numbers(right)))
        func sum(_ term: ((Double, Double)) -> Double) -> Double { pairs.map(term).reduce(0, +) }
        switch metric {
        case .l2Distance: return sum { ($0 - $1) * ($0 - $1) }.squareRoot()
        case .l1Distance, .hammingDistance: return sum { abs($0 - $1) }
        case .maxInnerProduct: return -sum { $0 * $1 }
        case .cosineDistance:
            return 1 - sum { $0 * $1 } / (sum { one, _ in one * one } * sum { _, other in other * other }).squareRoot()
        case .jaccardDistance:
            let common = sum { $0 * $1 }
            return common == 0 ? 1 : 1 - common / (sum { one, _ in one } + sum { _, other in other } - common)
        }
    }

    @Test("finds the distances that sorting all of them gives", arguments: Kind.all)
    func sorting(kind: Kind) {
        var generator = SystemRandomNumberGenerator()
        for dimensions in [1, 3, 8, 17, 64] {
            let queries = (0..<5).map { _ in random(kind.type, dimensions, by: &generator) }
            // Also fewer rows than neighbours, and none.
            for count in [0, 1, 7, 150] {
                let rows = (0..<count).map { _ in random(kind.type, dimensions, by: &generator) }
                let whole = ExactSearch(queries, among: kind.type, by: kind.metric, neighbours: 11)
                var (first, second) = (whole, whole)
                for (number, row) in rows.enumerated() {
                    if number.isMultiple(of: 3) { first.add(row) } else { second.add(row) }
                }
                first.merge(second)
                #expect(first.rows == count)
                for (number, query) in queries.enumerated() {
                    let expected = rows.map { distance(query, $0, kind.metric) }.filter { !$0.isNaN }.sorted().prefix(
                        11
                    )
                    let found = first.nearest[number]
                    #expect(found.count == expected.count)
                    for (found, expected) in zip(found, expected) {
                        #expect(abs(Double(found) - expected) < 1e-5 * max(1, abs(expected)))
                    }
                }
            }
        }
    }

    @Test("gives a row the same distance wherever it stands", arguments: Kind.all)
    func deterministic(kind: Kind) {
        var generator = SystemRandomNumberGenerator()
        let query = random(kind.type, 100, by: &generator)
        for _ in 0..<50 {
            let rows = (0..<Int.random(in: 1...9)).map { _ in random(kind.type, 100, by: &generator) }
            var search = ExactSearch([query], among: kind.type, by: kind.metric, neighbours: 20)
            for row in rows { search.add(row) }
            search.finish()
            let each = rows.map { search.distance(of: $0, from: 0) }.filter { !$0.isNaN }
            #expect(search.nearest[0] == each.sorted())
        }
    }

    @Test("reads rows as the server sends them, and leaves out those that no search finds")
    func bytes() throws {
        var search = ExactSearch([.dense([1, 0])], among: .vector, by: .cosineDistance, neighbours: 5)
        let rows: [[UInt8]] = [
            [0, 2, 0, 0, 0x3F, 0x80, 0, 0, 0, 0, 0, 0],
            [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [0, 1, 0, 0, 0x3F, 0x80, 0, 0],
        ]
        for row in rows { try row.withUnsafeBytes { bytes in try search.add(bytes) } }
        try search.add(nil)
        search.finish()
        #expect(search.nearest == [[0]], "a zero vector has no cosine distance")
        #expect(search.rows == 2)
        #expect(search.nulls == 1)
        #expect(search.otherDimensions == 1)
    }
}
