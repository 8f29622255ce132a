import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import Maintenance

@Suite("The index of a partition that is not reindexed to the end", .timeLimit(.minutes(15)))
struct ReindexEndsTests {
    /// A partition whose index has outgrown its lists, attached to that of the partitioned table.
    private static func tables(_ index: String = "named", options: String = "WITH (lists = '10')") -> String {
        """
        CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
        CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100000);
        INSERT INTO docs
        SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
        FROM generate_series(1, 4000) AS g;
        CREATE INDEX \(Identifier(index)) ON docs_1 USING ivfflat (vec vector_l2_ops) \(options);
        CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops);
        """
    }

    /// Runs a test with such a partition and the schema in which jobs are kept.
    private func withPartition(
        on server: TestServer,
        index: String = "named",
        options: String = "WITH (lists = '10')",
        _ body: (TestDatabase, JobRecord, inout Connection) async throws -> Void
    ) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.tables(index, options: options))
            let assessor = Assessor(try database.connections(try await database.target(nil)))
            let snapshot = try await assessor.observe()
            let collection = try #require(snapshot.collections.first)
            let job = try #require(
                try await assessor.jobs(for: .rebuild(index: nil), on: collection.name, in: snapshot).get().first
            )
            let old = collection.relations[0].indexes[0]
            let record = JobRecord(
                id: 1,
                job: job,
                oldIndex: old.identity
            )
            #expect(old.attachedTo != nil)
            try await body(database, record, &connection)
        }
    }

    /// The vector indexes of the partition as `name options`, with `!` before an invalid one.
    private func indexes(_ database: TestDatabase) async throws -> [String] {
        try await database.query(
            """
            SELECT concat(CASE WHEN NOT index.indisvalid THEN '!' END, class.relname, ' ', class.reloptions::text) AS text
            FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE class.relam >= 16384 AND class.relkind = 'i' ORDER BY 1
            """
        ).map { row throws(PostgresError) in try row["text", as: String.self] }
    }

    private func altered(_ database: TestDatabase) async throws -> Int64 {
        try await database.query("SELECT count(*) AS number FROM vecsteward.altered_index").one()[
            "number",
            as: Int64.self
        ]
    }

    /// Stops the program in the middle of the REINDEX, and the REINDEX by what is given.
    private func stop(
        _ record: JobRecord,
        on database: TestDatabase,
        by ending: (inout Connection) async throws -> Void
    ) async throws {
        let journal = Journal(record)
        try await withOldSnapshot(database) { holder in
            let work = Task { try await carryOut(journal, on: database) }
            try await waitForBuild(in: "waiting for old snapshots", database)
            #expect(try await altered(database) == 1)
            work.cancel()
            _ = await work.result
            try await ending(&holder)
            try? await holder.run(script: "ROLLBACK")
        }
        try await wait(
            for: """
                SELECT WHERE NOT EXISTS (
                    SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'vecsteward job %'
                        AND state = 'active'
                )
                """,
            on: database
        )
    }

    private static let killing = """
        SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'vecsteward job %'
        """

    @Test(
        "cancelled by a person, its lists are as they were, written or not",
        arguments: TestServer.all,
        ["WITH (lists = '10')", "WITH (lists = '0010')", ""]
    )
    func cancelled(server: TestServer, options: String) async throws {
        try await withPartition(on: server, options: options) { database, record, _ in
            let before = try await indexes(database)
            let control = JobControl()
            try await withOldSnapshot(database) { _ in
                let work = Task { try await carryOut(Journal(record), on: database, control: control) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                #expect(try await indexes(database).contains("named {lists=30}"))
                control.cancel()
                guard case .cancelled = try await work.value else {
                    Issue.record("it is not cancelled")
                    return
                }
            }
            #expect(try await indexes(database) == before)
            #expect(try await altered(database) == 0)
        }
    }

    @Test("failed, its lists are as they were, and the next try sets them again", arguments: TestServer.all)
    func failed(server: TestServer) async throws {
        try await withPartition(on: server) { database, record, _ in
            try await withOldSnapshot(database) { _ in
                let work = Task { try await carryOut(Journal(record), on: database) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                try await database.administer(Self.killing.replacing("pg_cancel_backend", with: "pg_terminate_backend"))
                guard case .failed = try await work.value else {
                    Issue.record("it did not fail")
                    return
                }
            }
            #expect(try await indexes(database) == ["named {lists=10}"])
            #expect(try await altered(database) == 0)
            guard case .done = try await carryOut(Journal(record), on: database) else {
                Issue.record("it is not done")
                return
            }
            #expect(try await indexes(database) == ["named {lists=30}"])
            #expect(try await altered(database) == 0)
        }
    }

    /// What happens to a REINDEX whose program is gone and whose job is deleted, and the lists after the next poll.
    private static let endings: [(what: String, sql: String, left: [String])] = [
        ("it is cancelled", killing, ["!named_ccnew {lists=30}", "named {lists=10}"]),
        ("it ends", "COMMIT", ["named {lists=30}"]),
        ("it is cancelled, and a person reindexes", killing + "; COMMIT; REINDEX INDEX named", ["named {lists=30}"]),
        (
            "it is cancelled, and a person sets other lists", killing + "; COMMIT; ALTER INDEX named SET (lists = 44)",
            ["!named_ccnew {lists=30}", "named {lists=44}"]
        ),
        (
            "it is cancelled, and the index gets another name", killing + "; COMMIT; ALTER INDEX named RENAME TO other",
            ["!named_ccnew {lists=30}", "other {lists=10}"]
        ),
        ("it is cancelled, and the table dropped", killing + "; COMMIT; DROP TABLE docs", []),
    ]

    @Test("its program and its job gone, the next poll sets right what is not so", arguments: TestServer.all, 0..<6)
    func gone(server: TestServer, ending: Int) async throws {
        let (what, sql, left) = Self.endings[ending]
        try await withPartition(on: server) { database, record, connection in
            try await stop(record, on: database) { holder in
                for statement in sql.components(separatedBy: "; ") {
                    // Until the statement is at its end there is a lock on the table.
                    if statement == "COMMIT" || statement.hasPrefix("SELECT") {
                        _ = try await holder.query(Statement(statement))
                    } else {
                        try await database.administer(statement)
                    }
                }
            }
            let failures = try await AlteredIndexes.settle(on: &connection)
            #expect(failures.isEmpty)
            let indexes = try await indexes(database)
            // A REINDEX in place rebuilds no leftover.
            #expect(indexes.filter { !$0.hasPrefix("!") } == left.filter { !$0.hasPrefix("!") }, "\(what)")
            #expect(try await altered(database) == 0)
        }
    }

    @Test("while somebody reads the partition it is tried again, and then set back", arguments: TestServer.all)
    func locked(server: TestServer) async throws {
        try await withPartition(on: server) { database, record, connection in
            try await stop(record, on: database) { holder in _ = try await holder.query(Statement(Self.killing)) }
            var reader = try await database.connect()
            _ = try await reader.query("BEGIN")
            _ = try await reader.query("SELECT count(*) FROM docs_1 WHERE vec <-> '[1,1,1,1,1,1,1,1]' < 5")
            // A session that has not loaded pgvector does not know what lock its parameters take.
            _ = try await connection.query("SELECT '[1]'::public.vector")
            let failures = try await AlteredIndexes.settle(on: &connection)
            #expect(failures.map(\.sqlState) == [.lockNotAvailable])
            #expect(
                failures.first?.message.contains(
                    "index \"public\".\"named\" was not reindexed, and its lists could not be set back from 30 to 10"
                ) == true
            )
            let isInTransaction = connection.isInTransaction
            #expect(!isInTransaction)
            _ = try await reader.query("COMMIT")
            let isSettled = try await AlteredIndexes.settle(on: &connection).isEmpty
            #expect(isSettled)
            #expect(try await indexes(database).contains("named {lists=10}"))
        }
    }

    private static let names = [
        "x", String(repeating: "x", count: 63), String(repeating: "é", count: 31) + "x",
        "x" + String(repeating: "é", count: 31), String(repeating: "x", count: 57), String(repeating: "x", count: 58),
        String(repeating: "😀", count: 15) + "abc",
    ]

    @Test("what it leaves is known by whatever name the server has cut", arguments: TestServer.all, names)
    func leftovers(server: TestServer, name: String) async throws {
        try await withPartition(on: server, index: name) { database, record, _ in
            // One of somebody else's takes the first name.
            try await stop(record, on: database) { holder in _ = try await holder.query(Statement(Self.killing)) }
            #expect(try await indexes(database).count == 2)
            let control = JobControl()
            try await withOldSnapshot(database) { _ in
                let work = Task { try await carryOut(Journal(record), on: database, control: control) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                control.cancel()
                _ = try await work.value
            }
            #expect(try await indexes(database) == ["\(name) {lists=10}"])
        }
    }

    @Test("a good index that has such a name by chance is left alone", arguments: TestServer.all)
    func goodIndex(server: TestServer) async throws {
        try await withPartition(on: server) { database, record, _ in
            try await database.execute(
                """
                CREATE INDEX named_ccnew ON docs_1 USING hnsw (vec vector_cosine_ops);
                CREATE INDEX named_ccold ON docs_1 USING ivfflat (vec vector_l2_ops) WITH (lists = 10);
                """
            )
            guard case .done = try await carryOut(Journal(record), on: database) else {
                Issue.record("it is not done")
                return
            }
            #expect(
                try await indexes(database) == ["named {lists=30}", "named_ccnew ", "named_ccold {lists=10}"]
            )
        }
    }
}
