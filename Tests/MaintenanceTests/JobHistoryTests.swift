import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The history of jobs and builds")
struct JobHistoryTests {
    @Test("the latest build of each index is its baseline", arguments: TestServer.all)
    func builds(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let job = try await SampleJobs.ended(SampleJobs.create, as: .done, on: &connection)
            try await JobHistory.recordBuild(SampleBuilds.build("i", rows: 5, builtAt: 3_000), on: &connection)
            try await JobHistory.recordBuild(SampleBuilds.build("i", rows: 1, builtAt: 2_000.25), on: &connection)
            var other = SampleBuilds.build(SampleJobs.hostile, rows: .max, jobID: job.id)
            other.schema = SampleJobs.hostile
            other.parameters = .hnsw(m: 100, efConstruction: 1_000)
            other.measurement?.phases = nil
            other.source = .inferred
            let written = try await JobHistory.recordBuild(other, on: &connection)
            #expect(written.id != nil)
            #expect(try #require(written.builtAt) > 1_700_000_000)
            let latest = try await JobHistory.latestBuilds(on: &connection)
            var expected = [other, SampleBuilds.build("i", rows: 5, builtAt: 3_000)]
            for position in expected.indices { expected[position].id = latest[position].id }
            expected[0].builtAt = written.builtAt
            #expect(latest == expected)
        }
    }

    @Test("pruning keeps what is running, what failed, and every baseline", arguments: TestServer.all)
    func prune(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute("CREATE TABLE t (vec int); CREATE INDEX i ON t (vec)")
            for end in JobState.allCases.filter(\.isFinal) {
                _ = try await SampleJobs.ended(SampleJobs.analyze("old \(end)"), as: end, on: &connection)
            }
            _ = try await JobQueue.enqueue([SampleJobs.analyze("old queued")], on: &connection)
            try await database.administer(
                """
                UPDATE vecsteward.job SET created_at = now() - '31 days'::interval,
                    finished_at = finished_at - '31 days'::interval
                """
            )
            let recent = try await SampleJobs.ended(SampleJobs.analyze("new"), as: .done, on: &connection)
            let old = try await JobQueue.job(id: 1, on: &connection)
            for (rows, time) in [(1, 1_000), (2, 2_000), (3, 1_500)] as [(Int64, Double)] {
                try await JobHistory.recordBuild(
                    SampleBuilds.build("i", rows: rows, jobID: old?.record.id, builtAt: time),
                    on: &connection
                )
            }
            try await JobHistory.recordBuild(SampleBuilds.build("gone", rows: 1, builtAt: 1_000), on: &connection)
            try await JobHistory.recordBuild(SampleBuilds.build("gone", rows: 2), on: &connection)
            #expect(try await JobHistory.prune(keepingDays: 30, on: &connection) == (5, true))
            let tables = try await JobQueue.list(limit: 99, on: &connection).jobs.map(\.record.job.targets[0].table)
            #expect(Set(tables) == ["old failed", "old queued", recent.job.targets[0].table])
            #expect(tables.count == 3)
            #expect(try await JobHistory.latestBuilds(on: &connection).map(\.rows) == [2, 2])
            #expect(try await database.query("SELECT FROM vecsteward.build").count == 2)
            #expect(try await JobHistory.prune(keepingDays: 30, on: &connection) == (0, true))
        }
    }
}
