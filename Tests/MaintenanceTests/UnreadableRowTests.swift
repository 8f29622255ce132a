import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("Rows of the state that cannot be read")
struct UnreadableRowTests {
    /// What somebody may do to a row of the queue by hand, the constraints that forbid it being dropped.
    static let edits =
        [
            "kind = 'vacuum'", "state = 'lost'", "origin = 'cron'", "table_name = NULL", "column_name = NULL",
            "reason_rules = NULL", "attempts = NULL", "reason_summaries = ARRAY[NULL::text]", "urgency = NULL",
            "disposition = NULL",
        ].map { "UPDATE vecsteward.job SET \($0) WHERE id = " }
        + ["measure = 'euclid'", "method = 'diskann'", "lists = NULL, m = NULL", "operator_class = NULL"].map {
            "UPDATE vecsteward.build_job SET \($0) WHERE job_id = "
        } + ["DELETE FROM vecsteward.build_job WHERE job_id = "]

    /// Takes all constraints away that a person could take away.
    static let unconstrained = """
        DO $$ DECLARE item record; BEGIN
            FOR item IN
                SELECT conrelid::regclass AS relation, conname FROM pg_constraint
                WHERE connamespace = 'vecsteward'::regnamespace AND contype IN ('c', 'f') AND conrelid <> 0
            LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.relation, item.conname); END LOOP;
            FOR item IN
                SELECT attrelid::regclass AS relation, attname FROM pg_attribute
                WHERE attrelid IN ('vecsteward.job'::regclass, 'vecsteward.build'::regclass, 'vecsteward.finding'::regclass, 'vecsteward.build_job'::regclass)
                    AND attnum > 0 AND attnotnull AND attidentity = '' AND attname NOT IN ('id', 'job_id')
            LOOP EXECUTE format('ALTER TABLE %s ALTER %I DROP NOT NULL', item.relation, item.attname); END LOOP;
        END $$
        """

    @Test("are left aside, and the other jobs are what they are", arguments: TestServer.all)
    func jobs(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.administer(Self.unconstrained)
            for edit in Self.edits {
                let good = try await JobQueue.enqueue([SampleJobs.analyze("good")], on: &connection)
                let bad = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
                try await database.administer("\(edit)\(bad.id)")
                #expect(try await JobQueue.due(limit: 1, on: &connection) == good, "\(edit)")
                #expect(try await JobQueue.unfinished(on: &connection) == good, "\(edit)")
                #expect(try await JobQueue.list(limit: 9, on: &connection).jobs.map(\.record) == good, "\(edit)")
                #expect(try await JobQueue.list(limit: 9, on: &connection).unreadable.map(\.id) == [bad.id], "\(edit)")
                let columns = try await JobQueue.columns(id: bad.id, on: &connection)
                #expect(columns.contains { $0.name == "id" && $0.value == "\(bad.id)" })
                let shown = try await JobQueue.list(id: bad.id, limit: 1, on: &connection).unreadable
                #expect(try #require(shown.first).words.hasPrefix("job \(bad.id) cannot be read"))
                #expect(try await JobQueue.list(id: good[0].id, limit: 1, on: &connection).unreadable.isEmpty)
                #expect(try await JobQueue.enqueue([SampleJobs.analyze("more")], on: &connection).count == 1)
                let seen = try await assess(database)
                #expect(
                    seen.snapshot.missingPrivileges.contains { $0.hasPrefix("Job \(bad.id) cannot be read") },
                    "\(edit)"
                )
                #expect(seen.queue?.entries.count == 2, "\(edit)")
                #expect(try await JobQueue.remove(id: bad.id, on: &connection))
                try await database.administer("DELETE FROM vecsteward.job")
            }
        }
    }

    @Test("are left aside among builds and findings too", arguments: TestServer.all)
    func others(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.administer(Self.unconstrained)
            try await JobHistory.recordBuild(SampleBuilds.build("i", rows: 1), on: &connection)
            for edit in ["source = 'hearsay'", "rows = NULL", "method = NULL", "table_name = NULL"] {
                let bad = try await JobHistory.recordBuild(SampleBuilds.build("bad", rows: 1), on: &connection)
                try await database.administer("UPDATE vecsteward.build SET \(edit) WHERE id = \(bad.id ?? 0)")
                #expect(try await JobHistory.latestBuilds(on: &connection).map(\.index) == ["i"], "\(edit)")
                _ = try await assess(database)
                try await database.administer("DELETE FROM vecsteward.build WHERE id = \(bad.id ?? 0)")
            }
        }
    }
}
