import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

@testable import Maintenance

@Suite("Recall that is measured in the background", .timeLimit(.minutes(10)))
struct MeasureRecallTests {
    /// Vectors in no clusters, of which one probe of thirty finds few neighbours.
    static let docs = """
        CREATE TABLE docs (id int, vec vector(16));
        INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 16) WHERE g = g)::vector(16)
        FROM generate_series(1, 3000) AS g;
        CREATE INDEX docs_index ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
        ANALYZE docs;
        """

    /// The searches of the application, as its configuration states them, on any version of PostgreSQL.
    static func searched(
        probes: Int,
        budget: Double = 30,
        queries: ConfiguredQueries? = nil
    ) -> PolicyLayer {
        PolicyLayer(
            rules: ["recall": RuleOverride(values: ["budgetSeconds": budget])],
            searches: [
                ConfiguredSearch(distanceMetric: .l2Distance, limit: 10, settings: ["ivfflat.probes": "\(probes)"])
            ],
            queries: queries
        )
    }

    /// A daemon of one database, and what it says.
    final class Daemon: Sendable {
        private let events = Mutex<[Scheduler.Event]>([])
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(
            _ database: TestDatabase,
            _ layer: PolicyLayer,
            rules: [any Rule] = [MeasureRecallTests.recall],
            share: Double = 1
        ) throws {
            let connections = try database.connections(database.target(as: .steward))
            var limits = ResourceLimits()
            limits.measuringShare = share
            let assessor = Assessor(
                connections,
                policies: PolicyBook(layers: [layer]),
                limits: limits,
                rules: RuleBook(rules)
            )
            var settings = Scheduler.Settings(name: database.name, assessor: assessor)
            settings.pollInterval = .milliseconds(500)
            let scheduler = Scheduler(settings, slots: JobSlots(perServer: 1))
            let begun = Task { await scheduler.keep { event in self.events.withLock { $0.append(event) } } }
            task.withLock { $0 = begun }
        }

        func end() async {
            let running = task.withLock { $0 }
            running?.cancel()
            await running?.value
        }

        /// How many polls have ended.
        var polls: Int {
            events.withLock { events in
                events.count {
                    if case .polled = $0 { true } else { false }
                }
            }
        }

        /// What was found out about rebuilds, by their jobs.
        var proofs: [Int64: RebuildRecall] {
            events.withLock { events in
                events.reduce(into: [:]) { proofs, event in
                    if case .news(_, .rebuildMeasured(let job, let recall)) = event { proofs[job] = recall }
                }
            }
        }

        /// What jobs said while they ran.
        var notes: [String] {
            events.withLock { events in
                events.compactMap {
                    if case .news(_, .note(let sentence)) = $0 { sentence } else { nil }
                }
            }
        }
    }

    static var recall: any Rule {
        guard let rule = RuleBook.rule(named: "recall") else { fatalError("there is no such rule") }
        return rule
    }

    private static let done: Statement =
        "SELECT FROM vecsteward.job WHERE kind = 'measure_recall' AND state = 'done' AND lane = 'background'"

    static let doneTwice: Statement =
        "SELECT FROM vecsteward.job WHERE kind = 'measure_recall' AND state = 'done' HAVING count(*) = 2"

    static func figures(_ database: TestDatabase) async throws -> [[String: Double]] {
        var all: [[String: Double]] = []
        for row in try await database.query("SELECT names, figures FROM vecsteward.evidence ORDER BY id") {
            let names = try row["names", as: [String].self]
            all.append(Dictionary(uniqueKeysWithValues: zip(names, try row["figures", as: [Double].self])))
        }
        return all
    }

