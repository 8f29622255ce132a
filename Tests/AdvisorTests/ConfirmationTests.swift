import AdvisorFixture
import Testing

@testable import Advisor

@Suite("What confirms estimates")
struct ConfirmationTests {
    private func grown(to rows: Int64, _ source: RowCount.Source = .statistics) -> CatalogSnapshot {
        snapshot(rows: rows, source: source, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(rows))
    }

    private func found(_ rows: Double, nullFraction: Double = 0) -> ConfirmationOutcome {
        .analyzed(TableAnalysis(rows: rows, pages: 100, modified: 0, nullFraction: nullFraction))
    }

    @Test("only what would act on an estimate is confirmed, by one row more than the number that decides")
    func needed() {
        #expect(assess(grown(to: 5_000)).confirmations.map(\.needed) == [4_001])
        #expect(assess(grown(to: 5_000, .analyzed)).confirmations.isEmpty)
        #expect(assess(grown(to: 4_000)).confirmations.isEmpty)
        let warns = [PolicyLayer(rules: ["outgrown": RuleOverride(mode: .warn)])]
        #expect(assess(grown(to: 5_000), layers: warns).confirmations.isEmpty)
    }

    @Test("two rules that act on one table are confirmed at once, by the larger number")
    func one() {
        var seen = grown(to: 9_000)
        seen.collections[0].relations[0].indexes.append(
            ivfflat(builtAt: 3_000, operatorClass: "vector_l2_ops", oid: 11)
        )
        #expect(assess(seen).confirmations.map(\.needed) == [6_001])
    }

    @Test("fresh statistics confirm as far as nothing that was modified since can matter")
    func fresh() {
        let acts = PolicyLayer(
            rules: ["unindexed": RuleOverride(mode: .act)],
            index: IndexOverride(distanceMetric: .cosineDistance)
        )
        func confirmations(modified: Int64, analyzeCount: Int64 = 1, nullFraction: Double? = 0) -> [Int64] {
            let statistics = TableStatistics(
                reltuples: 5_000,
                relpages: 100,
                liveTuples: 5_500,
                inserted: 5_500,
                modifiedSinceAnalyze: modified,
                analyzeCount: analyzeCount
            )
            var seen = snapshot(rows: 5_500, source: .statistics, statistics: statistics)
            seen.collections[0].relations[0].nullFraction = nullFraction
            return assess(seen, layers: [acts]).confirmations.map(\.needed)
        }
        #expect(confirmations(modified: 4_000) == [])
        #expect(confirmations(modified: 4_001) == [1_000])
        #expect(confirmations(modified: 0, analyzeCount: 0) == [1_000], "counters that were reset tell nothing")
        #expect(confirmations(modified: 0, nullFraction: nil) == [1_000], "an index holds rows with a vector")
    }

    @Test(
        "an analysis settles on which side of a number the rows are, or leaves it open",
        arguments: [
            (5_000, 100, 0, 0, true, true), (4_999, 100, 0, 0, false, true), (5_010, 100, 10, 0, true, true),
            (5_009, 100, 10, 0, false, false), (4_990, 100, 9, 0, false, true), (4_990, 100, 10, 0, false, false),
            // Half of the rows have no vector.
            (10_000, 100, 0, 0.5, true, true), (9_998, 100, 0, 0.5, false, true),
            // A sample leaves a doubt.
            (5_050, 40_000, 0, 0, false, false), (5_200, 40_000, 0, 0, true, true),
            (0, 0, 0, nil, false, true), (9_000, 100, 0, nil, false, false),
        ] as [(Double, Int64, Int64, Double?, Bool, Bool)]
    )
    func settled(rows: Double, pages: Int64, modified: Int64, nulls: Double?, isAtLeast: Bool, isSettled: Bool) {
        let analysis = TableAnalysis(rows: rows, pages: pages, modified: modified, nullFraction: nulls)
        #expect(analysis.isAtLeast(5_000) == isAtLeast)
        #expect(analysis.settles(5_000) == isSettled)
    }

    @Test("too few rows take the finding back")
    func refuted() throws {
        var seen = grown(to: 5_000)
        let confirmation = try #require(assess(seen).confirmations.first)
        seen.apply(confirmation, found(4_000))
        #expect(seen.collections[0].rows == RowCount(4_000, .analyzed))
        #expect(!rules(seen).contains("outgrown"))
    }

    @Test("rows without a vector do not count")
    func withoutVector() throws {
        var seen = grown(to: 5_000)
        let confirmation = try #require(assess(seen).confirmations.first)
        seen.apply(confirmation, found(5_000, nullFraction: 0.5))
        #expect(seen.collections[0].rows.value == 5_000)
        #expect(!rules(seen).contains("outgrown"))
    }

    @Test("rows enough confirm, and are what the job is planned for")
    func confirmed() throws {
        var seen = grown(to: 5_000)
        let confirmation = try #require(assess(seen).confirmations.first)
        #expect(assess(seen).plan.jobs.filter(assess(seen).isEstimated).map(\.kind) == ["rebuild_index"])
        seen.apply(confirmation, found(4_001))
        #expect(seen.collections[0].rows == RowCount(4_001, .analyzed))
        #expect(assess(seen).plan.jobs.contains { $0.kind == "rebuild_index" && $0.disposition == .act })
        #expect(assess(seen).plan.jobs.filter(assess(seen).isEstimated).isEmpty)
    }

