import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("A measurement that ends early", .timeLimit(.minutes(10)))
struct MeasureRecallEndTests {
    /// A measurement with so many searches that there is time to do something to it.
    private static let long = {
        var spec = MeasureRecall(index: "docs_index", settings: ["ivfflat.probes": "30"], budgetSeconds: 60)
        spec.queries = 2_500
        return Job(
            spec: spec,
            collection: CollectionName(schema: "public", table: "docs", column: "vec"),
            targets: [Job.Target(schema: "public", table: "docs")],
            disposition: .act,
            reasons: []
        )
    }()

    /// The sessions that measure.
    private static let measuring = """
        SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE relname = 'docs' AND mode = 'ShareUpdateExclusiveLock'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    /// Runs a long measurement, does something to it, and returns how it ended.
    private static func end(
        on server: TestServer,
        by action: @Sendable @escaping (TestDatabase, JobControl) async throws -> Void
    ) async throws -> Result<JobOutcome, PostgresError> {
        try await withState(on: server, beside: MeasureRecallTests.docs) { database, connection in
            let record = try #require(try await JobQueue.enqueue([long], on: &connection).first)
            #expect(record.job.spec.equals(long.spec))
            let control = JobControl()
            let executor = JobExecutor(try database.connections(database.target(as: .steward)))
            let run = Task { () async -> Result<JobOutcome, PostgresError> in
                do throws(PostgresError) {
                    return .success(
                        try await executor.carryOut(
                            record,
                            control: control,
                            save: { (_) async throws(PostgresError) in }
                        )
                    )
                } catch {
                    return .failure(error)
                }
            }
            try await wait(for: Statement(measuring), on: database)
            try await action(database, control)
            let outcome = await run.value
            #expect(try await MeasureRecallTests.figures(database).isEmpty)
            let nobodyMeasures = "SELECT WHERE NOT EXISTS (\(measuring))"
            try await wait(for: Statement(nobodyMeasures), on: database)
            return outcome
        }
    }

    @Test("says in the record of a job what to configure, and no options of a command line")
    func sentences() {
        #expect(
            RecallRefusal.overrun(.seconds(30)).sentences
                == "reading the table took longer than 30 s. \"budgetSeconds\" of the rule recall gives it more time."
        )
        #expect(RecallRefusal("it is odd", hint: "Measure another index with --index.").sentences == "it is odd.")
        #expect(
            RecallRefusal("it is odd", hint: "Such a search is slow. Try again later.").sentences
                == "it is odd. Such a search is slow. Try again later."
        )
    }

    @Test("that is cancelled leaves nothing, not even a lock", arguments: TestServer.all)
    func cancelled(server: TestServer) async throws {
        let outcome = try await Self.end(on: server) { _, control in control.cancel() }
        guard case .success(.cancelled) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test("whose session is ended leaves nothing, and keeps its place in the queue", arguments: TestServer.all)
    func terminated(server: TestServer) async throws {
        let outcome = try await Self.end(on: server) { database, _ in
            let ending = "SELECT pg_terminate_backend(pid) FROM (\(Self.measuring)) AS session"
            try await database.administer(ending)
        }
        guard case .failure(let error) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(error.code != .cancelled, "\(error)")
    }

    @Test(
        "gives way to an ALTER TABLE that waits for it, which all searches and writes would wait behind",
        arguments: TestServer.all
    )
    func givesWay(server: TestServer) async throws {
        let outcome = try await Self.end(on: server) { database, _ in
            // Without an end of the measurement it would wait for seconds.
            try await database.administer("ALTER TABLE docs ADD COLUMN added int")
        }
        guard case .success(.postponed(let reason)) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason.contains("waits for a lock on the table, so the measurement gave way"), "\(reason)")
    }
}
