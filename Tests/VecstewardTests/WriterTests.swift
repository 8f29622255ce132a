import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

/// Upserts into a collection, one after the other, until told to end.
final class Writer: Sendable {
    private struct State {
        var isOver = false
        var count = 0
        var longest = Duration.zero
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    /// How long the slowest one took.
    var longest: Duration { state.withLock { $0.longest } }

    func run(on database: TestDatabase) async throws {
        var connection = try await database.connect(applicationName: "writer")
        var id = 0
        while !state.withLock({ $0.isOver }) {
            id = (id + 1) % 5_000
            let start = ContinuousClock.now
            _ = try await connection.query(
                Statement(
                    """
                    INSERT INTO docs SELECT $1::bigint, vec FROM docs LIMIT 1
                    ON CONFLICT (id) DO UPDATE SET vec = excluded.vec
                    """,
                    [id]
                )
            )
            let taken = start.duration(to: .now)
            state.withLock { state in
                state.count += 1
                state.longest = max(state.longest, taken)
            }
        }
    }

    func end() { state.withLock { $0.isOver = true } }

    /// Waits until it has written so many times more.
    func waitForMore(_ wanted: Int) async throws {
        let end = count + wanted
        while count < end { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite("Others that use a table during a build", .timeLimit(.minutes(15)))
struct WriterTests {
    /// The collection of ``DaemonTests``, with a key to upsert by.
    private func fill(_ database: TestDatabase) async throws {
        try await DaemonTests.fill(database, grownTo: 3_001)
        try await database.execute("ALTER TABLE docs ADD PRIMARY KEY (id)")
    }

    private static let waiting = """
        SELECT count(*) AS number FROM pg_locks
        WHERE NOT granted AND locktype = 'relation'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    @Test(
        "writers go on while a build waits for a reader, who is named, and nobody waits for the table",
        arguments: TestServer.all
    )
    func writers(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            var reader = try await database.connect(applicationName: "a long report")
            _ = try await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            _ = try await reader.query("SELECT FROM docs LIMIT 1")
            let writer = Writer()
            let writing = Task { try await writer.run(on: database) }
            let start = ContinuousClock.now
            let daemon = try await Daemon.start(on: [database])
            try await DaemonTests.waitForEndOfBuild(database)
            // It is reported after five seconds; all that time writers write.
            while !daemon.text.contains("the build waits for process ") {
                try await writer.waitForMore(10)
                #expect(try await database.number(Self.waiting) == 0)
            }
            let held = start.duration(to: .now)
            #expect(
                daemon.text.contains("application 'a long report', idle in transaction, its transaction open for"),
                "\(daemon.text)"
            )
            let stall = writer.longest
            #expect(stall < held / 2, "of the \(held) for which the build was held up")
            _ = try await reader.query("COMMIT")
            try await database.waitForEmptyQueue()
            try await writer.waitForMore(10)
            writer.end()
            try await writing.value
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(try await database.isRebuilt())
            print("\(server): the longest of \(writer.count) upserts took \(writer.longest), \(stall) before the swap")
            #expect(await daemon.end() == 0)
        }
    }

    @Test(
        "what queues behind a build and ends it is named, and the build is done at the next try",
        arguments: TestServer.all,
        ["ANALYZE docs", "ALTER TABLE docs SET (fillfactor = 90)"]
    )
    func trap(server: TestServer, sql: String) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            // Whoever queues before the build records whom it has to wait for at its end is among those.
            var holder = try await database.connect()
            _ = try await holder.query("BEGIN")
            _ = try await holder.query("INSERT INTO docs SELECT 0, vec FROM docs LIMIT 1")
            let daemon = try await Daemon.start(on: [database])
            try await database.wait(
                until: """
                    SELECT count(*) AS number FROM pg_stat_progress_create_index
                    WHERE datname = current_database() AND phase = 'waiting for writers before build'
                    """
            )
            let other = Task {
                var session = try await database.connect(applicationName: "nightly script")
                _ = try await session.query(Statement(sql))
            }
            try await daemon.wait(for: "waits for a lock on the table behind the build")
            #expect(daemon.text.contains("application 'nightly script', waiting for "), "\(daemon.text)")
            _ = try await holder.query("COMMIT")
            let outcome = await other.result
            try await InterferenceTests.runQueuedJobs(database)
            let done =
                "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            #expect(try await database.number(done) == 1, "\(daemon.text)")
            #expect(try await database.usableIndexes(of: "docs").count == 1)
            #expect(try await database.number(InterferenceTests.unfinishedIndexes) == 0)
            if case .success = outcome {
                // The server chose the build; the reason is reported with who it was.
                let tried = daemon.text.split(separator: "\n").filter { $0.contains("will be tried again in 1 min") }
                #expect(tried.contains { $0.contains("'nightly script'") }, "\(daemon.text)")
            }
            #expect(await daemon.end() == 0)
        }
    }

    @Test("a prepared transaction that holds a build up is named, with no process to end", arguments: TestServer.all)
    func preparedTransaction(server: TestServer) async throws {
        try await withPrivateServer(version: server.version, settings: ["max_prepared_transactions=2"]) { own in
            let database = try await TestDatabase.create(on: own.server)
            try await DaemonTests.fill(database, grownTo: 3_001)
            var writer = try await database.connect()
            try await writer.run(script: "BEGIN; INSERT INTO docs SELECT 0, vec FROM docs LIMIT 1")
            try await writer.run(script: "PREPARE TRANSACTION 'nightly import'")
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "the build waits for prepared transaction 'nightly import' of role \"postgres\"")
            #expect(try await database.usableIndexes(of: "docs") == ["\(DaemonTests.index)_docs"])
            #expect(try await !database.isRebuilt())
            try await database.administer("ROLLBACK PREPARED 'nightly import'")
            try await database.waitForEmptyQueue()
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(await daemon.end() == 0)
        }
    }
}
