import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("The index of an unlogged table", .timeLimit(.minutes(15)))
struct UnloggedTableTests {
    private static let state =
        "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"

    private func fill(_ database: TestDatabase) async throws {
        try await database.execute(
            """
            CREATE UNLOGGED TABLE docs (id bigint, vec vector(8));
            \(randomRows(1, 2_000))
            CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
            """
        )
        try await database.waitForEndOfSessions()
    }

    private func report(_ database: TestDatabase) async throws -> String {
        try await ProgramRun.dryRun(on: database).output
    }

    @Test(
        "is trained on nothing after a crash, of the server or of a session of it, and is built anew",
        arguments: TestServer.all,
        [true, false]
    )
    func crash(server: TestServer, isWhole: Bool) async throws {
        try await withPrivateServer(version: server.version) { own in
            let database = try await TestDatabase.create(on: own.server)
            try await fill(database)
            let first = try await database.run(["run", "--once"])
            #expect(first.status == 0, "\(first.errors)")
            try await own.stop()
            try await own.start()
            #expect(try await report(database).contains("~2,000 a"), "a stop in order takes nothing away")

            if isWhole {
                try await own.crash()
                try await own.start()
            } else {
                try await own.killSession(of: database)
            }
            try await database.waitUntilReached()
            #expect(try await database.number("SELECT count(*) AS number FROM docs") == 0)
            try await database.execute(randomRows(1, 2_500))
            try await database.execute("ANALYZE docs")
            try await database.waitForEndOfSessions()
            let text = try await report(database)
            #expect(text.contains("built-too-early"), "\(text)")
            #expect(text.contains("the server has emptied the table"), "\(text)")
            let second = try await database.run(["run", "--once"])
            #expect(second.status == 0, "\(second.errors)")
            #expect(try await database.number(Self.state) == 1, "\(second.errors)")
            #expect(try await !report(database).contains("built-too-early"))
        }
    }

    @Test("is trained on nothing after a standby has taken over", arguments: TestServer.all)
    func promotion(server: TestServer) async throws {
        try await withPrivateServer(version: server.version) { primary in
            let database = try await TestDatabase.create(on: primary.server)
            let standby = try await primary.standby()
            do {
                // Built when the standby was there already, whose own marks are all older.
                try await fill(database)
                let run = try await database.run(["run", "--once"])
                #expect(run.status == 0, "\(run.errors)")
                let copy = try TestDatabase(named: database.name, on: standby.server)
                try await copy.wait(until: "SELECT count(*) AS number FROM pg_class WHERE relname = 'migration'")
                try await copy.wait(until: "SELECT count(*) AS number FROM vecsteward.build")
                try await primary.stop()
                try await standby.promote()
                #expect(try await copy.number("SELECT count(*) AS number FROM docs") == 0)
                try await copy.execute(randomRows(1, 2_500))
                try await copy.waitForEndOfSessions()
                let text = try await report(copy)
                #expect(text.contains("the server has emptied the table"), "\(text)")
                await standby.remove()
            } catch {
                await standby.remove()
                throw error
            }
        }
    }
}

extension TestDatabase {
    /// Waits until the server lets sessions in again.
    fileprivate func waitUntilReached() async throws {
        while (try? await number("SELECT 1 AS number")) == nil { try await Task.sleep(for: .milliseconds(20)) }
    }
}

extension PrivateServer {
    /// Kills a session by force, which makes the server throw away its memory and come up as after a crash.
    fileprivate func killSession(of database: TestDatabase) async throws {
        var connection = try await database.connect()
        let process = try await connection.query("SELECT pg_backend_pid() AS process").one()["process", as: Int32.self]
        #expect(kill(process, SIGKILL) == 0)
        // Until the server has seen it.
        while (try? await connection.query("SELECT")) != nil { try await Task.sleep(for: .milliseconds(20)) }
    }
}
