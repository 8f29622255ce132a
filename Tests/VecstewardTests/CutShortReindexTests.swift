import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("The lists of a partition's index whose REINDEX is cut short", .timeLimit(.minutes(15)))
struct CutShortReindexTests {
    /// A partition that has outgrown its index, which belongs to that of the partitioned table.
    private func fill(_ database: TestDatabase) async throws {
        try await database.execute(
            """
            CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
            CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100000);
            CREATE FUNCTION pg_temp.fill(first int, last int) RETURNS void LANGUAGE sql AS $$
                INSERT INTO docs
                SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
                FROM generate_series(first, last) AS g;
            $$;
            SELECT pg_temp.fill(1, 1500);
            CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 10);
            SELECT pg_temp.fill(1501, 4000);
            """
        )
        try await database.waitForEndOfSessions()
    }

    /// How many of the partition's indexes the catalog says to have so many lists.
    private static func count(lists: Int) -> String {
        """
        SELECT count(*) AS number FROM pg_class AS class JOIN pg_index AS index ON index.indexrelid = class.oid
        WHERE index.indrelid = 'docs_1'::regclass AND index.indisvalid AND class.reloptions = ARRAY['lists=\(lists)']
        """
    }

    private static let altered = "SELECT count(*) AS number FROM vecsteward.altered_index"

    @Test("killed with its daemon, its job deleted, they are set back by the next one", arguments: TestServer.all)
    func killed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            var holder = try await DaemonTests.holdSnapshot(database)
            let first = try await Daemon.start(on: [database])
            try await DaemonTests.waitForEndOfBuild(database)
            #expect(try await database.number(Self.count(lists: 30)) == 1)
            await first.end(SIGKILL)
            try await database.administer(
                """
                SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'vecsteward job %';
                DELETE FROM vecsteward.job;
                """
            )
            _ = try await holder.query("COMMIT")
            #expect(try await database.number(Self.altered) == 1)

            let second = try await Daemon.start(on: [database], rules: "\"outgrown\": {\"mode\": \"warn\"}")
            try await database.wait(until: Self.altered, is: 0)
            #expect(try await database.number(Self.count(lists: 10)) == 1)
            // It was found before, and is no news.
            #expect(try await ProgramRun.dryRun(on: database).output.contains("outgrown (warning): grown to "))
            #expect(await second.end() == 0)
        }
    }

    @Test("the server crashed, it begins anew and ends with what it says", arguments: TestServer.all)
    func crashed(server: TestServer) async throws {
        try await withPrivateServer(version: server.version) { own in
            let database = try await TestDatabase.create(on: own.server)
            try await fill(database)
            let holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await Daemon.start(on: [database])
            try await DaemonTests.waitForEndOfBuild(database)
            try await own.crash()
            holder.close()
            try await daemon.wait(for: "database \(database.name): ")
            try await own.start()
            try await daemon.wait(for: "is reachable again")
            try await database.waitForEmptyQueue()
            #expect(try await database.number(Self.count(lists: 30)) == 1)
            #expect(try await database.number(Self.altered) == 0)
            let indexes = "SELECT count(*) AS number FROM pg_index WHERE indrelid = 'docs_1'::regclass"
            #expect(try await database.number(indexes) == 1, "nothing is left of the REINDEX that died")
            #expect(await daemon.end() == 0)
        }
    }
}
