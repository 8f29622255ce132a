import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

@Suite(
    "run --once, killed at random moments",
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long"),
    .timeLimit(.minutes(20))
)
struct KilledRunTests {
    /// Asks the catalog every few milliseconds whether a collection has a usable index.
    private final class Probe: Sendable {
        private let looks = Mutex((all: 0, without: 0))
        private let isOver = Mutex(false)

        var result: (all: Int, without: Int) { looks.withLock { $0 } }

        func watch(_ database: TestDatabase) async throws {
            var connection = try await database.connect()
            while !isOver.withLock({ $0 }) {
                let usable: Statement = """
                    SELECT count(*) AS number
                    FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
                    WHERE index.indrelid = 'docs'::regclass AND class.relam >= 16384
                        AND index.indisvalid AND index.indisready
                    """
                let number = try await connection.query(usable).one()["number", as: Int.self]
                looks.withLock { looks in
                    looks.all += 1
                    if number == 0 { looks.without += 1 }
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        func end() { isOver.withLock { $0 = true } }
    }

    private static let names = ["by_hand", "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3"]

    @Test(
        "every collection has one valid index in the end, had one at every moment, and nothing was built twice",
        arguments: TestServer.all,
        names
    )
    func killed(server: TestServer, name: String) async throws {
        for round in 1...5 {
            try await withDatabase(on: server) { database in
                // Wide vectors, so that a build takes long enough to be met in all its phases.
                try await database.execute(
                    """
                    CREATE TABLE docs (id bigint, vec vector(256));
                    INSERT INTO docs
                    SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 256) WHERE g = g)::vector(256)
                    FROM generate_series(1, 6000) AS g;
                    CREATE INDEX \(name) ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
                    INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;

                    CREATE SEQUENCE builds MINVALUE 0;
                    CREATE FUNCTION count_builds() RETURNS event_trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        IF strpos(current_query(), 'vecsteward_build_') > 0 THEN PERFORM nextval('public.builds'); END IF;
                    END $$;
                    CREATE EVENT TRIGGER count_builds ON ddl_command_start WHEN TAG IN ('CREATE INDEX')
                    EXECUTE FUNCTION count_builds();
                    SELECT nextval('builds');
                    """
                )
                try await database.waitForEndOfSessions()
                let probe = Probe()
                let watching = Task { try await probe.watch(database) }
                for _ in 1...5 { try await killOnce(database) }
                let last = try await run(database)
                #expect(last.status == 0, "round \(round): \(last.errors)")
                probe.end()
                try await watching.value
                #expect(probe.result.all > 0)
                #expect(probe.result.without == 0, "round \(round)")

                let left = try await database.query(
                    """
                    SELECT class.relname AS name, index.indisvalid AND index.indisready AS is_usable
                    FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
                    WHERE index.indrelid = 'docs'::regclass AND class.relam >= 16384
                    """
                )
                #expect(left.count == 1, "round \(round)")
                #expect(try left.one()["is_usable", as: Bool.self])
                #expect(
                    try await database.number(
                        "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
                    ) == 1
                )
                // It may be begun twice, when it was killed just before its statement was sent, but not built.
                let builds = try await database.number("SELECT last_value AS number FROM builds")
                #expect(builds == 1, "round \(round)")
                #expect(
                    try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE state <> 'done'")
                        == 0
                )
            }
        }
    }

    private func run(
        _ database: TestDatabase,
        prefix: [String] = [],
        meanwhile: (pid_t) async throws -> Void = { _ in }
    ) async throws -> ProgramRun {
        try await ProgramRun.of(
            ["run", "--once", "--database", database.connection()] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()],
            prefix: prefix,
            meanwhile: meanwhile
        )
    }

    /// Starts the program and kills it after a random time, which is what is tested and not a wait for anything.
    private func killOnce(_ database: TestDatabase) async throws {
        _ = try await run(database, prefix: ["/bin/sh", "-c", "\"$@\"; exit 0", "sh"]) { shell in
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...700)))
            let children = try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
            for child in (children ?? "").split(separator: " ") { kill(pid_t(child) ?? 0, SIGKILL) }
        }
    }
}
