import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Jobs that others are in the way of")
struct PutOffTests {
    private static let reason = "process 7 holds a lock on the table"

    private static func entry(_ id: Int64, on connection: inout Connection) async throws -> QueueEntry {
        try #require(try await JobQueue.job(id: id, on: &connection))
    }

    @Test("wait longer each time, up to ten minutes, and say since when", arguments: TestServer.all)
    func pauses(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let record = try #require(try await JobQueue.enqueue([SampleJobs.analyze], on: &connection).first)
            var since: Double?
            for (time, pause) in zip(1..., [60.0, 120, 240, 480, 600, 600, 600]) {
                #expect(try await JobQueue.putOff(record.id, because: Self.reason, on: &connection) == pause)
                let entry = try await Self.entry(record.id, on: &connection)
                #expect(entry.isPutOff && entry.putOff?.times == time)
                #expect(entry.failure == QueueEntry.Failure(message: Self.reason))
                since = since ?? entry.putOff?.since
                #expect(entry.putOff?.since == since && since != nil)
                // Its statement begins, and waits for a lock once more.
                var begun = record
                begun.state = .running
                #expect(try await JobQueue.record(begun, on: &connection))
            }
            // A job that worked in between waits for somebody else.
            try await database.administer(
                "UPDATE vecsteward.job SET put_off_at = put_off_at - interval '21 min', put_off_since = put_off_since - interval '1 h'"
            )
            #expect(try await JobQueue.putOff(record.id, because: Self.reason, on: &connection) == 60)
            let entry = try await Self.entry(record.id, on: &connection)
            #expect(entry.putOff?.times == 1)
            #expect(try #require(entry.putOff?.since) >= #require(since))
        }
    }

    @Test("begin with the shortest pause after a failure, and where a person asks for them", arguments: TestServer.all)
    func anew(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let record = try #require(try await JobQueue.enqueue([SampleJobs.analyze], on: &connection).first)
            func putOffTwice() async throws {
                for pause in [60.0, 120] {
                    #expect(try await JobQueue.putOff(record.id, because: Self.reason, on: &connection) == pause)
                }
            }
            try await putOffTwice()
            let mishap = PostgresError(.server, "no room")
            #expect(try await JobQueue.fail(record.id, error: mishap, retryAfter: .seconds(60), on: &connection))
            #expect(try await Self.entry(record.id, on: &connection).putOff == nil)
            try await putOffTwice()
            var wanted = SampleJobs.analyze
            wanted.origin = .person
            let answer = try await JobQueue.request([wanted], on: &connection)
            guard case .success(let requested) = answer, case .found = requested[0] else {
                Issue.record("it was not found: \(answer)")
                return
            }
            try await putOffTwice()
            #expect(try await JobQueue.fail(record.id, error: mishap, retryAfter: nil, on: &connection))
            #expect(try await JobQueue.retry(id: record.id, on: &connection))
            try await putOffTwice()
            var ended = record
            ended.state = .cancelled
            #expect(try await JobQueue.record(ended, on: &connection))
            #expect(try await JobQueue.putOff(record.id, because: Self.reason, on: &connection) == nil)
        }
    }

    @Test("show who has their table, while he has it", arguments: TestServer.all)
    func holders(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute("CREATE TABLE docs (id int); CREATE TABLE free (id int)")
            let jobs = ["docs", "free"].map { SampleJobs.job(Analyze(), tables: [$0], schema: "public", finished: "") }
            _ = try await JobQueue.enqueue(jobs, on: &connection)
            func holders() async throws -> [String: Int?] {
                var entries = try await JobQueue.list(limit: 10, on: &connection).jobs
                try await JobQueue.addHolders(to: &entries, on: &connection)
                return Dictionary(
                    uniqueKeysWithValues: entries.map { ($0.record.job.targets[0].table, $0.heldBy?.processID) }
                )
            }
            #expect(try await holders() == ["docs": nil, "free": nil])
            var stranger = try await database.connect(as: .application)
            _ = try await stranger.query("BEGIN")
            _ = try await stranger.query("LOCK docs IN SHARE UPDATE EXCLUSIVE MODE")
            #expect(try await holders() == ["docs": Int(stranger.processID), "free": nil])
            _ = try await stranger.query("COMMIT")
            #expect(try await holders() == ["docs": nil, "free": nil])
        }
    }
}
