import AdvisorFixture
import Testing

@testable import Advisor

/// What a build of an HNSW index makes of so many rows of 64 dimensions, in bytes.
private func built(_ rows: Int64, _ type: VectorType = .vector) -> Int64 {
    Prediction.hnsw(
        rows: rows,
        type: type,
        dimensions: 64,
        m: 16,
        efConstruction: 64,
        workers: 0,
        memoryLimit: .max
    )?.diskBytes ?? 0
}

/// An HNSW index of this size on a table with live and dead rows.
private func worn(
    rows: Int64 = 10_000,
    dead: Int64 = 0,
    size: Int64 = built(10_000),
    isMeasured: Bool = true,
    type: VectorType = .vector,
    source: RowCount.Source = .statistics,
    recorded: (rows: Int64, size: Int64?)? = nil,
    builds: [ActiveBuild] = [],
    changing change: (inout VectorIndex) -> Void = { _ in }
) -> CatalogSnapshot {
    var statistics = fresh(rows)
    statistics.deadTuples = dead
    var index = hnsw()
    index.indexedType = type
    index.sizeBytes = size
    index.isSizeMeasured = isMeasured
    index.recorded = recorded.map { LastBuild(rows: $0.rows, source: .built, sizeBytes: $0.size) }
    change(&index)
    return snapshot(
        rows: rows,
        source: source,
        indexes: [index],
        type: type,
        statistics: statistics,
        builds: builds
    )
}

private let halfEmpty = built(10_000) * 2

private let aBuild = ActiveBuild(
    processID: 1,
    tableOID: 1,
    indexOID: nil,
    phase: "building index",
    phaseFraction: nil,
    elapsedSeconds: nil
)

@Suite("The rule churned")
struct ChurnedTests {
    @Test(
        "looks at the share of dead rows",
        arguments: [
            Case("a fifth", worn(rows: 8_000, dead: 2_000, size: built(10_100)), fires: false),
            Case("one more", worn(rows: 8_000, dead: 2_001, size: built(10_100)), fires: true),
            Case("none", worn(rows: 8_000), fires: false),
            Case("all", worn(rows: 0, dead: 10_000), fires: true),
            Case("few rows", worn(rows: 500, dead: 499, size: built(1_000)), fires: false),
            Case("few rows that are alive", worn(rows: 500, dead: 500, size: built(1_000)), fires: true),
            Case("while an index is built", worn(rows: 5_000, dead: 5_000, builds: [aBuild]), fires: false),
            Case("an invalid index", worn(rows: 5_000, dead: 5_000) { $0.isValid = false }, fires: false),
            Case("a partial index", worn(rows: 5_000, dead: 5_000) { $0.predicate = "x" }, fires: false),
            Case("no HNSW", worn(rows: 5_000, dead: 5_000) { $0.method = .ivfflat }, fires: false),
        ]
    )
    func dead(item: Case) {
        #expect(rules(item.snapshot).contains("churned") == item.fires)
    }

    @Test(
        "believes in dead entries only where the index has room for them",
        arguments: [
            Case("rebuilt, and not vacuumed yet", worn(rows: 2_000, dead: 8_000, size: built(2_000)), fires: false),
            Case("updates that left the vector alone", worn(dead: 20_000), fires: false),
            Case("updates of the vector", worn(dead: 10_000, size: halfEmpty), fires: true),
            Case(
                "room for less than the share",
                worn(rows: 8_100, dead: 10_000, size: built(10_000)),
                fires: false
            ),
            Case("a size that is only an estimate", worn(dead: 20_000, isMeasured: false), fires: true),
            Case("a size that nothing predicts", worn(dead: 20_000, type: .sparsevec), fires: true),
            Case(
                "a size that nothing predicts, just built",
                worn(dead: 20_000, type: .sparsevec, recorded: (10_000, built(10_000))),
                fires: false
            ),
        ]
    )
    func room(item: Case) {
        #expect(rules(item.snapshot).contains("churned") == item.fires)
    }

