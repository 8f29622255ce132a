import Advisor
import CountingJob
import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

@testable import Maintenance

@Suite("Work in the background", .timeLimit(.minutes(10)))
struct BackgroundLaneTests {
    /// A scheduler of one database that knows the kind of this test, and what it says.
    final class Keeper: Sendable {
        private let events = Mutex<[Scheduler.Event]>([])
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ database: TestDatabase, slots: JobSlots = JobSlots(perServer: 1)) throws {
            let connections = try database.connections(database.target(as: .steward))
            var settings = Scheduler.Settings(
                name: database.name,
                assessor: Assessor(connections, kinds: .withCounting)
            )
            settings.pollInterval = .seconds(1)
            let scheduler = Scheduler(settings, slots: slots)
            let begun = Task { await scheduler.keep { event in self.events.withLock { $0.append(event) } } }
            task.withLock { $0 = begun }
        }

        /// Ends it.
        func end() async {
            let running = task.withLock { $0 }
            running?.cancel()
            await running?.value
        }

        /// The sessions that were named because jobs wait for them.
        var namedSessions: [LockingSession] {
            events.withLock { events in
                events.flatMap { event -> [LockingSession] in
                    switch event {
                    case .waitsForTable(jobs: _, let holder): [holder]
                    case .news(_, .waitsFor(let sessions)): sessions
                    default: []
                    }
                }
            }
        }

