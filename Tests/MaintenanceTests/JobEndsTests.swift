import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("After any end of a job there is the new index in its place, or no trace of it", .timeLimit(.minutes(15)))
struct JobEndsTests {
    /// Makes the server refuse statements of a kind with an error.
    private func refusal(_ tag: String, with code: String) -> String {
        """
        CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_query() LIKE '%vecsteward_build_%' THEN
                RAISE EXCEPTION 'not today' USING ERRCODE = '\(code)';
            END IF;
        END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('\(tag)') EXECUTE FUNCTION refuse();
        """
    }

    private func indexes(_ database: TestDatabase) async throws -> [String] {
        try await database.query(
            """
            SELECT class.relname FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE class.relam >= 16384 ORDER BY 1
            """
        ).map { row throws(PostgresError) in try row["relname", as: String.self] }
    }

    @Test(
        "what cannot get its name is dropped when the job has failed for good, and not before",
        arguments: TestServer.all,
        ["42501", "XX000", "55000", "53100"]
    )
    func swap(server: TestServer, code: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            try await database.administer(refusal("ALTER INDEX", with: code))
            guard case .failed(let error) = try await carryOut(journal, on: database) else {
                Issue.record("it did not fail")
                return
            }
            #expect(error.message == "not today")
            // A full disk may have room again in a minute, and what was built is not built again.
            let isKept = code == "53100"
            let building = journal.record.job.targets[0].buildingName
            #expect(try await indexes(database) == ["by_hand"] + (isKept ? [building] : []))
        }
    }

    @Test("a swap that fails again and again is tried four times, and then nothing is left", arguments: TestServer.all)
    func retries(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            var record = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            try await database.administer(refusal("ALTER INDEX", with: "53100"))
            for attempt in 1...4 {
                let journal = Journal(record)
                guard case .failed(let error) = try await carryOut(journal, on: database) else {
                    Issue.record("it did not fail")
                    return
                }
                #expect(journal.record.attempts == attempt)
                #expect((RetryPolicy.pause(after: error, attempts: attempt) == nil) == (attempt == 4))
                #expect(try await indexes(database).count == (attempt == 4 ? 1 : 2))
                record = journal.record
                record.state = .waiting
            }
        }
    }

    @Test("what its role cannot drop is named, with the statement that drops it", arguments: TestServer.all)
    func undroppable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            let (owner, steward) = (try database.user(.application), try database.user(.steward))
            let target = try database.target()
            // Without the grant that carryOut gives each time.
            let runner = JobExecutor(try database.connections(database.target(as: .steward)))
            let outcome = try await runner.carryOut(journal.record) { (record) throws(PostgresError) in
                guard record.state == .proving else { return }
                var administrator = try await Connection.open(target, timeout: .seconds(30), applicationName: "test")
                _ = try await administrator.query(
                    "REVOKE \(unescaped: Identifier(owner).sql) FROM \(unescaped: Identifier(steward).sql)"
                )
            }
            guard case .failed(let error) = outcome else {
                Issue.record("it did not fail")
                return
            }
            let building = journal.record.job.targets[0].buildingName
            #expect(error.sqlState == .insufficientPrivilege)
            let statement = "DROP INDEX CONCURRENTLY \"public\".\"\(building)\""
            #expect(error.hint?.contains("as its owner, run \(statement);") == true, "\(error.hint ?? "")")
            #expect(error.hint?.contains("vecsteward grants --for maintain") == true, "\(error.hint ?? "")")
            try await database.execute(statement)
            #expect(try await indexes(database) == ["by_hand"])
        }
    }

    @Test("the new index dropped by somebody after the swap, the old one has its name again", arguments: TestServer.all)
    func givenBack(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let record = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            guard let rebuild = record.job.spec as? RebuildIndex, let retired = rebuild.retiredName else {
                Issue.record("it does not keep its name")
                return
            }
            try await database.execute("ALTER INDEX by_hand RENAME TO \(retired)")
            guard case .cancelled(let why) = try await carryOut(Journal(record), on: database) else {
                Issue.record("it is not cancelled")
                return
            }
            #expect(why == "somebody dropped the new index; the old one has its name again")
            #expect(try await indexes(database) == ["by_hand"])
        }
    }

    @Test("its row deleted in the middle, what it has built goes", arguments: TestServer.all)
    func deleted(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(outgrown("by_hand"))
            let planned = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            let record = try #require(try await JobQueue.enqueue([planned.job], on: &connection).first)
            var lead = try await database.connect(as: .steward)
            let hasLeaderLock = try await LeaderLock.acquire(&lead)
            #expect(hasLeaderLock)
            let turn = JobExecutor(
                try database.connections(database.target(as: .steward)),
                statementTimeout: .seconds(60),
                leaderProcessID: lead.processID
            )
            try await withOldSnapshot(database) { holder in
                let work = Task { try await turn.run(record, control: JobControl()) { _ in } }
                try await waitForBuild(in: "waiting for old snapshots", database)
                try await database.administer("DELETE FROM vecsteward.job")
                _ = try await holder.query("COMMIT")
                guard case .cancelled("somebody else has ended it") = try await work.value.outcome else {
                    Issue.record("it is not cancelled")
                    return
                }
            }
            #expect(try await indexes(database) == ["by_hand"])
        }
    }
}
