import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Rows that no index covers")
struct UncoveredTests {
    private func uncovered(
        nullFraction: Double? = 0,
        statistics: TableStatistics? = nil,
        _ indexes: VectorIndex...
    ) -> Uncovered? {
        let collection = snapshot(
            rows: 40_000,
            source: .statistics,
            indexes: indexes,
            statistics: statistics,
            nullFraction: nullFraction
        ).collections[0]
        return collection.uncovered(in: collection.relations[0])
    }

    private func partial(_ rows: Double, _ predicate: String = "published", oid: UInt32 = 10) -> VectorIndex {
        ivfflat(builtAt: rows, predicate: predicate, oid: oid)
    }

    @Test("are between two bounds where predicates may overlap, or rows without a vector may fit them")
    func bounds() {
        #expect(uncovered() == nil)
        #expect(uncovered(partial(4_000)) == Uncovered(atLeast: 36_000, atMost: 36_000))
        #expect(uncovered(partial(4_000), hnsw()) == Uncovered(atLeast: 0, atMost: 0))
        let two = uncovered(partial(10_000), partial(25_000, "draft", oid: 11))
        #expect(two == Uncovered(atLeast: 5_000, atMost: 15_000))
        let three = uncovered(partial(25_000), partial(25_000, "draft", oid: 11))
        #expect(three == Uncovered(atLeast: 0, atMost: 15_000))
        // A quarter of the rows has no vector, and may fit the predicate.
        #expect(uncovered(nullFraction: 0.25, partial(6_000)) == Uncovered(atLeast: 24_000, atMost: 30_000))
        #expect(uncovered(nullFraction: 0.25, partial(16_000)) == Uncovered(atLeast: 14_000, atMost: 24_000))
        #expect(uncovered(nullFraction: 1, partial(4_000)) == Uncovered(atLeast: 0, atMost: 0))
    }

    @Test("are not guessed where nothing tells what an index holds")
    func unknown() {
        #expect(uncovered(partial(-1)) == Uncovered(atLeast: 0, atMost: 40_000))
        #expect(uncovered(statistics: untouched(40_000), partial(4_000)) == Uncovered(atLeast: 36_000, atMost: 36_000))
        #expect(uncovered(partial(-1), partial(10_000, "x", oid: 11)) == Uncovered(atLeast: 0, atMost: 30_000))
    }

    @Test("are none where every vector fits the predicate, however the column is called")
    func notNull() {
        #expect(uncovered(partial(1, "(vec IS NOT NULL)")) == Uncovered(atLeast: 0, atMost: 0))
        #expect(uncovered(partial(1, "(\"vec\" IS NOT NULL)")) == Uncovered(atLeast: 0, atMost: 0))
        #expect(uncovered(partial(4_000, "(other IS NOT NULL)"))?.atLeast == 36_000)
    }

    @Test("are a notice from minimumRows and a hundredth on, and no job even in act")
    func finding() throws {
        func assessment(_ held: Double, rows: Int64 = 10_000) -> Assessment {
            assess(snapshot(rows: rows, indexes: [partial(held)]), layers: [everythingActs])
        }
        #expect(assessment(9_001).findings.filter { $0.rule == "unindexed" }.isEmpty)
        let found = try #require(assessment(9_000).findings.first { $0.rule == "unindexed" })
        #expect(found.severity == .notice && found.withheld != nil)
        #expect(found.summary.contains("no index covers about 1,000 of 10,000 rows with a vector"))
        #expect(assessment(495_001, rows: 500_000).findings.filter { $0.rule == "unindexed" }.isEmpty)
        #expect(!assessment(495_000, rows: 500_000).findings.filter { $0.rule == "unindexed" }.isEmpty)
        let job = try #require(assessment(1_000).plan.jobs.first { $0.kind == "create_index" })
        guard case .suggest(let why) = job.disposition else {
            Issue.record("a second index would be built")
            return
        }
        #expect(why?.contains("partial index") == true)
    }
}
