import Advisor
import DatabaseFixture
import Postgres
import Synchronization
import Testing

@testable import Maintenance

@Suite("Watching a job", .timeLimit(.minutes(15)))
struct JobWatchTests {
    @Test("a writer that holds up a build is named, and progress is reported", arguments: TestServer.all)
    func blocker(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            var writer = try await openWriter(in: database)
            let build = Task { try await carryOut(journal, on: database) }
            try await waitForBuild(in: "waiting for writers before build", database)

            var connection = try await database.connect(as: .steward)
            let seen = try #require(try await JobActivityReader.activities(of: [journal.record], on: &connection).first)
            #expect(seen.jobID == journal.record.id)
            #expect(seen.progress?.phase == "waiting for writers before build")
            #expect(seen.progress?.fraction == 0)
            #expect(seen.waitsFor.map(\.processID) == [Int(writer.processID)])
            #expect(seen.waitsFor.first?.state == "idle in transaction")
            #expect(seen.queue.isEmpty)
            var other = journal.record
            other.id = 4_711
            #expect(try await JobActivityReader.activities(of: [other], on: &connection).isEmpty, "a job of no session")

            while journal.words.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            #expect(journal.words.count == 1)
            #expect(
                journal.words[0].hasPrefix(
                    "the build waits for process \(writer.processID) (role \"postgres\", application 'the writer', "
                        + "idle in transaction, its transaction open for about "
                )
            )
            _ = try await writer.query("COMMIT")
            guard case .done = try await build.value else {
                Issue.record("it is not done")
                return
            }
            #expect(journal.progress.first?.phase == "waiting for writers before build")
            #expect(
                try await JobActivityReader.activities(of: [journal.record], on: &connection).isEmpty,
                "no session is running it"
            )
        }
    }

    @Test("a build that only waits lends its slot, and a job whose index stands needs none", arguments: TestServer.all)
    func lending(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            let slots = JobSlots(perServer: 1)
            let (claim, other) = (slots.claim(), slots.claim())
            let slot = try #require(claim.acquire(on: "a"))
            let control = JobControl(slot: slot)
            try await withOldSnapshot(database) { holder in
                let build = Task {
                    try await carryOut(journal, on: database, control: control) { $0.lendingPatience = .seconds(1) }
                }
                try await waitForBuild(in: "waiting for old snapshots", database)
                while !control.isHeldUp { try await Task.sleep(for: .milliseconds(20)) }
                #expect(other.acquire(on: "a") != nil)
                _ = try await holder.query("COMMIT")
                guard case .done = try await build.value else {
                    Issue.record("it is not done")
                    return
                }
            }
            #expect(control.isHeldUp)
            #expect(other.acquire(on: "a") != nil)
        }
    }

    @Test("a statement that cannot even begin is ended, and its job goes back to the queue", arguments: TestServer.all)
    func neverBegun(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let record = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            var stranger = try await database.connect(applicationName: "the stranger")
            // He comes between the poll and the statement.
            let connections = try database.connections(try await database.target(nil))
            var runner = JobExecutor(connections)
            runner.queuePatience = .seconds(1)
            let journal = Journal(record)
            let isFirst = Mutex(true)
            let outcome = try await runner.carryOut(
                record,
                save: { (written) async throws(PostgresError) in
                    try journal.save(written)
                    guard
                        isFirst.withLock({ first in
                            defer { first = false }; return first
                        })
                    else { return }
                    _ = try await stranger.query("BEGIN")
                    _ = try await stranger.query("LOCK docs IN SHARE UPDATE EXCLUSIVE MODE")
                },
                onEvent: { journal.add($0) }
            )
            guard case .postponed(let reason) = outcome else {
                Issue.record("it was not put off: \(outcome)")
                return
            }
            #expect(
                reason.contains("application 'the stranger'") && reason.hasSuffix("a lock on the table"),
                "\(reason)"
            )
            #expect(journal.record.attempts == 0, "a wait is no try")
            _ = try await stranger.query("COMMIT")
            #expect(try await usableIndexes(database) == ["by_hand": true])
        }
    }

    @Test("a role that may not see the blocker says so", arguments: TestServer.all)
    func stranger(server: TestServer) throws {
        #expect(LockingSession(processID: 7).words == "process 7 (of the server itself, or gone by now)")
        let unseen = LockingSession(processID: 7, role: "a", application: "b")
        #expect(
            unseen.words
                == "process 7 (role \"a\", application 'b', its state shows only to a member of pg_read_all_stats)"
        )
        let prepared = LockingSession(
            processID: nil,
            role: "o\"neill",
            application: "it's\n",
            state: "prepared",
            transactionAgeSeconds: 7_200
        )
        #expect(
            prepared.words
                == #"prepared transaction E'it''s\u000A' of role "o""neill", its transaction open for about 2 h"#
        )
    }

    @Test("who is in the way is reported after five seconds and every ten minutes, who queues at once and once")
    func repetition() throws {
        let job = JobRecord(id: 1, job: SampleJobs.create)
        let blocker = LockingSession(processID: 7, transactionAgeSeconds: 1)
        let other = LockingSession(processID: 8)
        var log = ActivityTracker()
        func reported(_ seconds: Double, _ waitsFor: [LockingSession], queue: [LockingSession] = []) -> [String] {
            var activitySample = ActivitySample(job: job, processID: 1, seconds: seconds, sample: nil)
            var aged = waitsFor
            for index in aged.indices { aged[index].transactionAgeSeconds = seconds }
            activitySample.waitsFor = aged
            activitySample.queue = queue
            return log.record(activitySample).map { news in
                switch news {
                case .waitsFor(let sessions): "waits for \(sessions.compactMap(\.processID))"
                case .isQueuedBehind(let sessions): "before \(sessions.compactMap(\.processID))"
                default: "?"
                }
            }
        }
        #expect(reported(10, [blocker]) == [])
        #expect(reported(15, [blocker]) == [])
        #expect(reported(15.5, [blocker, other]) == ["waits for [7]"])
        #expect(reported(20, [blocker, other], queue: [other]) == ["before [8]"])
        #expect(reported(21, [blocker, other], queue: [other, blocker]) == ["waits for [8]", "before [7]"])
        #expect(reported(600, [blocker, other], queue: [other]) == [])
        #expect(reported(616, [blocker, other]) == ["waits for [7]"])
        #expect(reported(617, [other]) == [])
        #expect(reported(618, [blocker]) == [], "it has come anew, and has its five seconds")
        #expect(log.lastQueue.map(\.processID) == [8], "who queued last is remembered")
    }

    @Test("a session of a job has no timeout, whatever its role has", arguments: TestServer.all)
    func settings(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                """
                ALTER DATABASE \(database.name) SET statement_timeout = '1h';
                ALTER DATABASE \(database.name) SET lock_timeout = '1h';
                ALTER DATABASE \(database.name) SET idle_session_timeout = '1h';
                ALTER DATABASE \(database.name) SET idle_in_transaction_session_timeout = '1h';
                ALTER DATABASE \(database.name) SET client_connection_check_interval = '1h';
                """
            )
            if server.version != "16" {
                try await database.administer("ALTER DATABASE \(database.name) SET transaction_timeout = '1h'")
            }
            let session = JobSession(try database.connections(try await database.target(nil)), jobID: 5)
            var connection = try await session.open()
            let rows = try await connection.query(
                """
                SELECT name, setting FROM pg_settings
                WHERE name ~ '_timeout$|^client_connection_check|^tcp_keepalives|^application_name'
                    AND name NOT IN ('tcp_user_timeout', 'wal_sender_timeout')
                    AND context = 'user'
                """
            )
            var settings: [String: String] = [:]
            for row in rows { settings[try row["name", as: String.self]] = try row["setting", as: String.self] }
            #expect(settings.removeValue(forKey: "application_name") == "vecsteward job 5")
            let keepalives = settings.filter { $0.key.hasPrefix("tcp_") }
            #expect(keepalives.values.sorted() == ["10", "6", "60"])
            let timeouts = settings.filter { !$0.key.hasPrefix("tcp_") }
            #expect(timeouts.count >= (server.version == "16" ? 5 : 6))
            #expect(timeouts.values.allSatisfy { $0 == "0" }, "\(timeouts)")
        }
    }
}
