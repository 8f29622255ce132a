import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("The daemon", .timeLimit(.minutes(15)))
struct DaemonTests {
    static let index = "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3"

    /// A collection whose IVFFlat index was built on 1,500 rows, grown to more.
    static func fill(_ database: TestDatabase, table: String = "docs", grownTo rows: Int) async throws {
        try await database.execute(
            """
            CREATE TABLE \(table) (id bigint, vec vector(8));
            CREATE FUNCTION pg_temp.fill(first int, last int) RETURNS void LANGUAGE sql AS $$
                INSERT INTO \(table)
                SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
                FROM generate_series(first, last) AS g;
            $$;
            SELECT pg_temp.fill(1, 1500);
            CREATE INDEX \(index)_\(table) ON \(table) USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
            CREATE TABLE original_\(table) AS SELECT '\(index)_\(table)'::regclass::oid AS index;
            SELECT pg_temp.fill(1501, \(rows));
            """
        )
        try await database.waitForEndOfSessions()
    }

    /// A session whose snapshot the end of every build has to wait for.
    static func holdSnapshot(_ database: TestDatabase) async throws -> Connection {
        var holder = try await database.connect()
        _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        _ = try await holder.query("SELECT FROM pg_class LIMIT 1")
        return holder
    }

    static func waitForEndOfBuild(_ database: TestDatabase) async throws {
        try await database.wait(
            until: """
                SELECT count(*) AS number FROM pg_stat_progress_create_index
                WHERE datname = current_database() AND phase = 'waiting for old snapshots'
                """
        )
    }

    /// How many vector indexes the collection has, usable or not.
    static func indexes(_ database: TestDatabase) async throws -> Int64 {
        try await database.number(
            """
            SELECT count(*) AS number FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE index.indrelid = 'docs'::regclass AND class.relam >= 16384
            """
        )
    }