    @Test(
        "is kept with its settings, is a finding below the target, and is measured anew after a build",
        arguments: TestServer.all
    )
    func measured(server: TestServer) async throws {
        try await withState(on: server, beside: Self.docs) { database, _ in
            let daemon = try Daemon(database, Self.searched(probes: 1))
            try await wait(
                for: """
                    SELECT FROM vecsteward.finding
                    WHERE rule = 'recall' AND summary LIKE 'recall@10 of docs\\_index is .% at ivfflat.probes 1:%'
                    """,
                on: database
            )
            let first = try #require(try await Self.figures(database).first)
            // One list of thirty has some of the neighbours and by far not all.
            let recall = try #require(first["recall"])
            #expect(recall > 0.02 && recall < 0.9)
            #expect(first["k"] == 10 && first["queries"] == 100 && first["vectorRows"] == 3_000)
            let low = try #require(first["low"])
            #expect(low <= recall && recall <= (first["high"] ?? 0))
            let settings = try await database.query(
                """
                SELECT setting_values[i] AS value
                FROM vecsteward.evidence, generate_subscripts(setting_names, 1) AS i
                WHERE setting_names[i] = 'ivfflat.probes'
                """
            ).one()
            #expect(try settings["value", as: String.self] == "1")
            // It is not asked for again, but after a build, which makes another index.
            try await database.execute("REINDEX INDEX docs_index")
            try await wait(for: Self.doneTwice, on: database)
            await daemon.end()
            #expect(daemon.notes.contains { $0.contains("recall@10 of index \"docs_index\" is .") }, "\(daemon.notes)")
            #expect(try await database.query("SELECT FROM vecsteward.evidence").count == 2)
            let report = try await assess(database, layers: [Self.searched(probes: 1)])
            let index = try #require(report.snapshot.collections.first?.relations.first?.indexes.first)
            #expect(index.measuredRecall?.settings["ivfflat.probes"] == "1")
            #expect(index.recallAtFirst == nil, "there is one of this build")
            #expect(try report.rules("public.docs.vec").contains("recall"))
        }
    }

