import AdvisorFixture
import Testing

@testable import Advisor

/// One line of a table of cases: what is seen, and whether a rule fires.
struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var snapshot: CatalogSnapshot
    var fires: Bool

    init(_ description: String, _ snapshot: CatalogSnapshot, fires: Bool) {
        testDescription = description
        self.snapshot = snapshot
        self.fires = fires
    }
}

private func index(_ type: VectorType, _ method: IndexMethod) -> VectorIndex {
    VectorIndex(oid: 5, name: "other", method: method, operatorClass: "x_ops", indexedType: type, reltuples: 1)
}

@Suite("Rules")
struct RuleTests {
    @Test(
        "unindexed",
        arguments: [
            Case("no index at the threshold", snapshot(rows: 1_000), fires: true),
            Case("no index below the threshold", snapshot(rows: 999), fires: false),
            Case("an invalid index only", snapshot(indexes: [hnsw(isValid: false)]), fires: true),
            Case("an index that is not ready", snapshot(indexes: [hnsw(isReady: false)]), fires: true),
            Case("a usable index", snapshot(indexes: [hnsw()]), fires: false),
            Case(
                "an index of another extension",
                snapshot(indexes: [index(.vector, .other("diskann"))]),
                fires: false
            ),
            Case("one that is being built", snapshot(builds: [someBuild]), fires: false),
            Case("a column that no index can cover", snapshot(dimensions: 3_072), fires: false),
        ]
    )
    func unindexed(of item: Case) {
        #expect(rules(item.snapshot).contains("unindexed") == item.fires)
    }

    @Test(
        "outgrown",
        arguments: [
            Case("exactly twice", grown(10_000, to: 20_000), fires: false),
            Case("one row more", grown(10_000, to: 20_001), fires: true),
            Case("far more", grown(4_000, to: 1_000_000), fires: true),
            Case("shrunk", grown(10_000, to: 100), fires: false),
            Case("HNSW", snapshot(rows: 50_000, indexes: [hnsw()]), fires: false),
            Case("a partial index", grown(10_000, to: 90_000, predicate: "x"), fires: false),
            Case("an invalid index", grown(10_000, to: 90_000, isValid: false), fires: false),
            Case("too few rows for a rebuild to be better", grown(1_500, lists: 10, to: 1_499), fires: false),
            Case("80 lists of vecs, analyzed since", analyzed(lists: 80, rows: 160_001), fires: true),
            Case("80 lists of vecs at twice", analyzed(lists: 80, rows: 160_000), fires: false),
            Case("30 lists of vecs, which may mean anything", analyzed(lists: 30, rows: 31_000), fires: false),
            Case(
                "30 lists of vecs, and more rows than they can ever have meant",
                analyzed(lists: 30, rows: 61_999),
                fires: true
            ),
            Case("the default lists say nothing", analyzed(lists: nil, rows: 900_000), fires: false),
            Case("square root from a million", analyzed(lists: 1_000, rows: 2_000_001), fires: true),
            Case("one that is being rebuilt", grown(10_000, to: 90_000, builds: [someBuild]), fires: false),
        ]
    )
    func outgrown(of item: Case) {
        #expect(rules(item.snapshot).contains("outgrown") == item.fires)
    }

    @Test(
        "built-too-early",
        arguments: [
            Case("built empty, and enough rows", grown(-1, to: 1_500), fires: true),
            Case("built empty, and one row too few", grown(-1, to: 1_499), fires: false),
            Case("49 rows for each list", grown(1_499, to: 10_000), fires: true),
            Case("50 rows for each list", grown(1_500, to: 2_000), fires: false),
            Case("built with notice below one row a list", grown(99, lists: 100, to: 5_000), fires: true),
            Case("truncated", grown(-1, to: 0), fires: false),
        ]
    )
    func builtTooEarly(of item: Case) {
        #expect(rules(item.snapshot).contains("built-too-early") == item.fires)
        // Never both for one index: they ask for the same rebuild.
        #expect(!(rules(item.snapshot).contains("outgrown") && item.fires))
    }

    @Test(
        "invalid",
        arguments: [
            Case("nobody builds it", snapshot(indexes: [hnsw(isValid: false)]), fires: true),
            Case("somebody builds it", snapshot(indexes: [hnsw(isValid: false)], builds: [someBuild]), fires: false),
            Case(
                "somebody builds another index of the table",
                snapshot(indexes: [hnsw(isValid: false)], builds: [build(of: 99)]),
                fires: true
            ),
            Case("the table is locked", snapshot(indexes: [hnsw(isValid: false)], lockedBy: "x"), fires: false),
            Case("a valid index", snapshot(indexes: [hnsw()]), fires: false),
        ]
    )
    func invalid(of item: Case) {
        #expect(rules(item.snapshot).contains("invalid") == item.fires)
    }

