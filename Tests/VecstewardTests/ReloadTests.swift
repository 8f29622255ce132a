import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("SIGHUP makes the daemon read its configuration again", .timeLimit(.minutes(15)))
struct ReloadTests {
    private static let rebuilt =
        "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"

    /// A configuration of some databases.
    private func configuration(
        _ databases: [TestDatabase],
        rules: String = "",
        more: String = ""
    ) async throws -> String {
        var list: [String] = []
        for database in databases {
            let connection = try await database.stewardConnection()
            list.append("{\"name\": \"\(database.name)\", \"connection\": \"\(connection)\"}")
        }
        return """
            {"databases": [\(list.joined(separator: ", "))], "poll": {"every": "1s"},
            "connectTimeout": "30s", "rules": {\(rules)}\(more)}
            """
    }

    @Test("other rules hold at once, without a restart", arguments: TestServer.all)
    func rules(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let warning = try await configuration([database], rules: "\"outgrown\": {\"mode\": \"warn\"}")
            let daemon = try Daemon(warning, password: server.password())
            try await daemon.wait(for: "outgrown (warning)")
            #expect(try await database.usableIndexes(of: "docs") == ["\(DaemonTests.index)_docs"])
            #expect(try await !database.isRebuilt())
            daemon.reload(try await configuration([database]))
            try await daemon.wait(for: "configuration reloaded")
            try await database.wait(until: Self.rebuilt)
            #expect(try await database.isRebuilt())
            #expect(await daemon.end() == 0)
            #expect(daemon.text.components(separatedBy: "this instance is the leader").count == 2)
        }
    }

    @Test("a wrong one changes nothing, and all that is wrong is said", arguments: TestServer.all)
    func wrong(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let daemon = try await Daemon(configuration([database]), password: server.password())
            try await daemon.wait(for: "this instance is the leader")
            daemon.reload("{\"databases\": [], \"pol\": 1}")
            try await daemon.wait(for: "the new configuration is invalid; the previous one stays in effect")
            #expect(daemon.text.contains("\"pol\""), "\(daemon.text)")
            #expect(daemon.text.contains("The nearest known one is \"poll\""), "\(daemon.text)")
            #expect(daemon.text.contains("Name at least one"), "\(daemon.text)")
            // It goes on: what outgrows its index now is rebuilt.
            try await InterferenceTests.addOutgrown("more", in: database)
            try await database.grant()
            try await database.wait(until: Self.rebuilt)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("a build that runs goes on, and is built once", arguments: TestServer.all)
    func build(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            var holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await Daemon(configuration([database]), password: server.password())
            try await DaemonTests.waitForEndOfBuild(database)
            daemon.reload(try await configuration([database], more: ", \"mode\": \"observe\""))
            try await daemon.wait(for: "no jobs run here (mode observe)")
            try await DaemonTests.waitForEndOfBuild(database)
            _ = try await holder.query("COMMIT")
            try await database.wait(until: Self.rebuilt)
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(try await database.isRebuilt())
            // Then it releases the leader lock, so that another one may act.
            let other = try await Daemon(configuration([database]), password: server.password())
            try await other.wait(for: "this instance is the leader")
            #expect(await daemon.end() == 0)
            #expect(await other.end() == 0)
        }
    }

    @Test("databases come and go, and a build of one that goes is left to the server", arguments: TestServer.all)
    func databases(server: TestServer) async throws {
        try await withDatabase(on: server) { first in
            try await withDatabase(on: server) { second in
                try await DaemonTests.fill(first, grownTo: 3_001)
                var holder = try await DaemonTests.holdSnapshot(first)
                let cancelling = ", \"maintenance\": {\"onStop\": \"cancel\"}"
                let daemon = try await Daemon(configuration([first], more: cancelling), password: server.password())
                try await DaemonTests.waitForEndOfBuild(first)
                let job = try await first.number(
                    "SELECT id AS number FROM vecsteward.job WHERE kind = 'rebuild_index'"
                )
                daemon.reload(try await configuration([second], more: cancelling))
                try await daemon.wait(for: "\(first.name): job \(job) continues in the server")
                try await daemon.wait(for: "\(second.name): this instance is the leader")
                try await DaemonTests.waitForEndOfBuild(first)
                daemon.reload(try await configuration([second, first], more: cancelling))
                try await daemon.wait(for: "\(first.name): job \(job) resumes")
                _ = try await holder.query("COMMIT")
                try await daemon.wait(for: "\(first.name): job \(job) done in")
                #expect(try await first.attempts("rebuild_index") == 1)
                #expect(await daemon.end() == 0)
            }
        }
    }
}
