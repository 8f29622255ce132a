import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Baselines of indexes that nobody recorded")
struct BaselineTests {
    private func infer(_ index: VectorIndex, _ statistics: TableStatistics, rows: Int64 = 50_000) -> Baseline? {
        Baseline.infer(for: index, on: snapshot(rows: rows, statistics: statistics).collections[0].relations[0])
    }

    @Test("the index's own count is exact while nothing has analyzed or vacuumed the table")
    func untouchedTable() {
        #expect(
            infer(ivfflat(builtAt: 12_345), untouched(50_000))
                == Baseline(rows: 12_345, source: .indexStatistics, certainty: .exact)
        )
    }

    @Test("counters that are younger than the rows, as after a crash, make nothing exact")
    func resetCounters() {
        var statistics = untouched(0)
        statistics.inserted = 10
        #expect(infer(ivfflat(builtAt: 12_345), statistics, rows: 30_000)?.certainty == .guess)
    }

    @Test("an index without rows was built empty, or truncated with its table")
    func empty() {
        #expect(infer(ivfflat(builtAt: -1), fresh(50_000)) == Baseline(rows: 0, source: .builtEmpty, certainty: .exact))
        #expect(infer(ivfflat(builtAt: 0), fresh(50_000))?.certainty == .likely)
    }

    @Test("a build after the last ANALYZE keeps its count, where commits have times; a rename moves them too")
    func commitTimes() {
        var statistics = fresh(50_000)
        statistics.lastMaintenanceAt = 100
        var index = ivfflat(builtAt: 12_345)
        index.builtAt = 101
        #expect(infer(index, statistics) == Baseline(rows: 12_345, source: .indexStatistics, certainty: .likely))
        index.builtAt = 99
        #expect(infer(index, statistics, rows: 30_000)?.source == .rowsNow)
    }

    @Test(
        "vecs' formula is read backwards where it is unambiguous",
        arguments: [(31, 31_000), (80, 80_000), (999, 999_000), (1_000, 1_000_000), (3_162, 9_998_244)]
    )
    func lists(lists: Int, rows: Int64) {
        #expect(
            infer(ivfflat(builtAt: 50_000, lists: lists), fresh(rows), rows: rows)
                == Baseline(rows: rows, source: .listsOfVecs, certainty: .likely)
        )
        // What the formula gives for these rows is what the index has.
        #expect(Lists.recommended(rows: rows) == lists)
    }

    @Test("30 lists mean any table of up to 30,999 rows, and so no baseline but an upper bound")
    func thirtyLists() {
        #expect(infer(ivfflat(builtAt: 1), fresh(30_999), rows: 30_999)?.source == .rowsNow)
        #expect(
            infer(ivfflat(builtAt: 1), fresh(31_000), rows: 31_000)
                == Baseline(rows: 30_999, source: .listsOfVecs, certainty: .likely)
        )
    }

    @Test("lists of an index that vecs did not name are a guess; lists that were not given are nothing")
    func listsByHand() {
        #expect(
            infer(ivfflat(builtAt: 1, lists: 100, name: "docs_idx"), fresh(150_000), rows: 150_000)
                == Baseline(rows: 100_000, source: .lists, certainty: .guess)
        )
        #expect(infer(ivfflat(builtAt: 1, lists: nil), fresh(50_000))?.source == .rowsNow)
    }

    @Test(
        "lists are no evidence of more rows than were ever inserted, whoever named the index",
        arguments: [
            (8_000, 0, 8_000), (99_999, 0, 99_999), (60_000, 30_000, 30_000), (100_000, 0, nil),
            (250_000, 200_000, nil),
            // Counters that were reset when there were rows say nothing of what there was before.
            (1_000, 0, nil), (0, 0, nil),
        ] as [(Int64, Int64, Int64?)]
    )
    func mostEver(inserted: Int64, deleted: Int64, unknown: Int64?) {
        let rows = unknown ?? 50_000
        var statistics = fresh(rows)
        (statistics.inserted, statistics.deleted) = (inserted, deleted)
        for name in [nil, "docs_idx"] {
            let baseline = infer(ivfflat(builtAt: Double(rows), lists: 100, name: name), statistics, rows: rows)
            #expect(baseline?.rows == unknown ?? 100_000, "\(inserted), \(deleted)")
            #expect((baseline?.source == .rowsNow) == (unknown != nil))
        }
    }

    @Test("an index that counts no rows was not built empty where rows came that nobody counted, as before pg_upgrade")
    func uncountedRows() {
        var statistics = fresh(50_000)
        (statistics.inserted, statistics.liveTuples, statistics.reltuples) = (0, 0, -1)
        for count in [-1.0, 0] {
            #expect(infer(ivfflat(builtAt: count), statistics)?.certainty == .guess)
        }
        let jobs = assess(snapshot(indexes: [ivfflat(builtAt: 0)], statistics: statistics)).plan.jobs
        #expect(!jobs.contains { $0.definition != nil && $0.disposition == .act })
    }

    @Test(
        "an index that took over the file of another one, as after a change of the column's type, was not built empty"
    )
    func olderFile() {
        for count in [-1.0, 0] {
            var index = ivfflat(builtAt: count, oid: 20)
            index.relfilenode = 19
            #expect(infer(index, untouched(10_000), rows: 10_000)?.source == .rowsNow)
            index.relfilenode = 21
            #expect(infer(index, untouched(10_000), rows: 10_000)?.source == .builtEmpty)
        }
    }

    @Test("the count of an index of an unlogged table is none of the rows that it holds: it outlasts a crash")
    func unlogged() {
        func infer(_ index: VectorIndex) -> Baseline? {
            var relation = snapshot(statistics: untouched(10_000)).collections[0].relations[0]
            relation.isUnlogged = true
            return Baseline.infer(for: index, on: relation)
        }
        #expect(infer(ivfflat(builtAt: 5_000))?.certainty == .guess)
        #expect(infer(ivfflat(builtAt: 0)) == Baseline(rows: 0, source: .builtEmpty, certainty: .exact))
        for source in LastBuild.Source.allCases {
            var index = ivfflat(builtAt: 5_000)
            index.recorded = LastBuild(rows: 5_000, source: source, isLost: true)
            #expect(infer(index) == Baseline(rows: 0, source: .lostInCrash, certainty: .likely))
        }
    }

    @Test("an index for cosine distance is compared without the zero vectors, which it leaves out")
    func zeroVectors() throws {
        var statistics = untouched(10_000)
        statistics.reltuples = 10_000
        let index = ivfflat(builtAt: 4_000)
        let seen = snapshot(rows: 10_000, indexes: [index], statistics: statistics)
        let relation = seen.collections[0].relations[0]
        #expect(
            Baseline.infer(for: index, on: relation)
                == Baseline(rows: 4_000, tableRows: 10_000, source: .indexStatistics, certainty: .likely)
        )
        #expect(relation.rows(in: index).value == 4_000)
        #expect(!rules(seen).contains("outgrown"))
        // Twice the rows, and one more.
        statistics.liveTuples = 20_001
        #expect(
            rules(snapshot(rows: 20_000, indexes: [index], statistics: statistics)).contains("outgrown") == false
        )
        #expect(rules(snapshot(rows: 20_001, indexes: [index], statistics: statistics)).contains("outgrown"))
        // The L2 distance of a zero vector is a distance like others.
        let l2 = ivfflat(builtAt: 4_000, operatorClass: "vector_l2_ops")
        #expect(rules(snapshot(rows: 10_000, indexes: [l2], statistics: statistics)).contains("outgrown"))
    }

    @Test("what is left out of an index trains none of its lists, and is no reason to build it again")
    func zeroVectorsTraining() {
        var index = ivfflat(builtAt: 2_000)
        index.recorded = LastBuild(rows: 500, tableRows: 2_000, source: .built)
        #expect(!rules(snapshot(rows: 2_000, indexes: [index])).contains("built-too-early"))
        #expect(!rules(snapshot(rows: 5_996, indexes: [index])).contains("built-too-early"))
        #expect(rules(snapshot(rows: 6_000, indexes: [index])).contains("built-too-early"))
    }

    @Test("a collection with an IVFFlat index without any evidence has an unknown baseline; one of HNSW needs none")
    func unknownBaseline() {
        func isUnknown(_ index: VectorIndex, _ statistics: TableStatistics) -> Bool {
            snapshot(rows: 8_000, indexes: [index], statistics: statistics).collections[0].hasUnknownBaseline
        }
        #expect(isUnknown(ivfflat(builtAt: 8_000), fresh(8_000)))
        #expect(isUnknown(ivfflat(builtAt: 8_000, lists: 100, name: "by_hand"), fresh(8_000)))
        #expect(isUnknown(ivfflat(builtAt: 8_000, predicate: "x"), untouched(8_000)))
        #expect(!isUnknown(ivfflat(builtAt: 8_000), untouched(8_000)))
        #expect(!isUnknown(hnsw(), fresh(8_000)))
        var index = ivfflat(builtAt: 8_000)
        index.recorded = LastBuild(rows: 8_000, source: .inferred)
        #expect(isUnknown(index, fresh(8_000)))
        index.recorded?.source = .observed
        #expect(!isUnknown(index, fresh(8_000)))
    }

    @Test("rows that are all younger than the index tell one that was built empty, as far as the counters bear it out")
    func rowAges() {
        func infer(_ ages: RowAges?, _ change: (inout TableStatistics) -> Void = { _ in }) -> Baseline? {
            var index = ivfflat(builtAt: 8_000, lists: 100, name: "by_hand")
            index.rowAges = ages
            var statistics = fresh(8_000)
            change(&statistics)
            return self.infer(index, statistics, rows: 8_000)
        }
        #expect(infer(nil)?.source == .rowsNow)
        #expect(infer(.younger) == Baseline(rows: 0, source: .builtEmpty, certainty: .likely))
        #expect(infer(.youngerOrOfBuild) == Baseline(rows: 0, source: .builtEmpty, certainty: .guess))
        // As many rows as were updated or deleted may have been there at the build.
        #expect(infer(.younger) { $0.updated = 800 }?.certainty == .likely)
        #expect(infer(.younger) { $0.updated = 801 }?.certainty == .guess)
        #expect(infer(.younger) { ($0.deleted, $0.inserted) = (801, 8_801) }?.certainty == .guess)
        // Counters that began later have not seen what happened before.
        #expect(infer(.younger) { $0.inserted = 7_199 }?.certainty == .guess)
    }

    @Test("too few rows, and older ones among them, tell nothing")
    func rowAgesOfLook() {
        #expect(RowAges(sampled: 50, notYounger: 0, isFirst: true) == .younger)
        #expect(RowAges(sampled: 50, notYounger: 0, isFirst: false) == .youngerOrOfBuild)
        #expect(RowAges(sampled: 49, notYounger: 0, isFirst: true) == nil)
        #expect(RowAges(sampled: 5_000, notYounger: 1, isFirst: true) == nil)
    }

    @Test("the ages of rows are asked for where nothing else tells, and stay with the index")
    func indexesToDate() throws {
        func toDate(_ index: VectorIndex, _ statistics: TableStatistics, rows: Int64 = 8_000) -> Int {
            snapshot(rows: rows, indexes: [index], statistics: statistics).indexesToDate.count
        }
        let unknown = ivfflat(builtAt: 8_000, lists: 100, name: "by_hand")
        #expect(toDate(unknown, fresh(8_000)) == 1)
        #expect(toDate(unknown, fresh(49), rows: 49) == 0)
        #expect(toDate(unknown, untouched(8_000)) == 0)
        #expect(toDate(ivfflat(builtAt: 8_000, predicate: "x"), fresh(8_000)) == 0)
        #expect(toDate(hnsw(), fresh(8_000)) == 0)
        var recorded = unknown
        recorded.recorded = LastBuild(rows: 8_000, source: .observed)
        #expect(toDate(recorded, fresh(8_000)) == 0)
        recorded.recorded?.source = .inferred
        #expect(toDate(recorded, fresh(8_000)) == 1)

        var seen = snapshot(rows: 8_000, indexes: [unknown], statistics: fresh(8_000))
        let index = try #require(seen.indexesToDate.first)
        seen.add([index: .younger])
        #expect(seen.indexesToDate.isEmpty)
        #expect(assess(seen).findings.contains { $0.rule == "built-too-early" && $0.withheld == nil })
    }

    @Test("a guess does not act, and says why")
    func guessWarns() throws {
        let guessed = snapshot(rows: 900_000, indexes: [ivfflat(builtAt: 1, lists: 100, name: "docs_idx")])
        let finding = try #require(assess(guessed).findings.first { $0.rule == "outgrown" })
        #expect(finding.withheld?.contains("guess") == true)
        #expect(!assess(guessed).plan.jobs.contains { $0.disposition == .act })
    }

    @Test("an index that somebody rebuilt has the rows of that rebuild")
    func rebuiltByOthers() {
        // REINDEX counts anew, and changes nothing else that a first poll can see.
        #expect(infer(ivfflat(builtAt: 50_000), untouched(50_000))?.rows == 50_000)
    }

    @Test("a partial index and one of another extension have none")
    func incomparable() {
        #expect(infer(ivfflat(builtAt: 10, predicate: "x"), untouched(50_000)) == nil)
        let other = VectorIndex(oid: 1, name: "x", method: .other("diskann"), operatorClass: "x", reltuples: 10)
        #expect(infer(other, untouched(50_000)) == nil)
    }
}