        /// The beginnings and ends of jobs, in their order: `7 begins`, `7 yielded`.
        var steps: [String] {
            events.withLock { events in
                events.compactMap { event in
                    switch event {
                    case .begins(let record): "\(record.id) begins"
                    case .ended(let record, let end): "\(record.id) \(end.outcome.name)"
                    default: nil
                    }
                }
            }
        }
    }

    private static let docs = """
        CREATE TABLE docs (id int, vec vector(8));
        INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
        FROM generate_series(1, 2000) AS g;
        CREATE INDEX docs_index ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
        """

    private static let analyze = Job(
        spec: Analyze(),
        collection: CollectionName(schema: "public", table: "docs", column: "vec"),
        targets: [Job.Target(schema: "public", table: "docs")],
        disposition: .act,
        reasons: []
    )

    /// A database with a table, its queue, and the table of the kind of this test.
    private func withQueue(
        on server: TestServer,
        _ body: (TestDatabase, inout Connection) async throws -> Void
    ) async throws {
        try await withState(on: server, beside: Self.docs) { database, connection in
            try await connection.run(script: CountingJob.tableSQL)
            try await body(database, &connection)
        }
    }

    private func enqueue(_ job: Job, on connection: inout Connection) async throws -> Int64 {
        try #require(try await JobQueue.enqueue([job], kinds: .withCounting, on: &connection).first).id
    }

    private func waitForCount(_ database: TestDatabase, of id: Int64, above count: Int = 0) async throws {
        try await wait(
            for: "SELECT FROM vecsteward.counting_job WHERE job_id = \(id) AND counted > \(count)",
            on: database
        )
    }

    private func waitForState(_ database: TestDatabase, of id: Int64, _ state: JobState) async throws {
        try await wait(for: "SELECT FROM vecsteward.job WHERE id = \(id) AND state = \(state.rawValue)", on: database)
    }

    /// A rebuild that a person asks for.
    private func rebuild(in database: TestDatabase) async throws -> Job {
        let assessor = Assessor(try database.connections(database.target(as: .steward)))
        let answer = try await assessor.jobs(
            for: .rebuild(index: "docs_index"),
            on: CollectionName(schema: "public", table: "docs", column: "vec"),
            in: try await assessor.observe()
        )
        var job = try #require(try answer.get().first)
        job.origin = .person
        return job
    }

    @Test("gives way to a build on its table, and resumes after it where it was", arguments: TestServer.all)
    func yields(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let counting = try await enqueue(CountingJob(goal: 40).job(on: "docs"), on: &connection)
            let keeper = try Keeper(database)
            try await waitForCount(database, of: counting)
            let requested = try await JobQueue.request(
                [rebuild(in: database)],
                kinds: .withCounting,
                on: &connection
            )
            let rebuild = try #require(try requested.get().first).record.id
            try await waitForState(database, of: counting, .done)
            await keeper.end()
            #expect(
                keeper.steps == [
                    "\(counting) begins", "\(counting) yielded", "\(rebuild) begins", "\(rebuild) done",
                    "\(counting) begins", "\(counting) done",
                ]
            )
            let row = try await database.query(
                "SELECT counted, runs, attempts FROM vecsteward.counting_job JOIN vecsteward.job ON id = job_id"
            ).one()
            #expect(try row["counted", as: Int.self] == 40, "it resumes and does not begin anew")
            #expect(try row["runs", as: Int.self] == 2)
        }
    }

    /// Waits until the statement of a job that counts once, and takes a minute for it, runs.
    private func waitForStatement(_ database: TestDatabase) async throws {
        try await wait(
            for: """
                SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'
                """,
            on: database
        )
    }

    @Test(
        "is cancelled within a second, in the middle of a statement that takes a minute",
        arguments: TestServer.all
    )
    func cancelled(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let keeper = try Keeper(database)
            var times: [Duration] = []
            var steps: [String] = []
            // One of a few, because other tests keep the machine busy.
            while times.count < 5 && !times.contains(where: { $0 < .seconds(1) }) {
                let counting = try await enqueue(CountingJob(goal: 1, pause: 60).job(on: "docs"), on: &connection)
                try await JobQueue.notify(on: &connection)
                try await waitForStatement(database)
                let start = ContinuousClock.now
                try await JobQueue.requestCancel(id: counting, on: &connection)
                try await waitForState(database, of: counting, .cancelled)
                times.append(.now - start)
                steps += ["\(counting) begins", "\(counting) cancelled"]
            }
            await keeper.end()
            #expect(keeper.steps == steps)
            #expect(times.contains { $0 < .seconds(1) }, "\(times)")
        }
    }

    /// A pooler may accept LISTEN and pass nothing on.
    @Test("is begun and cancelled without a notification, at the next poll", arguments: TestServer.all)
    func unnotified(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let keeper = try Keeper(database)
            let counting = try await enqueue(CountingJob(goal: 1, pause: 60).job(on: "docs"), on: &connection)
            try await waitForStatement(database)
            try await database.administer(
                "UPDATE vecsteward.job SET is_cancel_requested = TRUE WHERE id = \(counting)"
            )
            try await waitForState(database, of: counting, .cancelled)
            await keeper.end()
            #expect(keeper.steps == ["\(counting) begins", "\(counting) cancelled"])
        }
    }

    @Test("killed by force, is resumed where it was", arguments: TestServer.all)
    func killed(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let counting = try await enqueue(CountingJob(goal: 30).job(on: "docs"), on: &connection)
            let first = try Self.start(database)
            try await waitForCount(database, of: counting, above: 5)
            kill(first.processIdentifier, SIGKILL)
            first.waitUntilExit()
            #expect(first.terminationReason == .uncaughtSignal)
            let second = try Self.start(database)
            defer { kill(second.processIdentifier, SIGKILL) }
            try await waitForState(database, of: counting, .done)
            let row = try await database.query(
                "SELECT counted, runs, attempts FROM vecsteward.counting_job JOIN vecsteward.job ON id = job_id"
            ).one()
            #expect(try row["counted", as: Int.self] == 30)
            #expect(try row["runs", as: Int.self] == 2)
            #expect(try row["attempts", as: Int.self] == 1, "one attempt, in two programs")
        }
    }

    @Test("holds up no ANALYZE of its table and hides none of its findings", arguments: TestServer.all)
    func shares(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let counting = try await enqueue(CountingJob(goal: 100_000).job(on: "docs"), on: &connection)
            let keeper = try Keeper(database)
            try await waitForCount(database, of: counting)
            let analyze = try await enqueue(Self.analyze, on: &connection)
            try await JobQueue.notify(on: &connection)
            try await waitForState(database, of: analyze, .done)
            try await database.execute("INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs")
            try await wait(
                for: "SELECT FROM vecsteward.finding WHERE table_name = 'docs' AND rule = 'outgrown'",
                on: database
            )
            await keeper.end()
            #expect(keeper.steps.prefix(3) == ["\(counting) begins", "\(analyze) begins", "\(analyze) done"])
            // Nobody else could end what it does, so it is back in the queue.
            try await waitForState(database, of: counting, .queued)
        }
    }

    @Test(
        "gives way to an ANALYZE that waits for its lock on the table, without being named, and resumes after it",
        arguments: TestServer.all
    )
    func yieldsLock(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            // The pause is longer than the limit of the test: without giving way, the ANALYZE would never begin.
            let spec = CountingJob(goal: 1, pause: 3_600, lockMode: "SHARE UPDATE EXCLUSIVE")
            let counting = try await enqueue(spec.job(on: "docs"), on: &connection)
            let keeper = try Keeper(database)
            try await waitForStatement(database)
            let analyze = try await enqueue(Self.analyze, on: &connection)
            try await JobQueue.notify(on: &connection)
            try await waitForState(database, of: analyze, .done)
            try await wait(
                for: "SELECT FROM vecsteward.counting_job WHERE job_id = \(counting) AND runs = 2",
                on: database
            )
            await keeper.end()
            #expect(
                keeper.steps.prefix(5) == [
                    "\(counting) begins", "\(counting) yielded", "\(analyze) begins", "\(analyze) done",
                    "\(counting) begins",
                ]
            )
            #expect(keeper.namedSessions.isEmpty)
        }
    }

    @Test(
        "is in the way of an ANALYZE by its lock, and of a drop even if it only reads",
        arguments: TestServer.all,
        ["ACCESS SHARE", "SHARE UPDATE EXCLUSIVE"]
    )
    func ownLocks(server: TestServer, mode: String) async throws {
        try await withQueue(on: server) { database, connection in
            let counting = try await enqueue(CountingJob(goal: 1).job(on: "docs"), on: &connection)
            let records = try await JobQueue.enqueue(
                [SampleJobs.analyze("docs"), SampleJobs.drop("docs_left", of: "docs")],
                kinds: .withCounting,
                on: &connection
            )
            let analyze = try #require(records.first { $0.job.kind == Analyze.kind })
            let drop = try #require(records.first { $0.job.kind == DropIndex.kind })
            let name = "vecsteward job \(counting)"
            var own = try await database.connect(as: .steward, applicationName: name)
            _ = try await own.query("BEGIN")
            _ = try await own.query("LOCK TABLE public.docs IN \(unescaped: mode) MODE")
            let held = try await JobQueue.held(on: &connection)
            #expect(held.byStrangers.isEmpty)
            #expect(held.waits(analyze, forAnyOf: [counting]) == (mode == "SHARE UPDATE EXCLUSIVE"))
            #expect(held.waits(drop, forAnyOf: [counting]))
            #expect(!held.waits(drop, forAnyOf: []), "a job of a program that is gone gives way to nobody")
            _ = try await own.query("ROLLBACK")
            // Any session can use the name, but not with the role.
            var stranger = try await database.connect(as: .application, applicationName: name)
            _ = try await stranger.query("BEGIN")
            _ = try await stranger.query("LOCK TABLE public.docs IN SHARE UPDATE EXCLUSIVE MODE")
            let heldByStranger = try await JobQueue.held(on: &connection)
            #expect(Set(heldByStranger.byStrangers.map(\.job)) == [analyze.id, drop.id])
            #expect(!heldByStranger.waits(drop, forAnyOf: [counting]))
            _ = try await stranger.query("ROLLBACK")
        }
    }

    @Test("left by a killed program, is not resumed by a command for its table", arguments: TestServer.all)
    func leftToDaemons(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let job = CountingJob(goal: 1, pause: 3_600).job(on: "docs")
            var counting = try #require(
                try await JobQueue.enqueue([job], kinds: .withCounting, on: &connection).first
            )
            counting.state = .running
            #expect(try await JobQueue.record(counting, on: &connection))
            // There is no such index, so nothing is left to do.
            let drop = try await enqueue(SampleJobs.drop("docs_left", of: "docs"), on: &connection)
            let connections = try database.connections(database.target(as: .steward))
            let settings = Scheduler.Settings(
                name: database.name,
                assessor: Assessor(connections, kinds: .withCounting)
            )
            let begun = Mutex<[Int64]>([])
            let entries = try await Scheduler(settings, slots: JobSlots(perServer: 1)).waitFor(jobs: [drop]) { event in
                if case .begins(let record) = event { begun.withLock { $0.append(record.id) } }
            }
            #expect(entries.map(\.record.state) == [.cancelled])
            #expect(begun.withLock { $0 } == [drop])
            try await waitForState(database, of: counting.id, .running)
        }
    }

    @Test("is one for each server, however many databases have some", arguments: TestServer.all)
    func onePerServer(server: TestServer) async throws {
        try await withQueue(on: server) { first, connection in
            let a = try await enqueue(CountingJob(goal: 20).job(on: "docs"), on: &connection)
            let slots = JobSlots(perServer: 4)
            try await withQueue(on: server) { second, other in
                _ = try await enqueue(Self.analyze, on: &other)
                let b = try await enqueue(CountingJob(goal: 20).job(on: "docs"), on: &other)
                #expect(a != b)
                let keepers = try [Keeper(first, slots: slots), Keeper(second, slots: slots)]
                let unfinished: Statement = "SELECT FROM vecsteward.job WHERE finished_at IS NULL"
                let running: Statement = """
                    SELECT FROM pg_stat_activity
                    WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active' AND datname IN (\(first.name), \(second.name))
                    """
                var most = 0
                for database in [first, second] {
                    while try await !database.query(unfinished).isEmpty {
                        most = max(most, try await database.query(running).count)
                    }
                }
                #expect(most == 1)
                for keeper in keepers { await keeper.end() }
            }
        }
    }

    @Test("comes after all else, however old it is", arguments: TestServer.all)
    func order(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let counting = try await enqueue(CountingJob(goal: 1).job(on: "old", origin: .person), on: &connection)
            try await database.administer("UPDATE vecsteward.job SET created_at = now() - INTERVAL '7 days'")
            let later = try await enqueue(SampleJobs.analyze("new"), on: &connection)
            let due = try await JobQueue.due(limit: 9, kinds: .withCounting, on: &connection)
            #expect(due.map(\.id) == [later, counting])
            let queue = try await Assessor(
                database.connections(database.target(as: .steward)),
                kinds: .withCounting
            ).assess().queue
            #expect(queue?.entries.map(\.record.id) == [later, counting], "a report has the same order")
        }
    }

    @Test("of a kind that a program does not know is set aside by it", arguments: TestServer.all)
    func unknown(server: TestServer) async throws {
        try await withQueue(on: server) { database, connection in
            let counting = try await enqueue(CountingJob(goal: 1).job(on: "docs"), on: &connection)
            let known = try await enqueue(SampleJobs.analyze("docs"), on: &connection)
            #expect(try await JobQueue.due(limit: 9, on: &connection).map(\.id) == [known])
            let (jobs, unreadable) = try await JobQueue.list(limit: 9, on: &connection)
            #expect(jobs.map(\.record.id) == [known])
            #expect(unreadable.map(\.id) == [counting])
        }
    }

    @Test("each kind of vecsteward has its worker and its place in the queue")
    func registry() {
        for type in JobKinds.standard.types {
            #expect(type is any StoredJobSpec.Type, "\(type)")
            #expect(type is any WorkingJobSpec.Type, "\(type)")
        }
        #expect(Set(JobKinds.standard.names).count == JobKinds.standard.types.count)
    }

    /// Starts a program of its own, which can be killed.
    private static func start(_ database: TestDatabase) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("counting-daemon")
        process.arguments = [try database.conninfo(user: database.user(.steward), password: database.server.password())]
        // By the mark of the run it is found when the tests are killed.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key == "VECSTEWARD_SCRATCH" }
        try process.run()
        return process
    }
}

extension JobOutcome {
    fileprivate var name: String {
        switch self {
        case .done: "done"
        case .cancelled: "cancelled"
        case .postponed: "postponed"
        case .yielded: "yielded"
        case .failed: "failed"
        }
    }
}
