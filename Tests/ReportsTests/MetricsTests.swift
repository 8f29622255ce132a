import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("Metrics")
struct MetricsTests {
    /// The lines of a text, without the comments.
    private static func series(_ databases: DatabaseMetrics...) -> [String] {
        lines(text(databases)).filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    private static func text(_ databases: [DatabaseMetrics]) -> String {
        PrometheusText.render(
            MetricsReport(
                programVersion: "1.2.3",
                configuration: .init(takenAt: 1_790_000_000.25),
                databases: databases
            )
        )
    }

    /// A database that was polled.
    private static func polled(_ name: String = "app", at snapshot: CatalogSnapshot = snapshot()) -> DatabaseMetrics {
        var metrics = DatabaseMetrics(name: name, pollInterval: 60)
        metrics.recordPoll(assess(snapshot, queue: QueueSnapshot(entries: [])), seconds: 0.125, at: 1_790_000_060)
        metrics.record(isUp: true)
        return metrics
    }

    private static func jobs(_ metrics: DatabaseMetrics) -> [Int64?] {
        DatabaseMetrics.QueuedState.allCases.map { metrics.jobs?[$0, default: 0] }
    }

    @Test("of a database that nobody has reached yet tell only how often it is polled, and what is counted")
    func unknown() {
        let names = Self.series(DatabaseMetrics(name: "app", pollInterval: 1.5)).map {
            $0.prefix { $0 != "{" && $0 != " " }
        }
        #expect(
            Set(names) == [
                "vecsteward_build_info", "vecsteward_config_last_reload_successful",
                "vecsteward_config_last_reload_success_timestamp_seconds", "vecsteward_poll_interval_seconds",
                "vecsteward_jobs_ended_total", "vecsteward_build_duration_seconds_count",
                "vecsteward_build_duration_seconds_sum",
            ]
        )
        #expect(
            Self.series(DatabaseMetrics(name: "app", pollInterval: 1.5)).contains(
                "vecsteward_poll_interval_seconds{database=\"app\"} 1.5"
            )
        )
    }

    @Test("tell what a poll has seen, in base units")
    func poll() {
        var index = hnsw()
        index.sizeBytes = 8_192
        let series = Self.series(Self.polled(at: snapshot(rows: 10_000, indexes: [index, ivfflat(builtAt: 100)])))
        for line in [
            "vecsteward_database_up{database=\"app\"} 1", "vecsteward_collections{database=\"app\"} 1",
            "vecsteward_rows{database=\"app\"} 10000", "vecsteward_indexes{database=\"app\"} 2",
            "vecsteward_index_size_bytes{database=\"app\"} 8192",
            "vecsteward_last_poll_timestamp_seconds{database=\"app\"} 1790000060",
            "vecsteward_last_poll_duration_seconds{database=\"app\"} 0.125",
            "vecsteward_last_look_timestamp_seconds{database=\"app\"} 1790000060",
            "vecsteward_last_look_duration_seconds{database=\"app\"} 0.125",
            "vecsteward_findings{database=\"app\",rule=\"redundant\",severity=\"notice\"} 1",
            "vecsteward_findings{database=\"app\",rule=\"unindexed\",severity=\"warning\"} 0",
            "vecsteward_build_info{version=\"1.2.3\"} 1", "vecsteward_config_last_reload_successful 1",
            "vecsteward_config_last_reload_success_timestamp_seconds 1790000000.25",
        ] { #expect(series.contains(line), "\(line) in \(series)") }
    }

    @Test("without searches are no more for a thousand collections than for one")
    func bound() {
        let one = snapshot()
        var many = one
        many.collections = (0..<1_000).map { number in
            var collection = one.collections[0]
            collection.name = CollectionName(schema: "vecs", table: "docs_\(number)", column: "vec")
            return collection
        }
        let series = Self.series(Self.polled(at: many))
        #expect(series.contains("vecsteward_findings{database=\"app\",rule=\"unindexed\",severity=\"warning\"} 1000"))
        #expect(series.count == Self.series(Self.polled(at: one)).count)
        #expect(!series.contains { $0.contains("docs") })
    }

    @Test("of searches are by collection, in base units, without what is searched for")
    func searches() {
        var polled = snapshot()
        polled.collections[0].searches = [
            search(filters: [filter("tenant_id")], calls: 7_200, milliseconds: 4, rowsEach: 10),
            search(.l2Distance, source: .function("match"), calls: 3_600, milliseconds: 10, rowsEach: nil),
            search(source: .activity, calls: nil, rowsEach: nil),
        ]
        let series = Self.series(Self.polled(at: polled)).filter { $0.contains("collection=") }
        let labels = "{database=\"app\",collection=\"vecs.docs\"}"
        #expect(
            series == [
                "vecsteward_search_duration_seconds\(labels) 0.006", "vecsteward_search_rows\(labels) 10",
                "vecsteward_searches\(labels) 10800", "vecsteward_searches_per_second\(labels) 1.5",
            ]
        )
    }

    @Test("of searches are missing where nothing counts them, and of what is not counted")
    func uncountedSearches() {
        var polled = snapshot()
        polled.collections[0].searches = [search(source: .activity, calls: nil, rowsEach: nil)]
        #expect(!Self.series(Self.polled(at: polled)).contains { $0.contains("collection=") })
        polled.collections[0].searches = [search(rowsEach: nil, seconds: nil)]
        let series = Self.series(Self.polled(at: polled)).filter { $0.contains("collection=") }
        #expect(
            series.map { $0.prefix { $0 != "{" } } == ["vecsteward_search_duration_seconds", "vecsteward_searches"]
        )
    }

    @Test("of searches are for the 20 collections that take the most time, and for all others together")
    func searchBound() {
        let one = snapshot()
        var many = one
        many.collections = (1...1_000).map { number in
            var collection = one.collections[0]
            collection.name = CollectionName(schema: "vecs", table: "docs_\(number)", column: "vec")
            collection.searches = [search(calls: Int64(number))]
            return collection
        }
        let series = Self.series(Self.polled(at: many))
        #expect(series.count == Self.series(Self.polled(at: one)).count + 84)
        #expect(series.contains("vecsteward_searches{database=\"app\",collection=\"vecs.docs_981\"} 981"))
        #expect(!series.contains { $0.contains("vecs.docs_980") })
        let rest = (1...980).reduce(0, +)
        #expect(series.contains("vecsteward_searches{database=\"app\",collection=\"others\"} \(rest)"))
    }

    @Test("of a measured recall have its value, both bounds and its time, of the 100 indexes with the least")
    func recall() {
        var one = snapshot()
        one.collections[0].relations[0].indexes = [measuredIndex]
        let labels = "{database=\"app\",collection=\"\(one.collections[0].name)\",index=\"\(measuredIndex.name)\""
        let series = Self.series(Self.polled(at: one))
        #expect(series.contains("vecsteward_recall_ratio\(labels)} 0.85"))
        #expect(series.contains("vecsteward_recall_interval_ratio\(labels),bound=\"low\"} 0.81"))
        #expect(series.contains("vecsteward_recall_interval_ratio\(labels),bound=\"high\"} 0.88"))
        #expect(series.contains("vecsteward_recall_measured_timestamp_seconds\(labels)} 1789992800"))
        var unread = one
        unread.collections[0].relations[0].indexes[0].evidence[0].figures["moreEffort"] = 100
        unread.collections[0].relations[0].indexes[0].evidence[0].figures["low"] = 0
        let ofBound = Self.series(Self.polled(at: unread)).filter { $0.hasPrefix("vecsteward_recall_") }
        #expect(!ofBound.contains { $0.hasPrefix("vecsteward_recall_ratio{") }, "an upper bound is no measured recall")
        #expect(ofBound.contains("vecsteward_recall_interval_ratio\(labels),bound=\"low\"} 0"))
        var partitioned = one
        partitioned.collections[0].isPartitioned = true
        partitioned.collections[0].relations.append(one.collections[0].relations[0])
        partitioned.collections[0].relations[1].schema = "other"
        let ofPartitions = Self.series(Self.polled(at: partitioned)).filter { $0.hasPrefix("vecsteward_recall_ratio{") }
        #expect(ofPartitions.count == 2 && Set(ofPartitions).count == 2, "\(ofPartitions)")
        var many = one
        many.collections = (1...1_000).map { number in
            var collection = one.collections[0]
            collection.name = CollectionName(schema: "vecs", table: "docs_\(number)", column: "vec")
            collection.relations[0].indexes[0].evidence[0].figures["recall"] = 1 - 0.0001 * Double(number)
            return collection
        }
        let bounded = Self.series(Self.polled(at: many))
        #expect(bounded.count == series.count + 4 * 99)
        #expect(bounded.contains { $0.contains("vecs.docs_901\"") })
        #expect(!bounded.contains { $0.contains("vecs.docs_900\"") })
    }

    @Test("are as many as the page says")
    func number() {
        var metrics = Self.polled()
        metrics.recordProgress(0.5, of: entry(1, rebuild("ix"), .running).record)
        #expect(Self.series(metrics).count == 87 + 3)
        #expect(Self.series(metrics, Self.polled("other")).count == 87 + 86 + 3)
    }

    @Test(
        "have a name that somebody chose to mislead in one label of one line",
        arguments: HostileNameTests.attacks + ["\"} 1\nvecsteward_leader{database=\"x", "\\\"", "ends in \\", "日本"]
    )
    func hostile(attack: String) {
        let text = Self.text([Self.polled("a\(attack)b")])
        let lines = text.unicodeScalars.split(separator: "\n").map { String(String.UnicodeScalarView($0)) }
        #expect(lines.count == Self.text([Self.polled()]).split(separator: "\n").count)
        var value = ""
        for scalar in "a\(attack)b".unicodeScalars {
            let escapes: [Unicode.Scalar: String] = ["\\": "\\\\", "\"": "\\\"", "\n": "\\n"]
            value += escapes[scalar] ?? String(scalar)
        }
        #expect(
            lines.contains {
                $0.unicodeScalars.elementsEqual("vecsteward_rows{database=\"\(value)\"} 10000".unicodeScalars)
            }
        )
    }

    @Test("stand in the same order, whatever the order of the databases")
    func order() {
        var searches = snapshot()
        searches.collections[0].searches = [search()]
        searches.collections[0].relations[0].indexes = [measuredIndex]
        let (a, b) = (Self.polled("a", at: searches), Self.polled("b"))
        #expect(Self.text([a, b]) == Self.text([b, a]))
        let families = lines(Self.text([a, b])).filter { $0.hasPrefix("# TYPE") }
        #expect(families == families.sorted() && families.count == MetricFamily.all.count - 1)
    }

    @Test("follow a job through the queue, and count how it ended")
    func jobs() {
        var metrics = Self.polled()
        let job = entry(7, rebuild("ix"), .queued).record
        metrics.recordQueued()
        metrics.recordPoll(assess(snapshot(), queue: QueueSnapshot(entries: [])), seconds: 1, at: 1_790_000_120)
        #expect(Self.jobs(metrics) == [1, 0, 0, 0], "what a poll queues is not in the queue that it has read")
        metrics.recordBegin(job)
        #expect(Self.jobs(metrics) == [0, 1, 0, 0])
        metrics.recordProgress(0.25, of: job)
        #expect(metrics.buildProgress == 0.25)
        metrics.recordEnd(job, .postponed)
        #expect(metrics.buildProgress == nil)
        #expect(Self.jobs(metrics) == [0, 0, 1, 0])
        var waiting = job
        waiting.state = .waiting
        metrics.recordBegin(waiting)
        metrics.recordRest(waiting, isQueued: true)
        #expect(Self.jobs(metrics) == [1, 0, 0, 0])
        metrics.recordBegin(job)
        metrics.recordEnd(job, .done, seconds: 2.5)
        #expect(Self.jobs(metrics) == [0, 0, 0, 0])
        let series = Self.series(metrics)
        for line in [
            "vecsteward_jobs_ended_total{database=\"app\",kind=\"rebuild_index\",outcome=\"done\"} 1",
            "vecsteward_jobs_ended_total{database=\"app\",kind=\"rebuild_index\",outcome=\"postponed\"} 1",
            "vecsteward_jobs_ended_total{database=\"app\",kind=\"rebuild_index\",outcome=\"failed\"} 0",
            "vecsteward_build_duration_seconds_count{database=\"app\"} 1",
            "vecsteward_build_duration_seconds_sum{database=\"app\"} 2.5",
        ] { #expect(series.contains(line), "\(line) in \(series)") }
    }

    @Test("count the queue by state, also beyond what a poll reads of it")
    func queue() {
        var metrics = Self.polled()
        let states: [JobState] = [.running, .proving, .failed, .waiting, .queued]
        let entries = states.enumerated().map { entry(Int64($0.offset), rebuild("ix"), $0.element) }
        metrics.recordPoll(
            assess(snapshot(), queue: QueueSnapshot(entries: entries, total: 1_010, failed: 4)),
            seconds: 1,
            at: 1_790_000_120
        )
        #expect(Self.jobs(metrics) == [1_003, 2, 1, 4])
        metrics.recordPoll(assess(snapshot()), seconds: 1, at: 1_790_000_180)
        #expect(metrics.jobs == nil, "there is no queue")
    }

    @Test("of builds count only what is done, and of several running ones give the least progress")
    func builds() {
        var metrics = Self.polled()
        let (one, other) = (entry(1, rebuild("ix"), .running).record, entry(2, rebuild("ix"), .running).record)
        metrics.recordProgress(0.75, of: one)
        metrics.recordProgress(0.5, of: other)
        #expect(metrics.buildProgress == 0.5)
        metrics.recordEnd(other, .failed)
        #expect(metrics.buildProgress == 0.75)
        var analyze = one
        analyze.job.spec = Analyze()
        metrics.recordEnd(analyze, .done, seconds: 1)
        #expect((metrics.builds, metrics.buildSeconds) == (0, 0))
    }

    @Test("say that a program leads only while it reaches the database, and no more when it stops")
    func leader() {
        var metrics = DatabaseMetrics(name: "app", pollInterval: 60)
        metrics.record(isLeader: true)
        #expect(metrics.isLeader == nil, "it may be gone before it was ever polled")
        metrics.record(isUp: true)
        #expect(metrics.isLeader == true)
        metrics.record(isUp: false)
        metrics.record(isUp: true)
        #expect(metrics.isLeader == false, "the lock was lost with the session")
        metrics.record(isLeader: true)
        metrics.recordStop()
        #expect(metrics.isUp == true && metrics.isLeader == false)
    }

    @Test("spell numbers as Prometheus reads them")
    func numbers() {
        for (number, spelled) in [
            (0, "0"), (-1, "-1"), (0.1, "0.1"), (1e300, "1e+300"), (.infinity, "+Inf"), (.nan, "NaN"),
        ] {
            let series = Self.series(DatabaseMetrics(name: "app", pollInterval: number))
            #expect(series.contains("vecsteward_poll_interval_seconds{database=\"app\"} \(spelled)"))
        }
    }

    @Test("know every kind of a job")
    func kinds() {
        #expect(Set(JobKinds.standard.names) == Set(richPlan.map(\.kind)))
    }

    /// Of every kind of job one: a report that has them all is checked elsewhere.
    private var richPlan: [Job] {
        guard case .assessed(let assessment, _, _) = richReport.databases[0].outcome else { return [] }
        return assessment.plan.jobs
    }
}
