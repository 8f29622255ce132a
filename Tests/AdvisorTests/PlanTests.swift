import Advisor
import AdvisorFixture
import Testing

@Suite("The plan")
struct PlanTests {
    private let outgrown = snapshot(rows: 5_000, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(5_000))

    private func disposition(_ snapshot: CatalogSnapshot, limits: ResourceLimits = ResourceLimits()) -> Job.Disposition?
    {
        assess(snapshot, layers: [everythingActs], limits: limits).plan.jobs
            .first { $0.kind == "rebuild_index" || $0.kind == "create_index" }?.disposition
    }

    private func refusal(_ snapshot: CatalogSnapshot, limits: ResourceLimits = ResourceLimits()) -> String {
        guard case .refused(let why) = disposition(snapshot, limits: limits) else { return "" }
        return why
    }

    private func collection(
        _ table: String,
        rows: Int64,
        indexes: [VectorIndex] = [],
        statistics: TableStatistics
    ) -> Collection {
        var collection = snapshot(rows: rows, indexes: indexes, statistics: statistics).collections[0]
        collection.name.table = table
        collection.relations[0].table = table
        return collection
    }

    @Test("statistics come first, then leftovers, then missing indexes, then rebuilds")
    func order() {
        let seen = CatalogSnapshot(
            server: facts(),
            collections: [
                collection("a", rows: 5_000, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(5_000)),
                collection("b", rows: 5_000, statistics: fresh(5_000)),
                collection(
                    "c",
                    rows: 100,
                    indexes: [ivfflat(builtAt: 100, name: "vecsteward_build_1", isValid: false)],
                    statistics: fresh(100)
                ),
            ]
        )
        let kinds = assess(seen, layers: [everythingActs]).plan.jobs.map { "\($0.kind) \($0.collection.table)" }
        #expect(kinds == ["analyze a", "drop_index c", "create_index b", "rebuild_index a"])
    }

    @Test("the most searched collection gets its index first, and the one that grew most is rebuilt first")
    func urgency() {
        var searched = fresh(5_000)
        searched.sequentialScans = 100
        searched.sequentialRowsRead = 500_000
        let seen = CatalogSnapshot(
            server: facts(),
            collections: [
                collection("a", rows: 5_000, statistics: fresh(5_000)),
                collection("b", rows: 5_000, statistics: searched),
                collection("c", rows: 5_000, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(5_000)),
                collection("d", rows: 9_000, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(9_000)),
            ]
        )
        let builds = assess(seen, layers: [everythingActs]).plan.jobs.filter { $0.settings != nil }
        #expect(builds.map(\.collection.table) == ["b", "a", "d", "c"])
    }

    @Test("a job that a rule may carry out is carried out, one that it only warns of is suggested")
    func modes() {
        #expect(disposition(outgrown) == .act)
        let warned = assess(outgrown, layers: [PolicyLayer(rules: ["outgrown": RuleOverride(mode: .warn)])])
        #expect(warned.plan.jobs.first { $0.kind == "rebuild_index" }?.disposition == .suggest(nil))
    }

    @Test("nothing is done on a standby, on a locked table, or without the privileges")
    func refusals() {
        var standby = outgrown
        standby.server.isInRecovery = true
        #expect(refusal(standby).contains("standby"))

        var locked = outgrown
        locked.collections[0].relations[0].lockedBy = "process 7"
        #expect(refusal(locked).contains("process 7"))

        var stranger = outgrown
        stranger.collections[0].access.isOwner = false
        #expect(refusal(stranger).contains("grants --for maintain"))

        var visitor = outgrown
        visitor.collections[0].access.canCreateInSchema = false
        #expect(refusal(visitor).contains("grants --for maintain"))
    }

    @Test("an estimate that could not be confirmed is not acted on")
    func unconfirmed() {
        var seen = outgrown
        seen.collections[0].relations[0].rows = RowCount(5_000, .statistics)
        seen.collections[0].relations[0].countBlocker = "GRANT SELECT"
        #expect(refusal(seen).contains("GRANT SELECT"))
    }

    @Test("where builds corrupt none is begun, and where parallel builds are not safe they are serial")
    func bugs() throws {
        var corrupting = outgrown
        corrupting.server.versionNumber = 140_003
        #expect(refusal(corrupting).contains("14.3"))

        let serial = snapshot(rows: 5_000, server: facts(pgvector: "0.8.1"))
        let job = try #require(assess(serial).plan.jobs.first { $0.kind == "create_index" })
        #expect(job.settings?.parallelWorkers == 0)
        #expect(assess(snapshot(rows: 5_000)).plan.jobs[0].settings?.parallelWorkers == 2)
    }

    @Test("an IVFFlat build that would not fit the memory budget is refused with the budget that would do")
    func memory() {
        let why = refusal(outgrown, limits: ResourceLimits(memoryBytes: 1 << 20))
        #expect(why.contains("maintenance.memory = \""), "\(why)")
    }

    @Test("an IVFFlat build sorts its rows in memory as far as the budget goes")
    func sorting() throws {
        let grown = snapshot(rows: 500_000, indexes: [ivfflat(builtAt: 100_000)], statistics: untouched(500_000))
        let dimensions = try #require(grown.collections[0].dimensions)
        func memory(_ budget: Int64) throws -> Int64 {
            let limits = ResourceLimits(memoryBytes: budget)
            let jobs = assess(grown, layers: [everythingActs], limits: limits).plan.jobs
            return try #require(jobs.first { $0.kind == "rebuild_index" }?.settings).maintenanceWorkMemoryBytes
        }
        let rows = 500_000 * Int64(8 + 4 * dimensions + 80)
        let wanted = try memory(8 << 30)
        #expect(wanted >= rows && wanted <= rows / 100 * 115)
        #expect(try memory(rows / 2) == rows / 2 / 1_024 * 1_024, "maintenance_work_mem counts in kB")
    }

    @Test("findings that ask for the same work are one job with two reasons")
    func reasons() {
        var seen = snapshot(rows: 5_000)
        seen.collections[0].isPartitioned = true
        var second = seen.collections[0].relations[0]
        second.oid = 2
        second.table = "docs_2"
        seen.collections[0].relations.append(second)
        let jobs = assess(seen).plan.jobs.filter { $0.kind == "create_index" }
        #expect(jobs.count == 1)
        #expect(jobs.first?.reasons.count == 2)
        #expect(jobs.first?.targets.map(\.table) == ["docs", "docs_2"])
    }

    @Test("the names of one job are all different, and so are those of two jobs on one table")
    func names() {
        var seen = snapshot(
            rows: 9_000,
            indexes: [
                ivfflat(builtAt: 2_000, oid: 1),
                ivfflat(builtAt: 2_000, name: "by_hand", operatorClass: "vector_l2_ops", oid: 2),
            ],
            statistics: untouched(9_000)
        )
        seen.collections[0].relations[0].statistics.analyzeCount = 0
        let jobs = assess(seen).plan.jobs.filter { $0.kind == "rebuild_index" }
        #expect(jobs.count == 2)
        let finished = jobs.flatMap(\.targets).map(\.finishedName)
        #expect(Set(finished).count == 2)
        #expect(finished.contains("by_hand"), "an index that vecs did not name keeps its name")
    }
}
