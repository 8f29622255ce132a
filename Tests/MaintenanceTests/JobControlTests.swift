import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Asking for the end of a job", .timeLimit(.minutes(15)))
struct JobControlTests {
    private func isCancelled(_ outcome: JobOutcome) -> Bool {
        if case .cancelled("a person cancelled it") = outcome { true } else { false }
    }

    @Test("before anything has run, nothing runs", arguments: TestServer.all)
    func atOnce(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            let control = JobControl()
            control.cancel()
            #expect(isCancelled(try await carryOut(journal, on: database, control: control)))
            #expect(journal.states.isEmpty)
        }
    }

    @Test("while it builds, the build ends and leaves nothing behind", arguments: TestServer.all)
    func building(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            let control = JobControl()
            try await withOldSnapshot(database) { _ in
                let build = Task { try await carryOut(journal, on: database, control: control) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                control.cancel()
                // The holder goes on, and dropping does not wait for it.
                #expect(isCancelled(try await build.value))
            }
            #expect(try await usableIndexes(database) == ["by_hand": true])
        }
    }

    @Test("a build that was adopted ends too, and another job's does not", arguments: TestServer.all)
    func adopted(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            try await withOldSnapshot(database) { holder in
                let first = Task { try await carryOut(journal, on: database) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                first.cancel()
                _ = await first.result

                var stranger = journal.record
                stranger.id = 4_711
                let other = Journal(stranger)
                let control = JobControl()
                let waiting = Task { try await carryOut(other, on: database, control: control) }
                while other.words.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                #expect(other.words[0].contains("is working on the table"))
                control.cancel()
                waiting.cancel()
                _ = await waiting.result
                try await waitForBuild(in: "waiting for old snapshots", database)

                let own = JobControl()
                own.cancel()
                #expect(isCancelled(try await carryOut(journal, on: database, control: own)))
                _ = try await holder.query("COMMIT")
            }
            #expect(try await usableIndexes(database) == ["by_hand": true])
        }
    }

    @Test("once the new index has its name, the job is finished instead", arguments: TestServer.all)
    func tooLate(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            let control = JobControl()
            let runner = JobExecutor(try database.connections(database.target(as: .steward)))
            let outcome = try await runner.carryOut(journal.record, control: control) {
                (record) throws(PostgresError) in
                try journal.save(record)
                if record.state == .cleaning { control.cancel() }
            }
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            #expect(try await usableIndexes(database) == ["by_hand": true])
            #expect(journal.record.newIndex != nil)
        }
    }

    @Test("a program that has lost the leader lock touches nothing", arguments: TestServer.all)
    func lead(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            var leader = try await database.connect()
            let error = await #expect(throws: PostgresError.self) {
                try await carryOut(journal, on: database, leaderProcessID: leader.processID)
            }
            #expect(error?.message.contains("this instance is no longer the leader") == true)
            #expect(error?.hint != nil)
            #expect(journal.states.isEmpty)

            #expect(try await LeaderLock.acquire(&leader))
            guard case .done = try await carryOut(journal, on: database, leaderProcessID: leader.processID) else {
                Issue.record("it is not done")
                return
            }
        }
    }

    @Test("a pooler that gives one session to two connections is refused", arguments: TestServer.all)
    func pooler(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let record = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            let connections = try database.connections(database.target(as: .steward))
            // What a pooler in transaction mode would make of it: the session that polls is the one that leads.
            let leader = try await connections.checkOut()
            let processID = leader.processID
            connections.giveBack(leader)
            let catalogReader = JobCatalogReader(
                connections,
                statementTimeout: .seconds(30),
                leaderProcessID: processID
            )
            do throws(PostgresError) {
                _ = try await catalogReader.context(of: record)
                Issue.record("it was not refused")
            } catch {
                #expect(error.message.contains("pooler in transaction mode"))
                #expect(error.hint?.contains("session mode") == true)
            }
        }
    }

    @Test(
        "a build is put off by a session that has written and sits there, and is done when that has gone",
        arguments: TestServer.all
    )
    func idleWriter(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            var writer = try await openWriter(in: database)
            // First the build waits for him, then what is to drop the index that it has left.
            for attempt in 1...2 {
                let outcome = try await carryOut(journal, on: database) { $0.lendingPatience = .milliseconds(200) }
                guard case .postponed(let reason) = outcome else {
                    Issue.record("it was not put off at attempt \(attempt): \(outcome)")
                    return
                }
                #expect(reason.contains("process \(writer.processID) (role") && reason.contains("idle in transaction"))
                #expect(journal.record.attempts == 0, "a wait is no try")
                #expect(try await usableIndexes(database).count == 2)
                #expect(try await usableIndexes(database)["by_hand"] == true)
            }
            _ = try await writer.query("COMMIT")
            guard case .done = try await carryOut(journal, on: database) else {
                Issue.record("it is not done")
                return
            }
            #expect(try await usableIndexes(database) == ["by_hand": true])
        }
    }

    @Test("a session that works on does not put a build off", arguments: TestServer.all)
    func busyWriter(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            let writing = Task {
                var writer = try await openWriter(in: database)
                _ = try await writer.query("SELECT pg_sleep(6)")
                _ = try await writer.query("COMMIT")
            }
            try await wait(
                for: """
                    SELECT FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'the writer' AND query LIKE '%pg_sleep%'
                    """,
                on: database
            )
            let outcome = try await carryOut(journal, on: database) { $0.lendingPatience = .milliseconds(200) }
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            try await writing.value
        }
    }
}