    @Test(
        "is measured before a rebuild that a rule asks for and after it, and both are said",
        arguments: TestServer.all
    )
    func rebuild(server: TestServer) async throws {
        let small = Self.docs.replacingOccurrences(of: "series(1, 3000)", with: "series(1, 1500)")
        try await withState(on: server, beside: small) { database, _ in
            let outgrown = try #require(RuleBook.rule(named: "outgrown"))
            // The baseline is recorded before the table grows.
            let first = try Daemon(database, Self.searched(probes: 2), rules: [outgrown])
            while first.polls < 2 { try await Task.sleep(for: .milliseconds(20)) }
            await first.end()
            try await database.execute(
                "INSERT INTO docs SELECT id + 1500, vec FROM docs UNION ALL SELECT id + 3000, vec FROM docs; ANALYZE docs"
            )
            // Writes that are counted later would make the first measurement an old one.
            try await wait(
                for: "SELECT FROM pg_stat_user_tables WHERE relname = 'docs' AND n_tup_ins = 4500",
                on: database
            )
            let daemon = try Daemon(database, Self.searched(probes: 2), rules: [outgrown, Self.recall])
            try await wait(
                for: """
                    SELECT FROM vecsteward.job AS measurement
                    JOIN vecsteward.job AS rebuild ON rebuild.kind = 'rebuild_index' AND rebuild.state = 'done'
                    WHERE measurement.kind = 'measure_recall' AND measurement.state = 'done'
                        AND measurement.finished_at > rebuild.finished_at
                    """,
                on: database
            )
            await daemon.end()
            let kinds = try await database.query(
                "SELECT kind FROM vecsteward.job WHERE state = 'done' AND kind <> 'analyze' ORDER BY finished_at"
            ).map { try $0["kind", as: String.self] }
            // A poll that began before the first one ended may ask for it once more.
            #expect(
                kinds.first == "measure_recall" && kinds.suffix(2) == ["rebuild_index", "measure_recall"],
                "\(kinds)"
            )
            let figures = try await Self.figures(database)
            try #require(figures.count == kinds.count - 1)
            #expect(figures.dropLast().allSatisfy { $0["beforeRebuild"] == nil })
            #expect(figures[figures.count - 1]["beforeRebuild"] == figures[figures.count - 2]["recall"])
            // With more lists, two probes find less of vectors in no clusters.
            #expect(
                figures.allSatisfy { figures in
                    figures["recallByFormula"] != nil
                        && ["listsKeepingRecall", "probesForTarget"].allSatisfy { (figures[$0] ?? 0) >= 1 }
                }
            )
            #expect(daemon.notes.contains { $0.contains("; before its rebuild by job") }, "\(daemon.notes)")
            // The record of the rebuild says it too, and so does an entry of the journal about it.
            let rebuild = try await database.query("SELECT id FROM vecsteward.job WHERE kind = 'rebuild_index'").one()
            let id = try rebuild["id", as: Int64.self]
            var connection = try await database.connect(as: .steward)
            let proof = try #require(try await JobQueue.recalls(of: [id], on: &connection)[id])
            #expect(proof.before == figures[figures.count - 2]["recall"])
            #expect(proof.after == figures[figures.count - 1]["recall"])
            #expect(proof.words.hasSuffix(" at probes 2") && proof.words.hasPrefix("recall@10 ."), "\(proof.words)")
            #expect(daemon.proofs == [id: proof])
            let others = try await database.query("SELECT id FROM vecsteward.job WHERE kind <> 'rebuild_index'")
                .map { try $0["id", as: Int64.self] }
            #expect(try await JobQueue.recalls(of: others, on: &connection).isEmpty)
        }
    }

    @Test("is measured at the settings of now when they change", arguments: TestServer.all)
    func changedSettings(server: TestServer) async throws {
        try await withState(on: server, beside: Self.docs) { database, _ in
            let few = try Daemon(database, Self.searched(probes: 1))
            // The poll after it has judged it.
            try await wait(for: "SELECT FROM vecsteward.job WHERE helped_at IS NOT NULL", on: database)
            await few.end()
            let all = try Daemon(database, Self.searched(probes: 29))
            try await wait(for: Self.doneTwice, on: database)
            await all.end()
            let recalls = try await Self.figures(database).compactMap { $0["recall"] }
            #expect(recalls.count == 2 && recalls[0] < recalls[1] && recalls[1] > 0.95)
            let report = try await assess(database, layers: [Self.searched(probes: 29)])
            #expect(try !report.rules("public.docs.vec").contains("recall"))
        }
    }

    @Test(
        "that does not fit the budget is not begun, says what it needs, and is not asked for again and again",
        arguments: TestServer.all
    )
    func unaffordable(server: TestServer) async throws {
        try await withState(on: server, beside: Self.docs) { database, _ in
            let daemon = try Daemon(database, Self.searched(probes: 1, budget: 0.001))
            try await wait(
                for: "SELECT FROM vecsteward.job WHERE kind = 'measure_recall' AND state = 'cancelled'",
                on: database
            )
            // The polls that follow would queue it again.
            let polls = daemon.polls
            while daemon.polls < polls + 3 { try await Task.sleep(for: .milliseconds(20)) }
            await daemon.end()
            let row = try await database.query("SELECT end_reason FROM vecsteward.job").one()
            let reason = try row["end_reason", as: String.self]
            #expect(reason.contains("it needs to read 3,000 vectors"), "\(reason)")
            #expect(reason.contains("nothing was started"), "\(reason)")
            #expect(try await Self.figures(database).isEmpty)
        }
    }

    @Test(
        "is checked between two measurements without reading the table, and the check is corrected by the measurement",
        arguments: TestServer.all
    )
    func check(server: TestServer) async throws {
        try await withState(on: server, beside: Self.docs) { database, _ in
            var layer = Self.searched(probes: 1)
            layer.rules["recall"]?.values["checkHours"] = 0.001
            let daemon = try Daemon(database, layer)
            try await wait(for: "SELECT FROM vecsteward.evidence WHERE kind = 'recall_check'", on: database)
            await daemon.end()
            let kinds = try await database.query("SELECT kind FROM vecsteward.evidence ORDER BY id").map {
                try $0["kind", as: String.self]
            }
            #expect(kinds.prefix(2) == ["recall", "recall_check"], "\(kinds)")
            let full = try #require(try await Self.figures(database).first)
            let nearness = try #require(full["nearness"])
            let agreement = try #require(full["agreement"])
            // Ten lists of thirty have more of the neighbours than one, and not all.
            #expect(try #require(full["recall"]) < nearness && nearness < 1)
            #expect(try #require(full["recall"]) < agreement)
            let report = try await assess(database, layers: [layer])
            let index = try #require(report.snapshot.collections.first?.relations.first?.indexes.first)
            let check = try #require(index.recallCheck)
            #expect(abs(check.recall - (full["recall"] ?? 0)) < 0.15, "\(check) \(full)")
            #expect(check.interval.contains(check.recall) && check.interval.lowerBound > 0)
        }
    }

    @Test("takes the share of the processors that the configuration gives it, and its budget reckons with that")
    func share() async throws {
        let many = Self.docs.replacingOccurrences(of: "series(1, 3000)", with: "series(1, 60000)")
        try await withState(on: TestServer.all[0], beside: many) { database, _ in
            // A hundredth of the time is too little for the pass, so that it compares with more effort.
            for (share, isExact) in [(1, true), (0.01, false)] {
                let daemon = try Daemon(database, Self.searched(probes: 1, budget: 8), share: share)
                try await wait(for: Self.done, on: database)
                await daemon.end()
                let figures = try #require(try await Self.figures(database).last)
                #expect((figures["moreEffort"] == nil) == isExact, "\(figures)")
                try await database.administer("REINDEX INDEX docs_index; DELETE FROM vecsteward.job")
            }
        }
    }
}
