import DatabaseFixture
import Foundation
import Postgres
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

    @Test("neither in a report as text nor as JSON, also with all details")
    func reports() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await PlantedSecrets.plant(in: database)
            for arguments in [[], ["--format", "json"]] {
                let run = try await ProgramRun.dryRun(on: database, arguments, in: folder)
                #expect(run.status == 0, "\(run.text)")
                #expect(run.output.contains("items"))
                #expect(!holdsSecret(run.text), "\(run.text)")
            }
        }
    }

    @Test("neither in the log nor in the metrics nor in what a leader records", .timeLimit(.minutes(5)))
    func leader() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await PlantedSecrets.plant(in: database)
            // So that there is something to say of the collection that is searched.
            try await database.execute(
                "INSERT INTO items SELECT g, 'a', '{}', ARRAY[g, 1, 2]::vector FROM generate_series(1, 4000) AS g"
            )
            let metrics = "\(folder.path)/vecsteward.prom"
            let connection = try await database.stewardConnection()
            let daemon = try Daemon(
                """
                {"databases": [{"name": "app", "connection": \(try json(connection))}], "connectTimeout": "30s",
                "poll": {"every": "1s"}, "rules": {"unindexed": {"mode": "act"}}, "metrics": {"file": \(try json(metrics))}}
                """,
                password: database.server.password()
            )
            try await daemon.wait(for: "this instance is the leader")
            try await daemon.waitForNextPoll(database)
            try await daemon.wait(for: "public.items")
            // What it has read stays in its memory, so later polls say the same.
            try await PlantedSecrets.search(in: database)
            try await daemon.waitForNextPoll(database)
            await daemon.end()
            #expect(!holdsSecret(daemon.text), "\(daemon.text)")
            let written = try String(contentsOfFile: metrics, encoding: .utf8)
            #expect(written.contains("vecsteward_collections"))
            #expect(!holdsSecret(written), "\(written)")
            let recorded = try await recorded(in: database)
            #expect(recorded.contains("items"), "the leader recorded nothing that a secret could be in")
            #expect(!holdsSecret(recorded))
        }
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