    @Test("an invalid index is dropped only where vecsteward left it")
    func invalidActs() throws {
        let other = assess(snapshot(indexes: [hnsw(name: "docs_idx_ccnew1", isValid: false)]))
        let own = assess(snapshot(indexes: [hnsw(name: "vecsteward_build_0123abc", isValid: false)]))
        let drop = try #require(own.plan.jobs.first { $0.kind == "drop_index" })
        #expect(drop.disposition == .act)
        #expect(other.plan.jobs.first { $0.kind == "drop_index" }?.disposition != .act)
        #expect(other.findings.first?.summary.contains("REINDEX CONCURRENTLY that failed") == true)
    }

    @Test("vecs takes an invalid index for a good one, and the finding says so")
    func invalidForVecs() throws {
        let finding = try #require(assess(snapshot(indexes: [hnsw(isValid: false)])).findings.first)
        #expect(finding.summary.contains("vecs takes it for a good one"))
        #expect(finding.summary.contains("costs every write"))
    }

    @Test(
        "redundant",
        arguments: [
            Case("the same measure twice", snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000)]), fires: true),
            Case(
                "another distance metric",
                snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000, operatorClass: "vector_l2_ops")]),
                fires: false
            ),
            Case(
                "one of them partial",
                snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000, predicate: "x")]),
                fires: false
            ),
            Case(
                "one of them invalid",
                snapshot(indexes: [hnsw(), ivfflat(builtAt: 1, isValid: false)]),
                fires: false
            ),
        ]
    )
    func redundant(of item: Case) {
        #expect(rules(item.snapshot).contains("redundant") == item.fires)
    }

    @Test("of two indexes the one that is used less is to go, and of equals the IVFFlat")
    func redundantChoice() {
        let equal = assess(snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000)]))
        #expect(equal.findings.first { $0.rule == "redundant" }?.index?.contains("ivfflat") == true)
        let used = assess(snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000, scans: 9)]))
        #expect(used.findings.first { $0.rule == "redundant" }?.index?.contains("hnsw") == true)
    }

    @Test(
        "unused",
        arguments: [
            Case("read in full at the threshold", snapshot(indexes: [hnsw()], statistics: read(100)), fires: true),
            Case("read in full below it", snapshot(indexes: [hnsw()], statistics: read(99)), fires: false),
            Case("used", snapshot(indexes: [hnsw(scans: 1)], statistics: read(500)), fires: false),
            Case(
                "only sampled, as a build of IVFFlat does",
                snapshot(indexes: [ivfflat(builtAt: 10_000)], statistics: read(500, rowsEach: 20)),
                fires: false
            ),
            Case(
                "another index serves the searches",
                snapshot(indexes: [hnsw(scans: 100), ivfflat(builtAt: 10_000)]),
                fires: true
            ),
        ]
    )
    func unused(of item: Case) {
        #expect(rules(item.snapshot).contains("unused") == item.fires)
    }

    @Test(
        "unindexable",
        arguments: [
            Case("2,000 dimensions", snapshot(dimensions: 2_000), fires: false),
            Case("2,001 dimensions", snapshot(dimensions: 2_001), fires: true),
            Case("4,000 of halfvec", snapshot(type: .halfvec, dimensions: 4_000), fires: false),
            Case("4,001 of halfvec", snapshot(type: .halfvec, dimensions: 4_001), fires: true),
            Case("no dimensions given", snapshot(dimensions: nil), fires: true),
            Case("sparsevec of any dimensions", snapshot(type: .sparsevec, dimensions: 900_000), fires: false),
            Case("few rows", snapshot(rows: 999, dimensions: 3_072), fires: false),
            Case("an index over a cast", snapshot(indexes: [castIndex], dimensions: 3_072), fires: false),
            Case("bit on an old pgvector", snapshot(type: .bit, server: facts(pgvector: "0.6.2")), fires: true),
        ]
    )
    func unindexable(of item: Case) {
        #expect(rules(item.snapshot).contains("unindexable") == item.fires)
    }

    @Test("what would work is said: a cast to halfvec up to 4,000, bits above")
    func unindexableAdvice() {
        #expect(advice(dimensions: 3_072).contains("halfvec(3072)"))
        #expect(advice(dimensions: 5_000).contains("binary_quantize"))
        #expect(advice(dimensions: 3_072, pgvector: "0.6.0").contains("Upgrade pgvector"))
    }

    private func advice(dimensions: Int, pgvector: String = "0.8.7") -> String {
        assess(snapshot(dimensions: dimensions, server: facts(pgvector: pgvector)))
            .findings.first { $0.rule == "unindexable" }?.advice ?? ""
    }

    @Test(
        "stale-statistics",
        arguments: [
            Case("never analyzed", snapshot(indexes: [hnsw()], statistics: untouched(10_000)), fires: true),
            Case("never analyzed and small", snapshot(rows: 999, statistics: untouched(999)), fires: false),
            Case(
                "twice as many",
                snapshot(rows: 20_000, indexes: [hnsw()], statistics: fresh(10_000)),
                fires: false
            ),
            Case(
                "more than twice",
                snapshot(rows: 20_001, indexes: [hnsw()], statistics: fresh(10_000)),
                fires: true
            ),
            Case("less than half", snapshot(rows: 4_999, indexes: [hnsw()], statistics: fresh(10_000)), fires: true),
            Case(
                "while an index is built, which an ANALYZE would kill",
                snapshot(indexes: [hnsw()], statistics: untouched(10_000), builds: [someBuild]),
                fires: false
            ),
        ]
    )
    func staleStatistics(of item: Case) {
        #expect(rules(item.snapshot).contains("stale-statistics") == item.fires)
    }

    @Test(
        "advisory",
        arguments: [
            Case("no known bug", snapshot(indexes: [hnsw()]), fires: false),
            Case("parallel HNSW builds", snapshot(indexes: [hnsw()], server: facts(pgvector: "0.8.1")), fires: true),
            Case("an HNSW bug and no HNSW", snapshot(server: facts(pgvector: "0.8.1")), fires: false),
            Case(
                "PostgreSQL 14.3",
                snapshot(indexes: [hnsw()], server: facts(versionNumber: 140_003)),
                fires: true
            ),
            Case(
                "PostgreSQL 14.4",
                snapshot(indexes: [hnsw()], server: facts(versionNumber: 140_004)),
                fires: false
            ),
        ]
    )
    func advisory(of item: Case) {
        #expect(rules(item.snapshot).contains("advisory") == item.fires)
    }

    @Test("a rule that is off says nothing", arguments: RuleBook.all.map(\.name))
    func off(name: String) {
        let broken = snapshot(
            rows: 90_000,
            indexes: [ivfflat(builtAt: 10), hnsw(isValid: false)],
            statistics: untouched(90_000),
            server: facts(pgvector: "0.8.1")
        )
        let layer = PolicyLayer(rules: [name: RuleOverride(mode: .off)])
        #expect(!rules(broken, layers: [layer]).contains(name))
    }
}