    @Test("an ANALYZE does not change what an index is known to be built on")
    func baseline() throws {
        var seen = grown(to: 5_000)
        let before = Baseline.infer(
            for: seen.collections[0].relations[0].indexes[0],
            on: seen.collections[0].relations[0]
        )
        seen.apply(try #require(assess(seen).confirmations.first), found(5_000))
        let relation = seen.collections[0].relations[0]
        #expect(Baseline.infer(for: relation.indexes[0], on: relation) == before)
    }

    @Test("a table that is gone takes its collection along, and one that cannot be confirmed refuses its job")
    func failures() throws {
        var dropped = grown(to: 5_000)
        let confirmation = try #require(assess(dropped).confirmations.first)
        dropped.apply(confirmation, .tableIsGone)
        #expect(dropped.collections.isEmpty)

        var obstructed = grown(to: 5_000)
        obstructed.apply(confirmation, .impossible("it is locked"))
        #expect(obstructed.collections[0].relations[0].countBlocker == "it is locked")
        #expect(assess(obstructed).confirmations.isEmpty, "it is not tried again")
    }
}

@Suite("Values in what is composed for a build")
struct ForeignValueTests {
    @Test(
        "a value of a type with a schema in its name is found wherever it stands",
        arguments: [
            ("(n > 5)", false), ("(name = 'a.b'::text)", false), ("(flags = '{1,2}'::integer[])", false),
            ("('x'::\"char\" = kind)", false), ("(a = 'it''s'::text)", false), ("\"'\" IS NULL", false),
            ("(vec <> '[0,0]'::public.vector)", true), ("('(1)'::hers.whole IS NOT NULL)", true),
            ("('{1}'::\"He rs\".\"par\"\"t\"[] IS NULL)", true), ("('a''b'::\"x\".y IS NULL)", true),
            ("(E'\\\\'::hers.whole IS NULL)", true), ("(\"'\" = '(2)'::été.whole)", true),
            ("((vec)::public.halfvec(3))", false), ("(id > (1)::hers.number)", false),
        ]
    )
    func predicate(sql: String, isForeign: Bool) {
        var definition = IndexDefinition(
            distanceMetric: .l2Distance,
            operatorClass: "vector_l2_ops",
            operatorClassSchema: "public",
            parameters: .ivfflat(lists: 30)
        )
        #expect(!definition.holdsForeignValue)
        definition.predicate = sql
        #expect(definition.holdsForeignValue == isForeign)
        definition.predicate = nil
        definition.expression = sql
        #expect(definition.holdsForeignValue == isForeign)
    }
}

@Suite("Numbers that no honest server gives")
struct HostileNumberTests {
    @Test("are brought into range, and stop nothing", arguments: [Double.nan, .infinity, -.infinity, 3.4e38, -7])
    func reltuples(value: Double) {
        for rows in [Int64.max, .min, 0] {
            var statistics = untouched(rows)
            statistics.reltuples = value
            statistics.relpages = .max
            let estimate = RowCount.estimate(from: statistics, type: .vector, dimensions: 64)
            #expect(estimate.value >= 0)
            let seen = snapshot(
                rows: rows,
                source: estimate.source,
                indexes: [ivfflat(builtAt: value), ivfflat(builtAt: value, lists: 32_768, oid: 11), hnsw()],
                dimensions: 16_000,
                statistics: statistics
            )
            for job in assess(seen, layers: [everythingActs]).plan.jobs {
                #expect(job.prediction?.memoryBytes ?? 0 >= 0)
            }
        }
    }

    @Test("a name of an operator class that fills a name leaves room for the digits")
    func longName() {
        let long = String(repeating: "é", count: 24) + "_cosine_ops"
        let definition = IndexDefinition(
            distanceMetric: .cosineDistance,
            operatorClass: long,
            operatorClassSchema: "public",
            parameters: .ivfflat(lists: 32_768)
        )
        let collection = CollectionName(schema: "public", table: "docs", column: "vec")
        let first = IndexName.finished(definition, for: collection, taken: [])
        let second = IndexName.finished(definition, for: collection, taken: [first])
        #expect(first.utf8.count <= 63 && second.utf8.count <= 63)
        #expect(first != second)
    }
}

@Suite("Known bugs")
struct AdvisoryTests {
    private func advised(_ snapshot: CatalogSnapshot) -> [String] {
        assess(snapshot).findings.filter { $0.rule == "advisory" }.compactMap { finding in
            for case let item in finding.evidence where item.key == "fixedIn" {
                if case .text(let version) = item.value { return version }
            }
            return nil
        }
    }

    @Test(
        "each is reported from the first version that has it to the last",
        arguments: [
            ("0.8.7", []), ("0.8.6", ["0.8.7"]), ("0.8.3", ["0.8.4", "0.8.7"]), ("0.8.2", ["0.8.3", "0.8.4", "0.8.7"]),
            ("0.5.1", ["0.8.3", "0.8.4", "0.8.7"]), ("0.3.0", ["0.3.1", "0.8.7"]),
        ] as [(String, [String])]
    )
    func pgvector(version: String, fixes: [String]) {
        let indexes = version < "0.5" ? [ivfflat(builtAt: 9_000)] : [ivfflat(builtAt: 9_000), hnsw()]
        #expect(advised(snapshot(indexes: indexes, server: facts(pgvector: version))) == fixes)
    }

    @Test("a bug of a method that no index uses is no news, nor is one without any index")
    func silent() {
        #expect(advised(snapshot(indexes: [ivfflat(builtAt: 9_000)], server: facts(pgvector: "0.8.2"))) == ["0.8.7"])
        #expect(advised(snapshot(server: facts(versionNumber: 140_001, pgvector: "0.8.2"))).isEmpty)
        #expect(advised(snapshot(indexes: [hnsw()], server: facts(versionNumber: 140_001))) == ["14.4"])
        #expect(advised(snapshot(indexes: [hnsw()], server: facts(versionNumber: 140_004))).isEmpty)
    }
}
