import Advisor
import AdvisorFixture
import Testing

@Suite("Findings whose remedy did not help")
struct PastRemedyTests {
    private static func remedy(
        _ kind: String,
        subject: String,
        finished: String? = nil,
        age: Double = 60,
        isUnchanged: Bool = true
    ) -> PastRemedy {
        PastRemedy(
            jobID: 7,
            kind: kind,
            schema: "vecs",
            table: "docs",
            subject: subject,
            finishedName: finished,
            ageSeconds: age,
            isUnchanged: isUnchanged
        )
    }

    private static func assessment(_ snapshot: CatalogSnapshot, _ remedies: [PastRemedy]) -> Assessment {
        var queue = QueueSnapshot(entries: [])
        queue.remedies = remedies
        return Assessment(
            snapshot: snapshot,
            policies: PolicyBook(),
            limits: ResourceLimits(),
            queue: queue
        )
    }

    private static let stale = snapshot(rows: 60_000, statistics: untouched(60_000))
    private static let outgrown = snapshot(
        rows: 60_000,
        indexes: [ivfflat(builtAt: 10_000, name: "old")],
        statistics: untouched(60_000)
    )

    @Test("say so and ask for no work while it waits, and ask again after that")
    func withheld() throws {
        let held = Self.assessment(Self.stale, [Self.remedy("analyze", subject: "")])
        let finding = try #require(held.findings.first { $0.rule == "stale-statistics" })
        #expect(!finding.asksToAct)
        #expect(finding.withheld?.contains("job 7 (ANALYZE) ended about 60 s ago and the finding is unchanged") == true)
        #expect(held.plan.jobs.filter { $0.kind == "analyze" }.map(\.disposition) == [.suggest(finding.withheld)])
        for other in [
            Self.remedy("analyze", subject: "", age: 301), Self.remedy("analyze", subject: "", isUnchanged: false),
            Self.remedy("create_index", subject: "vec"),
        ] {
            let free = Self.assessment(Self.stale, [other])
            #expect(free.findings.first { $0.rule == "stale-statistics" }?.asksToAct == true, "\(other)")
        }
    }

    @Test("of a job that was cancelled hold up the rules that asked for it, and no other one")
    func rules() throws {
        var cancelled = Self.remedy("analyze", subject: "")
        cancelled.isCancelled = true
        cancelled.rules = ["cold"]
        let free = Self.assessment(Self.stale, [cancelled])
        #expect(free.findings.first { $0.rule == "stale-statistics" }?.asksToAct == true)
        #expect(free.outcomes().standing.isEmpty && free.outcomes().helped.isEmpty)
        cancelled.rules = ["cold", "stale-statistics"]
        let held = Self.assessment(Self.stale, [cancelled])
        #expect(held.findings.first { $0.rule == "stale-statistics" }?.asksToAct == false)
        #expect(held.outcomes().standing == [cancelled])
        let changes: [(inout PastRemedy) -> Void] = [
            { $0.isCancelled = false }, { $0.recent = 5 }, { $0.rules = [] },
        ]
        for change in changes {
            var other = cancelled
            other.rules = ["cold"]
            change(&other)
            #expect(other.concerns(["stale-statistics"]), "\(other)")
        }
        var measurement = cancelled
        measurement.kind = "measure_recall"
        measurement.rules = ["cold"]
        #expect(measurement.concerns(["recall"]), "what it was to find out is the same for all rules")
    }

    @Test("of a measurement say that nothing is known, and not that a remedy did not help")
    func measurements() {
        let words = Self.remedy("measure_recall", subject: "docs_index").words
        #expect(words.contains("what it was to find out is not known") && !words.contains("help"), "\(words)")
    }

    @Test("are known by the name that the index had, or has got")
    func names() throws {
        for remedy in [
            Self.remedy("rebuild_index", subject: "old"), Self.remedy("rebuild_index", subject: "x", finished: "old"),
        ] {
            let held = Self.assessment(Self.outgrown, [remedy])
            #expect(held.findings.first { $0.rule == "outgrown" }?.withheld != nil)
        }
        let free = Self.assessment(Self.outgrown, [Self.remedy("rebuild_index", subject: "x", finished: "y")])
        #expect(free.findings.first { $0.rule == "outgrown" }?.withheld == nil)
    }

    @Test("a job has helped when a poll that sees all of its table finds its finding gone")
    func outcomes() {
        let analyze = Self.remedy("analyze", subject: "")
        let well = snapshot(rows: 60_000, indexes: [ivfflat(builtAt: 60_000, lists: 60)])
        #expect(Self.assessment(well, [analyze]).outcomes().helped == [7])
        #expect(Self.assessment(Self.stale, [analyze]).outcomes().helped.isEmpty)
        #expect(Self.assessment(Self.stale, [analyze]).outcomes().standing == [analyze])
        let locked = snapshot(rows: 60_000, lockedBy: "process 1")
        #expect(Self.assessment(locked, [analyze]).outcomes().helped.isEmpty)
        var elsewhere = analyze
        elsewhere.table = "others"
        #expect(Self.assessment(well, [elsewhere]).outcomes().helped.isEmpty)
    }
}