    @Test(
        "looks at the size",
        arguments: [
            Case("as predicted", worn(), fires: false),
            Case("1.5 times that", worn(size: built(10_000) * 3 / 2), fires: false),
            Case("one page more", worn(size: built(10_000) * 3 / 2 + 8_192), fires: true),
            Case("as an estimate too", worn(size: halfEmpty, isMeasured: false), fires: true),
            Case("few rows", worn(rows: 999), fires: false),
            Case("rows enough", worn(rows: 1_000), fires: true),
            Case("a column of another type", worn(size: built(10_000), type: .bit), fires: true),
            Case(
                "a cast to another type",
                worn(size: built(10_000, .bit)) { ($0.expression, $0.indexedType) = ("x", .bit) },
                fires: false
            ),
            Case("no prediction", worn(size: halfEmpty, type: .sparsevec), fires: false),
        ]
    )
    func size(item: Case) {
        #expect(rules(item.snapshot).contains("churned") == item.fires)
    }

    @Test(
        "takes what its own build gave for what can be had, so that no index is rebuilt for ever",
        arguments: [
            Case("just built", worn(size: halfEmpty, recorded: (10_000, halfEmpty)), fires: false),
            Case("grown a tenth", worn(size: halfEmpty / 10 * 11, recorded: (9_000, halfEmpty)), fires: false),
            Case("grown beyond", worn(size: halfEmpty * 2, recorded: (10_000, halfEmpty)), fires: true),
            Case("half the rows gone", worn(rows: 5_000, size: halfEmpty, recorded: (10_000, halfEmpty)), fires: true),
            Case("built empty", worn(size: halfEmpty, recorded: (0, 8_192)), fires: true),
            Case("no size recorded", worn(size: halfEmpty, recorded: (10_000, nil)), fires: true),
            Case("smaller than predicted", worn(recorded: (10_000, built(10_000) / 4)), fires: false),
        ]
    )
    func recorded(item: Case) {
        #expect(rules(item.snapshot).contains("churned") == item.fires)
    }

    @Test("its thresholds can be set")
    func thresholds() {
        let layer = PolicyLayer(
            rules: ["churned": RuleOverride(values: ["deadShare": 0.5, "sizeFactor": 3, "minimumRows": 50_000])]
        )
        let seen = [worn(rows: 4_000, dead: 2_000), worn(size: halfEmpty), worn(size: halfEmpty * 2)]
        #expect(seen.allSatisfy { rules($0).contains("churned") })
        #expect(seen.allSatisfy { !rules($0, layers: [layer]).contains("churned") })
    }

    @Test("an index is rebuilt with the parameters that it has")
    func rebuilt() throws {
        let seen = worn(size: halfEmpty * 4) { index in
            index.options = ["m": "24", "ef_construction": "200"]
            (index.tablespace, index.comment) = ("fast", "ours")
        }
        let job = try #require(assess(seen, layers: [everythingActs]).plan.jobs.first { $0.kind == "rebuild_index" })
        #expect(job.disposition == .act)
        guard let rebuild = job.spec as? RebuildIndex else { return }
        #expect(rebuild.definition.parameters == .hnsw(m: 24, efConstruction: 200))
        #expect(rebuild.definition.tablespace == "fast" && rebuild.definition.comment == "ours")
    }

    @Test("it warns, and acts only on what was measured and on rows that are known")
    func withheld() throws {
        let finding = { (seen: CatalogSnapshot) in
            assess(seen, layers: [everythingActs]).findings.first { $0.rule == "churned" }
        }
        #expect(finding(worn(size: halfEmpty))?.asksToAct == true)
        #expect(finding(worn(size: halfEmpty, isMeasured: false))?.asksToAct == false)
        #expect(finding(worn(size: halfEmpty, source: .pages))?.asksToAct == false)
        #expect(assess(worn(size: halfEmpty)).findings.first { $0.rule == "churned" }?.mode == .warn)
    }

    @Test("what it says")
    func words() throws {
        let dead = try #require(assess(worn(rows: 7_000, dead: 3_000)).findings.first)
        #expect(dead.summary == "3,000 dead rows (30 %) await a VACUUM")
        #expect(dead.severity == .warning)
        #expect(dead.advice.contains("then VACUUM the table"))
        let large = try #require(assess(worn(size: halfEmpty)).findings.first)
        #expect(large.summary == "its index has 2 times the size of a new one")
        #expect(large.severity == .notice)
    }

    @Test("numbers that no honest server gives stop nothing", arguments: [Int64.min, -1, 0, .max])
    func hostile(number: Int64) {
        for rows in [0, 1, .max] as [Int64] {
            let seen = worn(rows: rows, dead: number, size: number, recorded: (number, number))
            #expect(assess(seen, layers: [everythingActs]).plan.jobs.allSatisfy { $0.prediction?.diskBytes ?? 0 >= 0 })
        }
    }
}