    @Test("finds what is outgrown while it runs, rebuilds it once, and then is silent", arguments: TestServer.all)
    func rebuild(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_000)
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "this instance is the leader")
            // Exactly at twice the rows nothing happens, however often it polls.
            try await database.wait(until: "SELECT count(*) AS number FROM vecsteward.build")
            try await database.waitForEmptyQueue()
            #expect(try await database.attempts("rebuild_index") == 0)

            try await database.execute("INSERT INTO docs SELECT 3001, vec FROM docs LIMIT 1")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            try await database.waitForEmptyQueue()
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(try await database.isRebuilt())
            // It is no table of vecs, so its index keeps its name, though that begins as vecs would name it.
            #expect(try await database.usableIndexes(of: "docs") == ["\(Self.index)_docs"])
            try await daemon.wait(for: "resolved: public.docs.vec: index \(Self.index)_docs: outgrown")
            #expect(await daemon.end() == 0)
            #expect(daemon.text.components(separatedBy: "found: public.docs.vec: index").count == 2)
        }
    }

    @Test("killed in the middle of a build, its successor finishes that build", arguments: TestServer.all)
    func adoption(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_001)
            var holder = try await Self.holdSnapshot(database)
            let first = try await Daemon.start(on: [database])
            try await Self.waitForEndOfBuild(database)
            await first.end(SIGKILL)
            #expect(try await database.usableIndexes(of: "docs") == ["\(Self.index)_docs"])
            #expect(try await !database.isRebuilt())
            let second = try await Daemon.start(on: [database])
            try await second.wait(for: " resumes: public.docs.vec: rebuild")
            _ = try await holder.query("COMMIT")
            try await database.waitForEmptyQueue()
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(try await database.usableIndexes(of: "docs").count == 1)
            #expect(try await database.isRebuilt())
        }
    }

    @Test("told to stop, it leaves a build to the server within seconds", arguments: TestServer.all)
    func leave(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_001)
            var holder = try await Self.holdSnapshot(database)
            let daemon = try await Daemon.start(on: [database])
            try await Self.waitForEndOfBuild(database)
            #expect(await daemon.end() == 0)
            #expect(daemon.text.contains("continues in the server; the next start finishes it"))
            try await Self.waitForEndOfBuild(database)
            _ = try await holder.query("COMMIT")
            let next = try await Daemon.start(on: [database])
            try await database.waitForEmptyQueue()
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(await next.end() == 0)
        }
    }

    @Test("told to stop with onStop cancel, it ends a build and cleans up behind it", arguments: TestServer.all)
    func cancelOnStop(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_001)
            var holder = try await Self.holdSnapshot(database)
            let daemon = try await Daemon.start(on: [database], maintenance: "\"onStop\": \"cancel\"")
            try await Self.waitForEndOfBuild(database)
            #expect(await daemon.end() == 0)
            #expect(daemon.text.contains("was cancelled and queued again"), "\(daemon.text)")
            #expect(try await Self.indexes(database) == 1, "nothing is left of the build")
            _ = try await holder.query("COMMIT")
            let next = try await Daemon.start(on: [database])
            try await database.waitForEmptyQueue()
            #expect(try await database.isRebuilt())
            #expect(await next.end() == 0)
        }
    }

    @Test("of two, one acts, and the other takes over when it goes", arguments: TestServer.all)
    func pair(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_000)
            let first = try await Daemon.start(on: [database])
            try await first.wait(for: "this instance is the leader")
            let second = try await Daemon.start(on: [database])
            try await second.wait(for: "another instance is the leader")
            try await database.execute("INSERT INTO docs SELECT 3001, vec FROM docs LIMIT 1")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            #expect(!second.text.contains("begins"))
            await first.end(SIGKILL)
            try await second.wait(for: "this instance is the leader")
            try await database.execute("INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs LIMIT 4000")
            try await second.wait(for: " done in ", times: 1)
        }
    }

    @Test("a database that is out of reach is reported once, and delays no other", arguments: TestServer.all)
    func outOfReach(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_001)
            let connection = try await database.stewardConnection()
            let daemon = try Daemon(
                """
                {"databases": [{"name": "gone", "connection": "\(refusedConnection)"},
                {"name": "here", "connection": "\(connection)"}], "poll": {"every": "1s"}}
                """,
                password: server.password()
            )
            try await daemon.wait(for: "database gone: ")
            try await daemon.wait(for: "here: this instance is the leader")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            #expect(await daemon.end() == 0)
            #expect(daemon.text.components(separatedBy: "database gone: ").count == 2, "\(daemon.text)")
        }
    }

    @Test("outside its windows it queues, and begins nothing but what a person asked for", arguments: TestServer.all)
    func windows(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, grownTo: 3_001)
            try await Self.fill(database, table: "more", grownTo: 3_001)
            // A window of a minute that has just passed, on the server's clock.
            let minute = try await database.query(
                "SELECT to_char(now() AT TIME ZONE 'Asia/Kolkata' - INTERVAL '2 min', 'HH24:MI') AS text"
            ).one()["text", as: String.self]
            let end = try await database.query(
                "SELECT to_char(now() AT TIME ZONE 'Asia/Kolkata' - INTERVAL '1 min', 'HH24:MI') AS text"
            ).one()["text", as: String.self]
            let daemon = try await Daemon.start(
                on: [database],
                maintenance:
                    "\"windows\": [{\"from\": \"\(minute)\", \"to\": \"\(end)\", \"timeZone\": \"Asia/Kolkata\"}]"
            )
            try await daemon.wait(for: "for the maintenance window, which opens on ")
            #expect(daemon.text.contains("\(minute) (Asia/Kolkata)"), "\(daemon.text)")
            #expect(!daemon.text.contains("begins"))
            try await database.administer("UPDATE vecsteward.job SET origin = 'person' WHERE table_name = 'docs'")
            try await daemon.wait(for: " begins: public.docs.vec: rebuild")
            try await database.wait(until: "SELECT count(*) AS number FROM vecsteward.job WHERE state = 'done'")
            #expect(!daemon.text.contains("begins: public.more.vec: rebuild"))
            #expect(await daemon.end() == 0)
        }
    }
}
