import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Searches of what no index is on")
struct WrongExpressionTests {
    private static let half = SearchedExpression.cast(.halfvec, dimensions: 64)

    /// An index on the cast to halfvec.
    private static func casted() -> VectorIndex {
        var index = hnsw(name: "halves", operatorClass: "halfvec_cosine_ops")
        index.expression = "((vec)::halfvec(64))"
        index.indexedType = .halfvec
        index.searchedExpression = half
        return index
    }

    static let cases: [Case] = [
        Case(
            "a cast, and an index on the column",
            snapshot(indexes: [hnsw()]).searched([search(on: half)]),
            fires: true
        ),
        Case("the column, and an index on a cast", snapshot(indexes: [casted()]).searched([search()]), fires: true),
        Case("a cast, and an index on it", snapshot(indexes: [casted()]).searched([search(on: half)]), fires: false),
        Case(
            "a cast to other dimensions",
            snapshot(indexes: [casted()]).searched([search(on: .cast(.halfvec, dimensions: 32))]),
            fires: true
        ),
        Case("the column, and an index on it", snapshot(indexes: [hnsw()]).searched([search()]), fires: false),
        Case(
            "both are indexed",
            snapshot(indexes: [hnsw(), casted()]).searched([search(), search(on: half)]),
            fires: false
        ),
        Case(
            "another operator, too",
            snapshot(indexes: [hnsw()]).searched([search(by: .l2Distance, on: half)]),
            fires: false
        ),
        Case("nothing is known", snapshot(indexes: [casted()]), fires: false),
        Case("one row too few", snapshot(rows: 999, indexes: [casted()]).searched([search()]), fires: false),
        Case(
            "less than a tenth",
            snapshot(indexes: [hnsw()]).searched([search(calls: 901), search(on: half, calls: 99)]),
            fires: false
        ),
        Case("no index", snapshot().searched([search(on: half)]), fires: false),
        Case(
            "a radius",
            snapshot(indexes: [hnsw()]).searched([search(on: half, kind: .radius)]),
            fires: false
        ),
        Case(
            "an operator class of another extension",
            snapshot(indexes: [hnsw(), hnsw(name: "own", operatorClass: "own", oid: 21)]).searched([search(on: half)]),
            fires: false
        ),
    ]

    @Test("wrong-expression", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("wrong-expression") == item.fires)
    }

    private func finding(_ indexes: [VectorIndex], _ searches: [Search]) throws -> Finding {
        try #require(snapshot(indexes: indexes).searched(searches).finding(of: "wrong-expression"))
    }

    @Test("get the index on the cast that they write")
    func creation() throws {
        let found = try finding([hnsw()], [search(on: Self.half)])
        guard case .createIndex(_, let index, "vec")? = found.advised.first else {
            Issue.record("\(found.advised)")
            return
        }
        #expect(index.type == .halfvec && index.dimensions == 64 && index.distanceMetric == .cosineDistance)
        #expect(
            found.summary.contains("the column cast to halfvec(64)")
                && found.summary.contains("only on the plain column")
        )
        #expect(found.advice.contains("65,504") && found.remedy == .byHand)
    }

    @Test("are shown the form that the index serves")
    func form() throws {
        for searches in [[search()], [search(on: .cast(.halfvec, dimensions: nil))], [search(on: .other("f(vec)"))]] {
            let found = try finding([Self.casted()], searches)
            guard case .explainSearch(_, let shown)? = found.advised.first else {
                Issue.record("\(found.advised)")
                continue
            }
            #expect(shown.expression == "((vec)::halfvec(64))")
        }
    }

    @Test("with a cast without dimensions get them, with an index")
    func dimensions() throws {
        let found = try finding([hnsw()], [search(on: .cast(.halfvec, dimensions: nil))])
        #expect(found.advice.contains("write halfvec(64) in the search"), "\(found.advice)")
        #expect(found.advised.count == 2)
    }
}
