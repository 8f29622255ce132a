import Advisor
import AdvisorFixture
import Testing

@Suite("Counts that confirm estimates")
struct ConfirmationTests {
    private func grown(to rows: Int64, _ source: RowCount.Source = .statistics) -> Observation {
        observation(rows: rows, source: source, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(rows))
    }

    @Test("only what would act on an estimate is counted, one row past the number that decides")
    func limit() {
        #expect(assess(grown(to: 5_000)).confirmations.map(\.limit) == [4_001])
        #expect(assess(grown(to: 5_000, .counted)).confirmations.isEmpty)
        #expect(assess(grown(to: 5_000, .countedAtLeast)).confirmations.isEmpty)
        #expect(assess(grown(to: 4_000)).confirmations.isEmpty)
        let warns = [PolicyLayer(rules: ["outgrown": RuleOverride(mode: .warn)])]
        #expect(assess(grown(to: 5_000), layers: warns).confirmations.isEmpty)
    }

    @Test("two rules that act on one table are confirmed by one count, up to the larger number")
    func one() {
        var seen = grown(to: 9_000)
        seen.collections[0].relations[0].indexes.append(
            ivfflat(builtAt: 3_000, operatorClass: "vector_l2_ops", oid: 11)
        )
        #expect(assess(seen).confirmations.map(\.limit) == [6_001])
    }

    @Test("a count below the limit is exact, and takes the finding back")
    func refuted() throws {
        var seen = grown(to: 5_000)
        let confirmation = try #require(assess(seen).confirmations.first)
        seen.apply(confirmation, counted: .rows(4_000))
        #expect(seen.collections[0].rows == RowCount(4_000, .counted))
        #expect(!rules(seen).contains("outgrown"))
    }

    @Test("a count that reached the limit confirms, and keeps the larger estimate")
    func confirmed() throws {
        var seen = grown(to: 5_000)
        let confirmation = try #require(assess(seen).confirmations.first)
        seen.apply(confirmation, counted: .rows(4_001))
        #expect(seen.collections[0].rows == RowCount(5_000, .countedAtLeast))
        #expect(assess(seen).plan.jobs.contains { $0.kind == "rebuild_index" && $0.disposition == .act })
    }

    @Test("a table that is gone takes its collection along, and one that cannot be counted refuses its job")
    func failures() throws {
        var dropped = grown(to: 5_000)
        let confirmation = try #require(assess(dropped).confirmations.first)
        dropped.apply(confirmation, counted: .tableIsGone)
        #expect(dropped.collections.isEmpty)

        var obstructed = grown(to: 5_000)
        obstructed.apply(confirmation, counted: .impossible("it is locked"))
        #expect(obstructed.collections[0].relations[0].countObstacle == "it is locked")
        #expect(assess(obstructed).confirmations.isEmpty, "it is not tried again")
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
            let seen = observation(
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
    func longName() throws {
        let long = String(repeating: "é", count: 24) + "_cosine_ops"
        let index = ivfflat(builtAt: 2_000, operatorClass: long)
        let seen = observation(rows: 9_000, indexes: [index], statistics: untouched(9_000))
        let target = try #require(assess(seen).plan.jobs.first { $0.kind == "rebuild_index" }?.targets.first)
        #expect(target.finishedName.utf8.count <= 63)
        #expect(target.finishedName != index.name)
    }
}

@Suite("Known bugs")
struct AdvisoryTests {
    private func advised(_ observation: Observation) -> [String] {
        assess(observation).findings.filter { $0.rule == "advisory" }.compactMap { finding in
            for case let item in finding.evidence where item.key == "fixedIn" {
                if case .text(let version) = item.value { return version }
            }
            return nil
        }
    }

    @Test(
        "each is told of from the first version that has it to the last",
        arguments: [
            ("0.8.7", []), ("0.8.6", ["0.8.7"]), ("0.8.3", ["0.8.4", "0.8.7"]), ("0.8.2", ["0.8.3", "0.8.4", "0.8.7"]),
            ("0.5.1", ["0.8.3", "0.8.4", "0.8.7"]), ("0.3.0", ["0.3.1", "0.8.7"]),
        ] as [(String, [String])]
    )
    func pgvector(version: String, fixes: [String]) {
        let indexes = version < "0.5" ? [ivfflat(builtAt: 9_000)] : [ivfflat(builtAt: 9_000), hnsw()]
        #expect(advised(observation(indexes: indexes, server: facts(pgvector: version))) == fixes)
    }

    @Test("a bug of a method that no index uses is no news, nor is one without any index")
    func silent() {
        #expect(advised(observation(indexes: [ivfflat(builtAt: 9_000)], server: facts(pgvector: "0.8.2"))) == ["0.8.7"])
        #expect(advised(observation(server: facts(versionNumber: 140_001, pgvector: "0.8.2"))).isEmpty)
        #expect(advised(observation(indexes: [hnsw()], server: facts(versionNumber: 140_001))) == ["14.4"])
        #expect(advised(observation(indexes: [hnsw()], server: facts(versionNumber: 140_004))).isEmpty)
    }
}
