import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("What the ages of rows show about an index that nobody recorded", .timeLimit(.minutes(15)))
struct RowAgesTests {
    private static let table = "CREATE TABLE docs (id bigint, vec vector(8))"
    private static let index = "CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 100)"
    private static let rows = randomRows(1, 8_000)
    private static let isBuilt = """
        SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'
        """

    /// Carries out each statement in a transaction of its own.
    private func carryOut(_ statements: [String], on database: TestDatabase) async throws {
        for statement in statements { try await database.execute(statement) }
        try await database.waitForEndOfSessions()
    }

    /// What the report says: the certainty that the index was built on nothing, or that nobody knows.
    private func verdict(
        _ database: TestDatabase,
        of collection: String = "public.docs.vec",
        user: String? = nil
    ) async throws -> String {
        let report = try await ProgramRun.dryRun(on: database, ["--format", "json"], user: user)
        #expect([0, 2].contains(report.status), "\(report.errors)")
        let found = try report.report().databases[0]
        guard found.rules(collection).contains("built-too-early") else {
            return report.output.contains("\"isBaselineKnown\": false") ? "baseline?" : "ok"
        }
        let certainty = ["exact", "likely", "guess"].first {
            report.output.contains("\"baselineCertainty\": \"\($0)\"")
        }
        let isActing = found.jobs(for: collection).contains { $0.kind == "rebuild_index" && $0.disposition == "act" }
        return "\(certainty ?? "?"), \(isActing ? "acts" : "warns")"
    }

    @Test(
        "one that was built on an empty table is reported after ANALYZE and VACUUM, and is built anew",
        arguments: TestServer.all,
        [index, index.replacingOccurrences(of: "INDEX", with: "INDEX CONCURRENTLY")]
    )
    func builtEmpty(server: TestServer, index: String) async throws {
        try await withDatabase(on: server) { database in
            // Some are gone and some are new, in pages that are used again.
            let changes = ["DELETE FROM docs WHERE id <= 100", "VACUUM ANALYZE docs", Self.rows, "ANALYZE docs"]
            try await carryOut([Self.table, index, Self.rows] + changes, on: database)
            #expect(try await verdict(database) == "likely, acts")
            let daemon = try await Daemon.start(on: [database])
            try await database.wait(
                until: "SELECT count(*) AS number FROM pg_tables WHERE schemaname || tablename = 'vecstewardjob'"
            )
            try await database.wait(until: Self.isBuilt)
            #expect(await daemon.end() == 0)
            let record = try await database.number(
                "SELECT count(*) AS number FROM vecsteward.build WHERE source = 'observed' AND rows = 0"
            )
            #expect(record == 1)
            #expect(try await verdict(database) == "ok")
        }
    }

    @Test(
        "nothing is said of one that was built on rows, or that nobody can tell from it",
        arguments: TestServer.all,
        [
            [table, rows, index],
            // One transaction has one number, whatever came first.
            ["BEGIN; \(table); \(index); \(rows); COMMIT"],
            // The new name is as young as the number.
            [table, index, rows, "ALTER INDEX docs_idx RENAME TO docs_index"],
            [table, index, rows, "ALTER INDEX docs_idx SET (lists = 50)", "VACUUM FREEZE docs"],
            // Too few to tell anything.
            [table, index, rows, "DELETE FROM docs WHERE id > 49", "VACUUM docs", "VACUUM (FREEZE) pg_class"],
        ]
    )
    func builtFull(server: TestServer, statements: [String]) async throws {
        try await withDatabase(on: server) { database in
            try await carryOut(statements + ["ANALYZE docs"], on: database)
            #expect(try await verdict(database) == "baseline?")
        }
    }

    @Test(
        "one that may have been built on rows that are gone is warned of, and left alone",
        arguments: TestServer.all,
        [
            [table, rows, index, "UPDATE docs SET id = id + 1"],
            [table, rows, index, "DELETE FROM docs", rows],
            // A part of a transaction has a later number than the whole that builds the index after it.
            ["BEGIN; \(table); SAVEPOINT part; \(rows); RELEASE part; \(index); COMMIT"],
        ]
    )
    func replaced(server: TestServer, statements: [String]) async throws {
        try await withDatabase(on: server) { database in
            try await carryOut(statements + ["VACUUM ANALYZE docs"], on: database)
            #expect(try await verdict(database) == "guess, warns")
            let run = try await database.run(["run", "--once"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try await database.number(Self.isBuilt) == 0)
        }
    }

    @Test(
        "no row is read where its owner's code would run",
        arguments: TestServer.all,
        [
            "CREATE INDEX ON docs (id) WHERE planted('ages')",
            "CREATE STATISTICS of_docs ON id, (CASE WHEN planted('ages') THEN id END) FROM docs",
        ]
    )
    func foreign(server: TestServer, way: String) async throws {
        try await withDatabase(on: server) { database in
            let plant = [PlantedCode.functions(), way, "ANALYZE docs"]
            try await carryOut([Self.table, Self.index, Self.rows] + plant, on: database)
            for role in [TestRole.superuser, .steward] {
                #expect(try await verdict(database, user: role == .steward ? nil : database.user(role)) == "baseline?")
            }
            #expect(try PlantedCode.hasRun("ages", as: .application, in: database))
            for role in [TestRole.superuser, .steward] {
                #expect(try !PlantedCode.hasRun("ages", as: role, in: database))
            }
        }
    }

    @Test(
        "whoever holds the table is not waited for, and the next poll asks again",
        arguments: TestServer.all,
        ["ACCESS EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"]
    )
    func locked(server: TestServer, mode: String) async throws {
        try await withDatabase(on: server) { database in
            // Autovacuum would hold the table too.
            let quiet = "ALTER TABLE docs SET (autovacuum_enabled = off)"
            try await carryOut([Self.table, quiet, Self.index, Self.rows, "ANALYZE docs"], on: database)
            // Any wait would be told in the server's log.
            try await database.administer("ALTER DATABASE \(database.name) SET deadlock_timeout = '1ms'")
            try await database.administer("ALTER DATABASE \(database.name) SET log_lock_waits = on")
            var stranger = try await database.connect(as: .application)
            _ = try await stranger.query("BEGIN")
            _ = try await stranger.query("LOCK TABLE docs IN \(unescaped: mode) MODE")
            #expect(try await verdict(database) == "baseline?")
            _ = try await stranger.query("ROLLBACK")
            #expect(try await verdict(database) == "likely, acts")
            let relation = try await database.number("SELECT oid::int8 AS number FROM pg_class WHERE relname = 'docs'")
            #expect(try !database.server.log().contains("Lock on relation \(relation) of database"))
        }
    }

    @Test("a role that may not read whole rows does not try", arguments: TestServer.all)
    func unreadable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            // The server's log is that of all tests.
            let rename = "ALTER TABLE docs RENAME TO unreadable_rows"
            try await carryOut([Self.table, Self.index, Self.rows, "ANALYZE docs", rename], on: database)
            let role = "reader_\(database.name)"
            let password = Literal(try database.server.password())
            try await database.administer(
                "CREATE ROLE \(role) LOGIN PASSWORD \(password); GRANT SELECT (vec) ON unreadable_rows TO \(role)"
            )
            let found = try await verdict(database, of: "public.unreadable_rows.vec", user: role)
            try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")
            #expect(found == "baseline?")
            #expect(try !database.server.log().contains("permission denied for table unreadable_rows"))
        }
    }
}
