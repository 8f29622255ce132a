import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Rows with a vector and rows without one")
struct VectorRowsTests {
    /// An observation of a table that was analyzed at `analyzed` rows, and changed in so many since.
    private func observed(
        rows: Int64,
        nullFraction: Double?,
        analyzed: Double? = nil,
        modified: Int64 = 0,
        source: RowCount.Source = .statistics,
        indexes: [VectorIndex] = []
    ) -> CatalogSnapshot {
        var statistics = fresh(rows)
        statistics.reltuples = analyzed ?? Double(rows)
        statistics.modifiedSinceAnalyze = modified
        statistics.updated = modified
        return snapshot(
            rows: rows,
            source: source,
            indexes: indexes,
            statistics: statistics,
            nullFraction: nullFraction
        )
    }

    @Test(
        "are two numbers, and what nothing tells is an upper bound",
        arguments: [
            (60_000, 0, nil, 0, 60_000, .statistics),
            (60_000, 0.8, nil, 0, 12_000, .statistics),
            (60_000, 1, nil, 0, 0, .statistics),
            // Nobody has analyzed the table.
            (60_000, nil, -1, 0, 60_000, .atMost),
            // Rows that had no vector may have got one since the ANALYZE.
            (60_000, 1, 60_000, 20_000, 20_000, .atMost),
            (60_000, 0.8, 60_000, 6_050, 12_000, .statistics),
            (60_000, 0.8, 60_000, 6_051, 18_051, .atMost),
            (60_000, 0.8, 60_000, 90_000, 60_000, .atMost),
            (60_000, 0, 1_000, 59_000, 60_000, .statistics),
        ] as [(Int64, Double?, Double?, Int64, Int64, RowCount.Source)]
    )
    func numbers(
        rows: Int64,
        nullFraction: Double?,
        analyzed: Double?,
        modified: Int64,
        expected: Int64,
        source: RowCount.Source
    ) {
        let snapshot = observed(rows: rows, nullFraction: nullFraction, analyzed: analyzed, modified: modified)
        #expect(snapshot.collections[0].vectorRows == RowCount(expected, source))
    }

    @Test("what a session has loaded before its own ANALYZE is not taken for a change after it")
    func loadedAndAnalyzed() {
        var statistics = fresh(60_000)
        statistics.modifiedSinceAnalyze = 60_000
        #expect(!statistics.isAnalysisOutdated)
        statistics.inserted = 66_100
        statistics.modifiedSinceAnalyze = 6_100
        #expect(statistics.isAnalysisOutdated)
        statistics = fresh(60_000)
        statistics.updated = 12_000
        statistics.modifiedSinceAnalyze = 12_000
        #expect(statistics.isAnalysisOutdated)
        // The counters began after a crash.
        statistics = fresh(60_000)
        statistics.inserted = 20_000
        statistics.modifiedSinceAnalyze = 20_000
        #expect(statistics.isAnalysisOutdated)
    }

    @Test("a share of counted rows is an estimate, and rows that are not known have no share")
    func sources() {
        #expect(!observed(rows: 100, nullFraction: 0.5, source: .analyzed).collections[0].vectorRows.isConfirmed)
        #expect(observed(rows: 100, nullFraction: 0, source: .analyzed).collections[0].vectorRows.isConfirmed)
        #expect(observed(rows: 0, nullFraction: nil, source: .unknown).collections[0].vectorRows.source == .unknown)
        #expect(!observed(rows: 0, nullFraction: nil, source: .unknown).collections[0].hasNoVectors)
    }

    @Test("a table without vectors needs no index, whatever its rows are")
    func noVectors() {
        let snapshot = observed(rows: 1_000_000, nullFraction: 1)
        #expect(rules(snapshot).isEmpty)
        #expect(snapshot.collections[0].hasNoVectors)
        #expect(rules(observed(rows: 1_000_000, nullFraction: 0.9985)) == ["unindexed"])
    }

    @Test("what is about an index goes by the rows with a vector, what is about statistics by all rows")
    func rulesOfEach() throws {
        // 12,000 of 60,000 rows: the index was built on 8,000, and has not doubled.
        let grown = ivfflat(builtAt: 8_000)
        var statistics = untouched(60_000)
        statistics.reltuples = 60_000
        let at = snapshot(rows: 60_000, indexes: [grown], statistics: statistics, nullFraction: 0.8)
        #expect(rules(at).isEmpty)
        let beyond = snapshot(rows: 60_000, indexes: [grown], statistics: statistics, nullFraction: 0.7)
        #expect(rules(beyond) == ["outgrown"])
        // The planner believes in all rows, and is right.
        #expect(!rules(observed(rows: 60_000, nullFraction: 0.8, indexes: [hnsw()])).contains("stale-statistics"))
        let wide = snapshot(rows: 60_000, dimensions: 5_000, nullFraction: 0.99)
        #expect(rules(wide).isEmpty)
    }

    @Test("lists, method and prediction of a build go by the rows with a vector")
    func build() throws {
        let empty = ivfflat(builtAt: -1)
        let assessment = assess(observed(rows: 1_000_000, nullFraction: 0.9, indexes: [empty]))
        let finding = try #require(assessment.findings.first { $0.rule == "built-too-early" })
        #expect(finding.evidence.contains(.count("rows", 1_000_000)))
        #expect(finding.evidence.contains(.count("vectorRows", 100_000)))
        #expect(finding.evidence.contains(.count("recommendedLists", 100)))
        let job = try #require(assessment.plan.jobs.first { $0.kind == "rebuild_index" })
        #expect(job.definition?.parameters == .ivfflat(lists: 100))
        let all = assess(observed(rows: 100_000, nullFraction: 0, indexes: [empty]))
        #expect(job.prediction == all.plan.jobs.first { $0.kind == "rebuild_index" }?.prediction)
    }

    @Test("a sentence about a search says what it reads, and how much of it has a vector")
    func words() throws {
        func summary(_ nullFraction: Double?, modified: Int64 = 0) throws -> String {
            let snapshot = observed(rows: 60_000, nullFraction: nullFraction, modified: modified)
            return try #require(assess(snapshot).findings.first { $0.rule == "unindexed" }).summary
        }
        #expect(try summary(0).hasSuffix("each search scans 60,000 rows"))
        #expect(try summary(0.8).hasSuffix("60,000 rows, 12,000 of them with a vector"))
        #expect(try summary(nil).hasSuffix("60,000 rows, an unknown part of them with a vector"))
        #expect(try summary(0.8, modified: 10_000).hasSuffix("60,000 rows, at most 22,000 of them with a vector"))
    }
}
