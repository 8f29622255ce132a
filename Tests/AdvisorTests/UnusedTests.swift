import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Whether an index is used")
struct UnusedTests {
    /// An index with so many scans on a table of 10,000 rows that was read in full so often, and what a sample of both said.
    private func seen(
        scans: Int64,
        reads: Int64,
        sample: (scans: Int64, reads: Int64)?,
        method: IndexMethod = .hnsw
    ) -> CatalogSnapshot {
        var index = hnsw(scans: scans)
        index.method = method
        index.sample = sample.map { sample in
            UseSample(
                takenAt: facts().observedAt - 3 * 86_400,
                scans: sample.scans,
                sequentialScans: sample.reads,
                sequentialRowsRead: sample.reads * 10_000
            )
        }
        var statistics = fresh(10_000)
        statistics.sequentialScans = reads
        statistics.sequentialRowsRead = reads * 10_000
        return snapshot(indexes: [index], statistics: statistics)
    }

    @Test("is counted since the oldest sample: neither reads of before nor a search of before matter")
    func window() throws {
        #expect(rules(seen(scans: 0, reads: 5_000, sample: (0, 4_901))).contains("unused") == false)
        #expect(rules(seen(scans: 1, reads: 5_000, sample: (1, 4_900))).contains("unused"))
        #expect(rules(seen(scans: 2, reads: 5_000, sample: (1, 4_900))).contains("unused") == false)
        #expect(rules(seen(scans: 1, reads: 5_000, sample: nil)).contains("unused") == false)
    }

    @Test("is counted anew after counters have begun anew")
    func reset() {
        #expect(rules(seen(scans: 0, reads: 150, sample: (7, 4_900))).contains("unused"))
        #expect(rules(seen(scans: 3, reads: 150, sample: (7, 100))).contains("unused") == false)
        #expect(rules(seen(scans: 0, reads: 50, sample: (0, 4_900))).contains("unused") == false)
    }

    @Test("is said with the time that it was counted for, or that this is not known")
    func words() throws {
        let counted = try #require(
            assess(seen(scans: 1, reads: 5_000, sample: (1, 0))).findings.first { $0.rule == "unused" }
        )
        #expect(counted.summary.contains("in the last 3 days"))
        #expect(counted.evidence.contains(.count("windowSeconds", 259_200)))
        let uncounted = try #require(
            assess(seen(scans: 0, reads: 500, sample: nil)).findings.first { $0.rule == "unused" }
        )
        #expect(uncounted.summary.contains("may be before the index existed"))
    }

    @Test("is explained by the searches, where they are known")
    func reasons() throws {
        let index = seen(scans: 0, reads: 500, sample: nil)
        func advice(_ searches: [Search]) throws -> String {
            try #require(index.searched(searches).finding(of: "unused")).advice
        }
        let cases: [(Search, String)] = [
            (search(by: .l2Distance), "1,000 order by <-> (l2_distance)"),
            (search(on: .cast(.halfvec, dimensions: 64)), "compare the column cast to halfvec(64)"),
            (search(kind: .radius), "take all rows within a distance"),
            (search(limit: .all), "have no LIMIT"),
            (search(obstacles: [.noLimit]), "have no LIMIT"),
            (search(settings: ["enable_indexscan": SearchSetting("off", .server)]), "enable_indexscan = off"),
            (search(), "could take it, and the planner did not"),
        ]
        let obstacles = SearchObstacle.allCases.map { (search(obstacles: [$0]), $0.words) }
        for (searched, words) in cases + obstacles {
            let advice = try advice([searched])
            #expect(advice.contains(words), "\(advice)")
            #expect(advice.contains("from pg_stat_statements of the last 3 days") && advice.count <= 1_000)
        }
        let several = try advice(cases.map(\.0))
        #expect(several.contains("other reasons") && several.count <= 1_000, "\(several)")
        #expect(try #require(index.finding(of: "unused")).advice.hasPrefix("Check EXPLAIN"))
        #expect(try advice([search().withUnknownSettings]).contains("could take it"))
        var partial = index
        partial.updateIndexes { index, _ in index.predicate = "(tenant_id = 1)" }
        let filtered = search(filters: [SearchFilter("tenant_id = ?", columns: ["tenant_id"])], calls: 5)
        let why = try #require(partial.searched([search(), filtered]).finding(of: "unused")).advice
        #expect(why.contains("1,000 have no filter, and the index is partial"), "\(why)")
        #expect(why.contains("5 could take it"), "\(why)")
    }

    @Test("is not judged for a method of another extension")
    func otherMethod() {
        #expect(rules(seen(scans: 0, reads: 5_000, sample: nil, method: .other("diskann"))).contains("unused") == false)
    }

    @Test("is asked about only where the counters raise a doubt")
    func doubt() {
        let book = PolicyBook()
        #expect(seen(scans: 9, reads: 100, sample: nil).indexesOfDoubtfulUse(policies: book).count == 1)
        #expect(seen(scans: 900, reads: 99, sample: nil).indexesOfDoubtfulUse(policies: book).isEmpty)
        let off = PolicyBook(layers: [PolicyLayer(rules: ["unused": RuleOverride(mode: .off)])])
        #expect(seen(scans: 9, reads: 100, sample: nil).indexesOfDoubtfulUse(policies: off).isEmpty)
    }
}