let someBuild = build(of: 20)

private func build(of index: UInt32?) -> ActiveBuild {
    ActiveBuild(
        processID: 1,
        tableOID: 1,
        indexOID: index,
        phase: "building index",
        phaseFraction: nil,
        elapsedSeconds: nil
    )
}

/// A table that has grown since its index was built, and that nothing has analyzed.
private func grown(
    _ baseline: Double,
    lists: Int = 30,
    to rows: Int64,
    predicate: String? = nil,
    isValid: Bool = true,
    builds: [ActiveBuild] = []
) -> CatalogSnapshot {
    snapshot(
        rows: rows,
        indexes: [ivfflat(builtAt: baseline, lists: lists, predicate: predicate, isValid: isValid)],
        statistics: TableStatistics(
            reltuples: -1,
            relpages: 0,
            liveTuples: rows,
            inserted: max(rows, Int64(baseline))
        ),
        builds: builds
    )
}

/// A table that was analyzed, which has overwritten what its index counted.
private func analyzed(lists: Int?, rows: Int64) -> CatalogSnapshot {
    snapshot(rows: rows, indexes: [ivfflat(builtAt: Double(rows), lists: lists)])
}

private func read(_ times: Int64, rowsEach: Int64 = 10_000) -> TableStatistics {
    var statistics = fresh(10_000)
    statistics.sequentialScans = times
    statistics.sequentialRowsRead = times * rowsEach
    return statistics
}

private let castIndex = VectorIndex(
    oid: 7,
    name: "docs_half",
    method: .hnsw,
    operatorClass: "halfvec_cosine_ops",
    indexedType: .halfvec,
    indexedDimensions: 3_072,
    expression: "(vec)::halfvec(3072)",
    reltuples: 10
)
