import Advisor
import AdvisorFixture
import Logging
import Maintenance
import Postgres
import Testing

@testable import vecsteward

@Suite("What the service says")
struct ServiceLogTests {
    private let log = ServiceLog(database: "app", output: ServiceOutput(stream: nil))

    private func change(
        _ table: String,
        rule: String = "unindexed",
        severity: Severity = .warning,
        summary: String = "no covering index"
    ) -> FindingChanges.Change {
        var change = FindingChanges.Change(
            key: FindingKey(rule: rule, collection: CollectionName(schema: "vecs", table: table, column: "vec")),
            finding: KnownFinding(severity: severity, summary: summary)
        )
        change.evidence = [.count("rows", 3_001), .count("baselineRows", 1_500), .ratio("growthFactor", 2.0006)]
        change.advice = "Create one."
        return change
    }

    private func messages(_ alter: (inout FindingChanges) -> Void) -> [ServiceMessage] {
        var changes = FindingChanges(from: [:], to: [:])
        alter(&changes)
        return log.messages(of: .findings(changes))
    }

    @Test("what a rebuild did to the recall is an entry about the rebuild, not about the measurement")
    func proof() throws {
        let spec = MeasureRecall(index: "docs_index", settings: [:], budgetSeconds: 30)
        let job = Job(
            spec: spec,
            collection: CollectionName(schema: "vecs", table: "docs", column: "vec"),
            targets: [Job.Target(schema: "vecs", table: "docs")],
            disposition: .act,
            reasons: []
        )
        let recall = RebuildRecall(before: 0.81, after: 0.93, k: 10, settings: ["ivfflat.probes": "10"])
        let event = Scheduler.Event.news(JobRecord(id: 8, job: job, state: .running), .rebuildMeasured(job: 7, recall))
        let message = try #require(log.messages(of: event).first)
        #expect(message.kind == .jobNote)
        #expect(
            message.text == "app: job 7: the rebuilt index was measured: recall@10 .810 -> .930 at probes 10"
        )
        #expect(message.fields["JOB_ID"] == "7" && message.fields["JOB_KIND"] == "rebuild_index")
        #expect(message.fields["INDEX"] == "docs_index" && message.fields["JOB_STATE"] == "done")
    }

    @Test("a finding has a message of its rule, of its severity, with its numbers and what to do")
    func finding() throws {
        let message = try #require(messages { $0.raised = [change("docs", rule: "outgrown")] }.first)
        #expect(message.kind == .outgrownFound)
        #expect(message.level == .warning)
        #expect(message.text == "app: found: vecs.docs: outgrown (warning): no covering index")
        #expect(message.hint == "Create one.")
        let expected = [
            "ALERT": "found", "COLLECTION": "vecs.docs", "RULE": "outgrown", "SEVERITY": "warning",
            "ADVICE": "Create one.", "ROWS": "3001", "BASELINE_ROWS": "1500", "GROWTH_FACTOR": "2.0006",
        ]
        #expect(message.fields == expected)
    }

    @Test(
        "severities are priorities",
        arguments: [(Severity.notice, "notice"), (.warning, "warning"), (.critical, "critical")]
    )
    func severities(severity: Severity, level: String) {
        #expect(messages { $0.raised = [change("docs", severity: severity)] }.first?.level.rawValue == level)
    }

    @Test("what is worse, still there and gone is told apart")
    func transitions() {
        let all = messages {
            $0.worsened = [change("a")]
            $0.repeated = [change("b")]
            $0.resolved = [change("c")]
        }
        #expect(all.map { $0.fields["ALERT"] } == ["worse", "still", "resolved"])
        #expect(all.map(\.kind) == [.unindexedFound, .unindexedFound, .findingResolved])
    }

    @Test("ten thousand findings at once are one message, with the number and the worst")
    func flood() throws {
        let many = [change("worst", rule: "invalid", severity: .critical)] + (1..<10_000).map { change("docs_\($0)") }
        let all = messages { $0.raised = many }
        let message = try #require(all.first)
        #expect(all.count == 1)
        #expect(message.kind == .findingsAtOnce)
        #expect(message.level == .critical)
        #expect(message.fields["COUNT"] == "10000")
        #expect(message.fields["COLLECTION"] == "vecs.worst")
        #expect(
            message.text
                == "app: found: 10,000 findings at once (9,999 x unindexed, 1 x invalid); "
                + "the worst: vecs.worst: invalid (critical): no covering index"
        )
        #expect(messages { $0.raised = Array(many.prefix(20)) }.count == 20)
        #expect(messages { $0.raised = Array(many.prefix(21)) }.count == 1)
    }

    @Test("no name forges a line, and the journal has it as it is")
    func hostile() throws {
        let name = "docs\nPRIORITY=0\u{1B}[31m\u{202E}"
        let message = try #require(messages { $0.raised = [change(name, summary: "index \(name) is invalid")] }.first)
        #expect(!message.text.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(message.text.contains("docs\\nPRIORITY=0\\u{1B}[31m\\u{202E}"))
        #expect(message.fields["COLLECTION"] == "vecs.\(name)")
    }

    @Test("an error says what to do, and tells no secret")
    func errors() throws {
        var error = PostgresError(.connectionFailed, "password authentication failed for user \"u\"")
        error.sqlState = SQLState(rawValue: "28P01")
        let message = try #require(log.messages(of: .isOutOfReach(error)).first)
        #expect(message.kind == .databaseUnreachable)
        #expect(message.level == .error)
        #expect(message.fields["SQLSTATE"] == "28P01")
        #expect(message.hint?.contains(".pgpass") == true)
    }
}