@Suite("Row estimates")
struct RowCountTests {
    private func estimate(_ statistics: TableStatistics) -> RowCount {
        RowCount.estimate(from: statistics, type: .vector, dimensions: 64)
    }

    @Test("live rows come first: they follow every insert and delete")
    func live() {
        #expect(
            estimate(TableStatistics(reltuples: 1_000, relpages: 10, liveTuples: 21_000, inserted: 21_000))
                == RowCount(21_000, .statistics)
        )
        #expect(
            estimate(
                TableStatistics(reltuples: 30_000, relpages: 99, liveTuples: 15_000, inserted: 30_000, deleted: 15_000)
            ) == RowCount(15_000, .statistics)
        )
    }

    /// A table of 100 rows on a page, as an ANALYZE saw it, and what the counters say now.
    private func counted(
        _ analyzed: Int64,
        live: Int64,
        _ inserted: Int64,
        _ deleted: Int64 = 0,
        pages: Int64?,
        isRewritten: Bool = false
    ) -> RowCount {
        estimate(
            TableStatistics(
                reltuples: Double(analyzed),
                relpages: (analyzed + 99) / 100,
                currentPages: pages,
                isRewritten: isRewritten,
                liveTuples: live,
                inserted: inserted,
                deleted: deleted,
                modifiedSinceAnalyze: 700,
                analyzeCount: 1
            )
        )
    }

    @Test("what a session inserted just before its own ANALYZE is not counted twice")
    func twice() {
        #expect(counted(700, live: 1_400, 700, pages: 7) == RowCount(700, .density))
        #expect(counted(700, live: 1_400, 700, pages: nil) == RowCount(700, .statistics), "where nobody could measure")
        // Half was deleted before it, so half of the rest is counted twice.
        #expect(counted(400, live: 800, 800, 400, pages: 4) == RowCount(400, .density))
        // TRUNCATE takes rows away that no counter of deletes knows of.
        #expect(counted(700, live: 1_400, 1_400, pages: 7, isRewritten: true) == RowCount(700, .density))
    }

    @Test("rows that came after an ANALYZE count, also when the counters were reset before it")
    func after() {
        #expect(counted(700, live: 1_400, 1_400, pages: nil) == RowCount(1_400, .statistics))
        #expect(counted(700, live: 1_400, 700, pages: 14) == RowCount(1_400, .statistics), "reset, then grown")
        #expect(counted(700, live: 1_400, 1_400, pages: 14, isRewritten: true) == RowCount(1_400, .statistics))
        // Into the room that rows have left which a VACUUM took away.
        #expect(counted(700, live: 1_400, 2_100, 700, pages: 7) == RowCount(1_400, .statistics))
        #expect(counted(1_000, live: 1_100, 900, pages: nil) == RowCount(1_100, .statistics), "within the doubt")
    }

    @Test("what a session deleted just before its own ANALYZE is not counted twice")
    func deletedTwice() {
        #expect(counted(350, live: 0, 700, 350, pages: 4) == RowCount(350, .density))
        #expect(counted(700, live: 350, 700, 350, pages: 7) == RowCount(350, .statistics), "deleted after it")
        #expect(counted(700, live: 0, 700, 0, pages: 0, isRewritten: true).value == 0, "truncated after it")
    }

    @Test("counters that were reset give way to the density of the pages")
    func reset() {
        #expect(
            estimate(
                TableStatistics(reltuples: 10_000, relpages: 100, currentPages: 300, liveTuples: 5, inserted: 5)
            ) == RowCount(30_000, .density)
        )
    }

    @Test("never analyzed and nothing counted: the pages tell roughly, no pages mean no rows, nothing means unknown")
    func unknown() {
        func never(_ pages: Int64?) -> RowCount {
            estimate(TableStatistics(reltuples: -1, relpages: 0, currentPages: pages, liveTuples: 0, inserted: 0))
        }
        #expect(never(0) == RowCount(0, .statistics))
        #expect(never(100).source == .pages)
        #expect(never(100).value > 100)
        #expect(never(nil) == RowCount(0, .unknown))
    }
}
