import Advisor
import Testing

@testable import Recall

@Suite("Smaller forms of the vectors")
struct SmallerFormsTests {
    private static let k = 5

    private static func rows(_ count: Int, _ dimensions: Int, _ numbers: inout SeededNumbers) -> [[Float]] {
        (0..<count).map { _ in (0..<dimensions).map { _ in Float.random(in: -1...1, using: &numbers) } }
    }

    private static func distance(_ left: [Float], _ right: [Float], _ metric: DistanceMetric) -> Double {
        var (product, squares, ofLeft, ofRight) = (0.0, 0.0, 0.0, 0.0)
        for (left, right) in zip(left, right) {
            let (left, right) = (Double(left), Double(right))
            product += left * right
            squares += (left - right) * (left - right)
            ofLeft += left * left
            ofRight += right * right
        }
        switch metric {
        case .l2Distance: return squares
        case .maxInnerProduct: return -product
        default: return 1 - product / (ofLeft * ofRight).squareRoot()
        }
    }

    /// The share of the nearest rows among the candidates by a form, over all queries.
    private static func recall(
        _ rows: [[Float]],
        _ queries: [[Float]],
        _ metric: DistanceMetric,
        candidates: Int,
        by form: ([Float], [Float]) -> Double
    ) -> Double {
        let found = queries.map { query in
            let exactDistances = rows.map { distance(query, $0, metric) }
            let formDistances = rows.map { form(query, $0) }
            let exact = rows.indices.sorted { exactDistances[$0] < exactDistances[$1] }
            let near = rows.indices.sorted { formDistances[$0] < formDistances[$1] }
            return Set(exact.prefix(k)).intersection(near.prefix(candidates)).count
        }
        return Double(found.reduce(0, +)) / Double(k * queries.count)
    }

    @Test(
        "find what sorting all rows by them finds",
        arguments: [DistanceMetric.cosineDistance, .l2Distance, .maxInnerProduct]
    )
    func sorting(metric: DistanceMetric) throws {
        var numbers = SeededNumbers(seed: 7)
        // An odd number of bits and of numbers, and rows that are no multiple of four.
        let rows = Self.rows(203, 35, &numbers)
        let queries = Self.rows(10, 35, &numbers)
        let vectors = queries.map { StoredVector.dense($0) }
        var search = ExactSearch(
            vectors,
            among: .vector,
            by: metric,
            neighbours: Self.k + 1,
            comparing: SmallerForms(of: vectors, .vector, by: metric, k: Self.k, tasks: 2)
        )
        var other = search
        for (number, row) in rows.enumerated() {
            if number < 77 { search.add(.dense(row)) } else { other.add(.dense(row)) }
        }
        search.merge(other)
        let recalls = search.formRecalls(k: Self.k, isStored: false)
        #expect(recalls.map(\.form) == [.half, .binary, .binary, .first(17), .first(17)])
        #expect(recalls.map(\.candidates) == [5, 20, 50, 20, 50])
        func half(_ values: [Float]) -> [Float] { values.map { Float(Float16($0)) } }
        for recall in recalls {
            let expected = Self.recall(rows, queries, metric, candidates: recall.candidates) { query, row in
                switch recall.form {
                case .half: Self.distance(half(query), half(row), metric)
                // Ties are in the order of the rows, as the sort of this test is stable.
                case .binary: Double(zip(query, row).count { ($0 > 0) != ($1 > 0) })
                case .first(let dimensions):
                    Self.distance(Array(query.prefix(dimensions)), Array(row.prefix(dimensions)), metric)
                }
            }
            // Rows that are equally near by their bits are taken in another order.
            let tolerance = recall.form == .binary ? 0.1 : 0.02
            #expect(abs(recall.recall - expected) <= tolerance, "\(recall.form): \(recall.recall), \(expected)")
            #expect(recall.interval.contains(recall.recall))
        }
        #expect(recalls[0].recall > 0.95)
        #expect(recalls[1].recall < recalls[2].recall)
    }

    @Test("are of vector columns with the three common distances only")
    func types() {
        let query = [StoredVector.dense([1, 2])]
        #expect(SmallerForms(of: query, .halfvec, by: .l2Distance, k: 10, tasks: 1) == nil)
        #expect(SmallerForms(of: query, .vector, by: .l1Distance, k: 10, tasks: 1) == nil)
        #expect(SmallerForms(of: [.dense([1])], .vector, by: .l2Distance, k: 10, tasks: 1) == nil)
    }
}