@Suite("The status of the service")
struct ServiceStatusTests {
    private func poll(_ count: Int) -> Scheduler.Event {
        let snapshot = snapshot(rows: 10)
        var copy = snapshot
        copy.collections = Array(repeating: snapshot.collections[0], count: count)
        return .polled(Scheduler.PollResult(assessment: assess(copy), leadership: .leads, seconds: 0.1))
    }

    private func job(_ id: Int64) throws -> JobRecord {
        let plan = assess(snapshot(rows: 5_000), layers: [everythingActs]).plan
        return JobRecord(id: id, job: try #require(plan.jobs.first { $0.kind == "create_index" }))
    }

    @Test("is complete when each database was polled, or is out of reach")
    func completeness() {
        let status = ServiceStatus()
        status.expect(["a", "b"])
        #expect(!status.isComplete)
        #expect(status.sentence == "2 databases, 0 collections; first poll running")
        status.record(poll(3), of: "a")
        #expect(!status.isComplete)
        status.record(.isOutOfReach(PostgresError(.connectionFailed, "no")), of: "b")
        #expect(status.isComplete)
        #expect(status.sentence == "2 databases, 3 collections; out of reach: b; nothing to do")
        status.record(.isBack, of: "b")
        status.record(poll(1), of: "b")
        #expect(status.sentence == "2 databases, 4 collections; nothing to do")
    }

    @Test("shows what is being built, how far it is, and how long it takes")
    func progress() throws {
        let status = ServiceStatus()
        status.expect(["app"])
        status.record(poll(214), of: "app")
        let record = try job(7)
        status.record(.begins(record), of: "app")
        #expect(status.sentence == "1 database, 214 collections; indexing vecs.docs")
        let progress = JobProgress(phase: "building index: loading tuples", fraction: 0.62, secondsLeft: 240)
        status.record(.news(record, .progress(progress)), of: "app")
        #expect(
            status.sentence == "1 database, 214 collections; indexing vecs.docs: loading tuples 62 %, about 4 min left"
        )
        status.record(.begins(try job(8)), of: "app")
        #expect(status.sentence.hasSuffix("about 4 min left (and 1 more)"))
        status.record(.ended(record, JobEnd(.done, seconds: 1)), of: "app")
        status.record(.ended(try job(8), JobEnd(.done, seconds: 1)), of: "app")
        #expect(status.sentence == "1 database, 214 collections; nothing to do")
    }

    @Test("shows where it only monitors, and that a configuration is invalid")
    func refusal() {
        let status = ServiceStatus()
        status.expect(["app"])
        status.record(poll(1), of: "app")
        status.record(.leadershipChanged(.isLeftToAnother), of: "app")
        status.refuse("databases[0].name is a number")
        #expect(
            status.sentence
                == "1 database, 1 collection; nothing to do; monitoring only: app; "
                + "the configuration file is invalid: databases[0].name is a number"
        )
        status.refuse(nil)
        status.expect(["app", "new"])
        #expect(status.sentence == "2 databases, 1 collection; nothing to do; monitoring only: app")
    }
}
