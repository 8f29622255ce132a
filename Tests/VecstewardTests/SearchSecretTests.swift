import Advisor
import DatabaseFixture
import Foundation
import Maintenance
import Postgres
import Synchronization
import Testing

@testable import vecsteward

@Suite(
    "No secret of a search in any output",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct SearchSecretTests {
    private let folder = TemporaryFolder()
    private let secret = PlantedSecrets.secret

    /// Whether a text holds a secret, or the part of it that stays when a text is cut.
    private func holdsSecret(_ text: String) -> Bool { text.lowercased().contains(secret.lowercased().prefix(6)) }

    /// Rows and an index, so that there is something to say of the collection that is searched, and to measure.
    private static let rows = """
        INSERT INTO items SELECT g, 'a', '{}', ARRAY[g, g % 7, 2]::vector FROM generate_series(1, 4000) AS g;
        CREATE INDEX ON items USING hnsw (embedding vector_cosine_ops);
        ANALYZE items;

        """

    @Test(
        "neither in a report as text nor as JSON, also with all details, nor in what commands say of searches and recall"
    )
    func reports() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await PlantedSecrets.plant(in: database)
            try await database.execute(Self.rows)
            // One of the sessions that planted them is still open, with its text.
            let session = try await PlantedSecrets.openSession(in: database)
            for arguments in [[], ["--format", "json"]] {
                for command in [["--dry-run"], ["searches"], ["recall", "items"]] {
                    let run = try await ProgramRun.of(
                        command + ["--database", database.connection(user: database.user(.superuser))] + arguments
                            + ProgramRun.patiently,
                        in: folder,
                        environment: ["PGPASSWORD": database.server.password()]
                    )
                    #expect(run.status == 0 || command[0] == "recall" && run.status == 1, "\(run.text)")
                    #expect(run.output.contains("items"), "\(run.text)")
                    #expect(!holdsSecret(run.text), "\(run.text)")
                }
            }
            withExtendedLifetime(session.isUsable) {}
        }
    }

    @Test("nor where only open sessions show it", arguments: TestServer.all)
    func sessions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await PlantedSecrets.plant(in: database)
            let session = try await PlantedSecrets.openSession(in: database)
            for command in [["--dry-run"], ["searches"]] {
                for arguments in [[], ["--format", "json"]] {
                    let run = try await ProgramRun.of(
                        command + ["--database", database.connection(user: database.user(.superuser))] + arguments
                            + ProgramRun.patiently,
                        in: folder,
                        environment: ["PGPASSWORD": database.server.password()]
                    )
                    #expect(run.status == 0, "\(run.text)")
                    // The search is there, and its condition.
                    #expect(run.output.contains("name"), "\(run.text)")
                    #expect(!holdsSecret(run.text), "\(run.text)")
                }
            }
            withExtendedLifetime(session.isUsable) {}
        }
    }

    @Test("neither in the log nor in the metrics nor in what a leader records", .timeLimit(.minutes(5)))
    func leader() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await PlantedSecrets.plant(in: database)
            try await database.execute(Self.rows)
            let metrics = "\(folder.path)/vecsteward.prom"
            let connection = try await database.stewardConnection()
            let daemon = try Daemon(
                """
                {"databases": [{"name": "app", "connection": \(try json(connection))}], "connectTimeout": "30s",
                "poll": {"every": "1s"}, "metrics": {"file": \(try json(metrics))}}
                """,
                password: database.server.password()
            )
            try await daemon.wait(for: "this instance is the leader")
            try await daemon.waitForNextPoll(database)
            try await daemon.wait(for: "public.items")
            // What it has read stays in its memory, so later polls say the same.
            try await PlantedSecrets.search(in: database)
            try await daemon.waitForNextPoll(database)
            // Its index is measured in the background, at the settings of the searches.
            try await wait(for: Self.measured, in: database)
            try await daemon.waitForNextPoll(database)
            let jobs = try await ProgramRun.of(
                ["jobs", "--database", connection] + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": database.server.password()]
            )
            #expect(jobs.output.contains("items") && !holdsSecret(jobs.text), "\(jobs.text)")
            await daemon.end()
            #expect(!holdsSecret(daemon.text), "\(daemon.text)")
            let written = try String(contentsOfFile: metrics, encoding: .utf8)
            #expect(written.contains("vecsteward_collections"))
            #expect(!holdsSecret(written), "\(written)")
            let recorded = try await recorded(in: database)
            #expect(recorded.contains("items"), "the leader recorded nothing that a secret could be in")
            #expect(recorded.contains("measure_recall"))
            #expect(!holdsSecret(recorded))
        }
    }

    @Test("nor in an entry of the journal", .timeLimit(.minutes(5)))
    func journal() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await PlantedSecrets.plant(in: database)
            try await database.execute(Self.rows)
            _ = try await database.stewardConnection()
            let assessor = Assessor(try database.connections(database.target(as: .steward)))
            var settings = Scheduler.Settings(name: "app", assessor: assessor)
            settings.pollInterval = .milliseconds(500)
            let log = ServiceLog(database: "app", output: ServiceOutput(stream: nil))
            let entries = Mutex<[String]>([])
            let scheduler = Scheduler(settings, slots: JobSlots(perServer: 1))
            let running = Task {
                await scheduler.keep { event in
                    let written = log.messages(of: event).map { "\($0.text) \($0.hint ?? "") \($0.fields)" }
                    entries.withLock { $0 += written }
                }
            }
            try await wait(for: Self.measured, in: database)
            // What a measurement found is said after it.
            while !entries.withLock({ $0.contains { $0.contains("recall@10") } }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            running.cancel()
            await running.value
            let text = entries.withLock { $0.joined(separator: "\n") }
            #expect(text.contains("COLLECTION") && text.contains("items"), "\(text)")
            #expect(!holdsSecret(text), "\(text)")
        }
    }

    private static let measured =
        "SELECT FROM vecsteward.job WHERE kind = 'measure_recall' AND state = 'done'"

    /// Waits until a query returns a row, as soon as its tables are there.
    private func wait(for sql: String, in database: TestDatabase) async throws {
        let tables = "SELECT FROM pg_class WHERE oid = to_regclass('vecsteward.job')"
        while try await database.query(Statement(tables)).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        while try await database.query(Statement(sql)).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func json(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    /// All rows of all tables of vecsteward's schema, as text.
    private func recorded(in database: TestDatabase) async throws -> String {
        let tables = try await database.query(
            """
            SELECT format('SELECT coalesce(string_agg(t::text, chr(10)), %L) AS rows FROM %s AS t', '', oid::regclass) AS sql
            FROM pg_class WHERE relnamespace = 'vecsteward'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
            """
        )
        var texts: [String] = []
        for row in tables {
            let sql = try row["sql", as: String.self]
            texts.append(try await database.query(Statement(sql)).one()["rows", as: String.self])
        }
        #expect(texts.count > 3)
        return texts.joined(separator: "\n")
    }
}
