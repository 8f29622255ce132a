import AdvisorFixture
import Testing

@testable import Advisor

/// No index may make writes fail without a word.
@Suite("The rows that an advised index rejects")
struct RefusedRowsTests {
    private func advice(_ type: VectorType, searches: [Search] = []) throws -> String {
        let seen = snapshot(rows: 5_000, type: type, dimensions: nil).searched(searches)
        return try #require(assess(seen).findings.first { $0.rule == "unindexable" }).advice
    }

    @Test("are reported of sparsevec without dimensions, for the index on a cast and for the column's own")
    func sparse() throws {
        #expect(try advice(.sparsevec).contains("rejects rows with more than 1,000 non-zero elements"))
        #expect(try advice(.sparsevec, searches: [search()]).contains("more than 1,000 non-zero elements"))
        for type in [VectorType.vector, .halfvec] {
            #expect(try !advice(type).contains("non-zero"))
        }
    }

    @Test("are reported of a B-tree on a column whose values have no limit")
    func filter() {
        var collection = snapshot(rows: 10_000).collections[0]
        let filters = [SearchFilter("kind = ?", columns: ["kind"], isEquality: true)]
        for columns in [["kind": ColumnValues(count: 5_000)], [:]] {
            var statistics = FilterStatistics(columns: columns)
            collection.relations[0].filterStatistics = statistics
            let limited = FilterIndexAdvice([search(filters: filters)], .hnsw, collection)
            #expect(limited.statements.count == 1 && !limited.advice.contains("2,704"))
            statistics.unlimited = ["kind", "other"]
            collection.relations[0].filterStatistics = statistics
            let unlimited = FilterIndexAdvice([search(filters: filters)], .hnsw, collection)
            #expect(unlimited.statements == limited.statements)
            #expect(unlimited.advice.contains("if a row has a longer kind, the index cannot be built"))
            #expect(unlimited.isFirst == unlimited.instead.contains("2,704 bytes"))
        }
    }
}
