import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Before a build begins", .timeLimit(.minutes(15)))
struct PreflightTests {
    /// A job that builds an HNSW index of some megabytes.
    private func creation(_ database: TestDatabase) async throws -> JobRecord {
        try await database.execute(
            """
            CREATE TABLE docs (id bigint, vec vector(512));
            INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[512])::vector FROM generate_series(1, 3000) AS g;
            ANALYZE docs;
            """
        )
        return try #require(try await jobRecords(database, kind: "create_index").first)
    }

    private func place(_ record: inout JobRecord, in tablespace: String) {
        guard var creation = record.job.spec as? CreateIndex else { return }
        creation.definition.tablespace = tablespace
        record.job.spec = creation
    }

    @Test(
        "a disk that is too small is named, with what it lacks, and nothing is begun",
        .enabled(if: SmallDisk.canBeMounted, "a small file system can be mounted by root only"),
        arguments: TestServer.all
    )
    func smallDisk(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await SmallDisk.with(megabytes: 4, on: database) { disk in
                var record = try await creation(database)
                place(&record, in: disk.tablespace.name)
                let size = try #require(record.job.prediction?.diskBytes)
                let journal = Journal(record)
                guard case .failed(let error) = try await carryOut(journal, on: database) else {
                    Issue.record("it did not fail")
                    return
                }
                #expect(error.sqlState == .diskFull)
                #expect(
                    error.message.hasPrefix(
                        "the new index takes about \(Numbers.size(bytes: size)), and tablespace \(disk.tablespace) has "
                    )
                )
                #expect(error.message.hasSuffix(" more"))
                #expect(RetryPolicy.pause(after: error, attempts: journal.record.attempts) != nil, "it is tried again")
                #expect(try await usableIndexes(database).isEmpty)
            }
        }
    }

    @Test(
        "a disk that fills up in the middle of a build leaves nothing behind, and writers do not notice",
        .enabled(if: SmallDisk.canBeMounted, "a small file system can be mounted by root only"),
        arguments: TestServer.all
    )
    func fullDisk(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await SmallDisk.with(megabytes: 4, on: database) { disk in
                var record = try await creation(database)
                place(&record, in: disk.tablespace.name)
                record.job.prediction = nil
                let journal = Journal(record)
                let writer = Task {
                    var connection = try await database.connect()
                    var written = 0
                    while !Task.isCancelled {
                        _ = try await connection.query("INSERT INTO docs SELECT * FROM docs LIMIT 1")
                        written += 1
                    }
                    return written
                }
                let outcome = try await carryOut(journal, on: database)
                writer.cancel()
                // The last statement may have been cancelled; an error of the server would be thrown by an earlier one.
                if case .failure(let error as PostgresError) = await writer.result {
                    #expect(error.code == .cancelled)
                }
                guard case .failed(let error) = outcome else {
                    Issue.record("it did not fail: \(outcome)")
                    return
                }
                #expect(error.sqlState == .diskFull)
                #expect(RetryPolicy.pause(after: error, attempts: journal.record.attempts) != nil, "it is tried again")
                #expect(try await usableIndexes(database).isEmpty, "no leftover")

                var elsewhere = journal.record
                place(&elsewhere, in: "pg_default")
                let second = try await carryOut(Journal(elsewhere), on: database)
                guard case .done = second else {
                    Issue.record("it is not done: \(second)")
                    return
                }
            }
        }
    }

    @Test(
        "the disk that everything is on is checked by a role that sees where it is, and otherwise that is reported",
        arguments: TestServer.all
    )
    func dataDirectory(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            var record = try await creation(database)
            record.job.prediction?.diskBytes = 1 << 55
            let journal = Journal(record)
            guard case .failed(let error) = try await carryOut(journal, on: database) else {
                Issue.record("it did not fail")
                return
            }
            #expect(error.sqlState == .diskFull)
            #expect(error.message.contains(", and tablespace \"pg_default\" has "))
            #expect(journal.words.isEmpty)

            let steward = Identifier(try database.user(.steward))
            try await database.administer("REVOKE pg_read_all_settings FROM \(steward)")
            let runner = JobExecutor(try database.connections(database.target(as: .steward)))
            let outcome = try await runner.carryOut(
                journal.record,
                save: { (record) throws(PostgresError) in try journal.save(record) },
                onEvent: { journal.add($0) }
            )
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            #expect(journal.words.count == 1)
            #expect(journal.words.first?.contains("to fix: GRANT pg_read_all_settings TO \(steward);") == true)
        }
    }

    @Test(
        "with too little shared memory it builds without parallel workers, whether that is seen before or comes up",
        arguments: TestServer.all,
        [true, false]
    )
    func sharedMemory(server: TestServer, isSeen: Bool) async throws {
        try await withDatabase(on: server) { database in
            var record = try await creation(database)
            // More than any /dev/shm has, so that the server is refused at once and takes none of it.
            record.job.settings = BuildSessionSettings(maintenanceWorkMemoryBytes: 1 << 40, parallelWorkers: 2)
            record.job.prediction = nil
            let journal = Journal(record)
            let outcome = try await carryOut(journal, on: database) { $0.isHostKnown = isSeen }
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            #expect(journal.words.count == 1)
            #expect(journal.words[0].contains(isSeen ? "/dev/shm has" : "too little shared memory"))
            #expect(journal.record.attempts == (isSeen ? 1 : 2))
        }
    }

    @Test("sessions that wait for the table go first; if they do not, it is put off", arguments: TestServer.all)
    func queue(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            var writer = try await openWriter(in: database)
            let waiter = Task { try await database.execute("ALTER TABLE docs ADD COLUMN more integer") }
            try await wait(
                for: """
                    SELECT FROM pg_locks
                    WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """,
                on: database
            )
            let first = try await carryOut(journal, on: database) { $0.queuePatience = .milliseconds(10) }
            guard case .postponed(let reason) = first else {
                Issue.record("it was not put off: \(first)")
                return
            }
            #expect(reason.contains("application 'vecsteward tests', waiting for AccessExclusiveLock"))
            #expect(journal.states.isEmpty, "an attempt that was not begun does not count")

            let second = Task { try await carryOut(journal, on: database) }
            try await wait(
                for:
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'vecsteward'",
                on: database
            )
            #expect(journal.states.isEmpty)
            _ = try await writer.query("COMMIT")
            guard case .done = try await second.value else {
                Issue.record("it is not done")
                return
            }
            try await waiter.value
        }
    }

    @Test("an old transaction is named before the build that is going to wait for it", arguments: TestServer.all)
    func oldSnapshot(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            try await withOldSnapshot(database) { holder in
                // Younger ones come and go all the time, and are not worth a word.
                try await wait(
                    for: """
                        SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND xact_start < clock_timestamp() - INTERVAL '10.1 s'
                        """,
                    on: database
                )
                let build = Task { try await carryOut(journal, on: database) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                let note = try #require(journal.words.first)
                #expect(note.hasPrefix("the build will have to wait for process \(holder.processID) (role "))
                #expect(note.contains("application 'the holder', idle in transaction, its transaction open for about"))
                _ = try await holder.query("COMMIT")
                _ = try await build.value
            }
        }
    }
}
