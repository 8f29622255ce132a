import DatabaseFixture
import Foundation
import Postgres
import Testing

/// What somebody else does to the index of a collection.
enum ForeignOperation: String, CaseIterable, Sendable {
    case replaceByVecs, reindex, reindexConcurrently, truncate, vacuumFull

    /// Does it.
    func perform(on database: TestDatabase) async throws {
        switch self {
        case .replaceByVecs:
            _ = try await VecsClient.run(
                """
                from vecs import IndexMethod
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                docs.create_index(method=IndexMethod.ivfflat, replace=True)
                """,
                on: database
            )
        case .reindex: try await database.run("REINDEX INDEX vecs.", onIndex: true)
        case .reindexConcurrently: try await database.run("REINDEX INDEX CONCURRENTLY vecs.", onIndex: true)
        case .truncate: try await database.run("TRUNCATE vecs.docs")
        case .vacuumFull: try await database.run("VACUUM FULL vecs.docs")
        }
    }
}

extension TestDatabase {
    fileprivate func run(_ statement: String, onIndex: Bool = false) async throws {
        let suffix = onIndex ? Identifier(try await usableIndexes(of: "vecs.docs")[0]).description : ""
        try await query(Statement(statement + suffix))
    }

    /// The usable vector indexes of a table.
    func usableIndexes(of table: String) async throws -> [String] {
        try await query(
            """
            SELECT class.relname AS name
            FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE index.indrelid = \(table)::text::regclass AND class.relam >= 16384
                AND index.indisvalid AND index.indisready
            ORDER BY name
            """
        ).map { row throws(PostgresError) in try row["name", as: String.self] }
    }

    /// Tries again at once what would be tried again in minutes.
    func hurry() async throws {
        try await administer("UPDATE vecsteward.job SET not_before = now() WHERE state = 'waiting'")
    }

    /// How many tables there are in the schema `vecsteward`, which `grants` makes without any.
    static let stateTables = """
        SELECT count(*) AS number FROM pg_class
        WHERE relnamespace = to_regnamespace('vecsteward') AND relkind = 'r'
        """

    /// How many times jobs of a kind have begun to build.
    func attempts(_ kind: String) async throws -> Int64 {
        try await number(
            "SELECT coalesce(sum(attempts), 0) AS number FROM vecsteward.job WHERE kind = '\(kind)'"
        )
    }
}

@Suite("Index operations of others", .timeLimit(.minutes(15)))
struct ForeignOperationTests {
    private static let cases = TestServer.all.flatMap { server in ForeignOperation.allCases.map { (server, $0) } }

    /// A vecs collection whose IVFFlat index was built on 1,500 rows, with 2,500 rows.
    private func fill(_ database: TestDatabase) async throws {
        _ = try await VecsClient.run(
            """
            from vecs import IndexMethod
            docs = vx.get_or_create_collection(name="docs", dimension=8)
            docs.upsert([(str(i), np.random.rand(8), {}) for i in range(1500)])
            docs.create_index(method=IndexMethod.ivfflat)
            """,
            on: database
        )
        try await grow(database, from: 1_500, to: 2_500)
    }

    private func grow(_ database: TestDatabase, from first: Int, to last: Int) async throws {
        try await database.execute(
            """
            INSERT INTO vecs.docs (id, vec, metadata)
            SELECT g::text, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8), '{}'
            FROM generate_series(\(first), \(last - 1)) AS g
            """
        )
        try await database.waitForEndOfSessions(besides: "vecsteward")
    }

    /// Waits until what is written down of the collection's index says so many rows.
    private func waitForBaseline(_ rows: Int, _ database: TestDatabase) async throws {
        try await database.wait(
            until: """
                SELECT count(*) AS number
                FROM vecsteward.build AS build
                JOIN pg_class AS class
                    ON class.oid = build.oid AND class.relfilenode = build.relfilenode
                    AND class.relname = build.index_name::text
                WHERE build.rows = \(rows)
                """
        )
    }

    @Test("count as the last one: the baseline is what there was then", arguments: cases)
    func baseline(server: TestServer, operation: ForeignOperation) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "this instance is the leader")
            try await waitForBaseline(1_500, database)
            try await operation.perform(on: database)
            let rows = operation == .truncate ? 0 : 2_500
            try await waitForBaseline(rows, database)
            if operation == .truncate {
                // Built on nothing: as soon as there are rows to train on it is built anew.
                try await grow(database, from: 0, to: 1_600)
            } else {
                // More than twice what it was first built on, but not what it was last built on.
                try await grow(database, from: 2_500, to: 5_000)
                try await daemon.waitForNextPoll(database)
                #expect(try await database.attempts("rebuild_index") == 0, "\(daemon.text)")
                try await grow(database, from: 5_000, to: 5_001)
            }
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            try await database.waitForEmptyQueue()
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(try await database.usableIndexes(of: "vecs.docs").count == 1)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("in the middle of a build lose no index and leave no second one", arguments: cases)
    func meanwhile(server: TestServer, operation: ForeignOperation) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            try await grow(database, from: 2_500, to: 3_001)
            var holder = try await database.connect()
            _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            _ = try await holder.query("SELECT FROM pg_class LIMIT 1")
            let daemon = try await Daemon.start(on: [database])
            try await database.wait(
                until: """
                    SELECT count(*) AS number FROM pg_stat_progress_create_index
                    WHERE datname = current_database() AND phase = 'waiting for old snapshots'
                    """
            )
            let other = Task { try await operation.perform(on: database) }
            // It queues behind the build, which PostgreSQL may then end with a deadlock, or the other session.
            try await database.wait(
                until: """
                    SELECT (EXISTS (
                        SELECT FROM pg_locks
                        WHERE NOT granted AND locktype = 'relation'
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    ) OR NOT EXISTS (
                        SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()
                    ))::int AS number
                    """
            )
            _ = try await holder.query("COMMIT")
            let outcome = await other.result
            while try await database.number(
                "SELECT count(*) AS number FROM vecsteward.job WHERE finished_at IS NULL"
            ) > 0 {
                try await database.hurry()
                try await Task.sleep(for: .milliseconds(100))
            }
            let failed = try await database.number(
                "SELECT count(*) AS number FROM vecsteward.job WHERE state = 'failed'"
            )
            #expect(failed == 0, "\(outcome): \(daemon.text)")
            let all = try await database.number(
                """
                SELECT count(*) AS number
                FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
                WHERE index.indrelid = 'vecs.docs'::regclass AND class.relam >= 16384
                """
            )
            #expect(all == 1, "\(outcome): \(daemon.text)")
            #expect(try await database.usableIndexes(of: "vecs.docs").count == 1, "\(daemon.text)")
            #expect(await daemon.end() == 0)
        }
    }
}
