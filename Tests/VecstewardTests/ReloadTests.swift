import DatabaseFixture
import Foundation
import Glibc
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
            daemon.reload(try await configuration([database]))
            try await daemon.wait(for: "the configuration is read again")
            try await database.wait(until: Self.rebuilt)
            #expect(try await database.usableIndexes(of: "docs") != ["\(DaemonTests.index)_docs"])
            #expect(await daemon.end() == 0)
            #expect(daemon.text.components(separatedBy: "this vecsteward does the work here").count == 2)
        }
    }

    @Test("a wrong one changes nothing, and all that is wrong is said", arguments: TestServer.all)
    func wrong(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let daemon = try await Daemon(configuration([database]), password: server.password())
            try await daemon.wait(for: "this vecsteward does the work here")
            daemon.reload("{\"databases\": [], \"pol\": 1}")
            try await daemon.wait(for: "the configuration is wrong, and the one before still holds")
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
            try await daemon.wait(for: "nothing is done here (mode observe)")
            try await DaemonTests.waitForEndOfBuild(database)
            _ = try await holder.query("COMMIT")
            try await database.wait(until: Self.rebuilt)
            #expect(try await database.attempts("rebuild_index") == 1)
            #expect(try await database.usableIndexes(of: "docs") != ["\(DaemonTests.index)_docs"])
            // Then it lets go of the lead, so that another one may act.
            let other = try await Daemon(configuration([database]), password: server.password())
            try await other.wait(for: "this vecsteward does the work here")
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
                try await daemon.wait(for: "\(first.name): job \(job) is left to the server")
                try await daemon.wait(for: "\(second.name): this vecsteward does the work here")
                try await DaemonTests.waitForEndOfBuild(first)
                daemon.reload(try await configuration([second, first], more: cancelling))
                try await daemon.wait(for: "\(first.name): job \(job) goes on")
                _ = try await holder.query("COMMIT")
                try await daemon.wait(for: "\(first.name): job \(job) done in")
                #expect(try await first.attempts("rebuild_index") == 1)
                #expect(await daemon.end() == 0)
            }
        }
    }
}

@Suite("A daemon as a service", .timeLimit(.minutes(15)))
struct NotifyingDaemonTests {
    @Test("is ready after its first look, says what it does, and that it stops", arguments: TestServer.all)
    func notifications(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let manager = try NotifySocket()
            var holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try Daemon(
                "{\"databases\": [{\"connection\": \"\(try await database.stewardConnection())\"}], \"poll\": {\"every\": \"1s\"}}",
                password: server.password(),
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "4000000"]
            )
            try await manager.wait(for: "READY=1\nSTATUS=1 database, 1 collection; ")
            try await manager.wait(for: "rebuilding public.docs: waiting for old snapshots 100 %")
            try await manager.wait(for: "WATCHDOG=1")
            kill(daemon.processID, SIGHUP)
            try await manager.wait(for: "RELOADING=1\nMONOTONIC_USEC=")
            try await manager.wait(for: "READY=1", after: "RELOADING=1")
            _ = try await holder.query("COMMIT")
            // What is left is the advisory on this version of pgvector.
            try await manager.wait(for: "1 collection; 1 finding")
            #expect(await daemon.end() == 0)
            try await manager.wait(for: "STOPPING=1")
            #expect(manager.text.components(separatedBy: "READY=1").count == 3)
        }
    }

    @Test("is ready though a database is out of reach, and says so")
    func unreachable() async throws {
        let manager = try NotifySocket()
        let daemon = try Daemon(
            "{\"databases\": [{\"name\": \"away\", \"connection\": \"host=127.0.0.1 port=1 dbname=x\"}]}",
            password: "",
            environment: ["NOTIFY_SOCKET": manager.path]
        )
        try await manager.wait(for: "READY=1\nSTATUS=1 database, 0 collections; out of reach: away")
        #expect(await daemon.end() == 0)
    }

    @Test("goes on where the socket is missing, and says so once")
    func missingSocket() async throws {
        let daemon = try Daemon(
            "{\"databases\": [{\"name\": \"away\", \"connection\": \"host=127.0.0.1 port=1 dbname=x\"}]}",
            password: "",
            environment: ["NOTIFY_SOCKET": "/nowhere/notify"]
        )
        try await daemon.wait(for: "the socket in NOTIFY_SOCKET cannot be written to: No such file or directory")
        kill(daemon.processID, SIGHUP)
        try await daemon.wait(for: "the configuration is read again")
        #expect(await daemon.end() == 0)
        #expect(daemon.text.components(separatedBy: "NOTIFY_SOCKET").count == 2, "\(daemon.text)")
    }

    @Test("is fed while the server is silent: that is bounded, and no fault of the daemon", arguments: TestServer.all)
    func silentServer(server: TestServer) async throws {
        try await withPrivateServer(version: server.version) { own in
            let database = try await TestDatabase.create(on: own.server)
            let manager = try NotifySocket()
            let daemon = try Daemon(
                """
                {"databases": [{"connection": "\(try await database.stewardConnection())"}], "poll": {"every": "1s"},
                "connectTimeout": "1s", "statementTimeout": "1s"}
                """,
                password: own.server.password(),
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "4000000"]
            )
            try await manager.wait(for: "READY=1")
            let processes = try await Self.processes(of: database)
            defer { for process in processes { kill(process, SIGCONT) } }
            for process in processes { kill(process, SIGSTOP) }
            try await daemon.wait(for: "timed out")
            let fed = manager.text.components(separatedBy: "WATCHDOG=1").count
            try await manager.wait(for: "WATCHDOG=1", times: fed + 3)
            #expect(await daemon.end() == 0)
        }
    }
}

extension NotifyingDaemonTests {
    /// The session of the daemon on the server, and the process that would let another one in.
    private static func processes(of database: TestDatabase) async throws -> [pid_t] {
        let session = pid_t(
            try await database.number(
                "SELECT pid AS number FROM pg_stat_activity WHERE application_name = 'vecsteward'"
            )
        )
        let status = try String(contentsOfFile: "/proc/\(session)/status", encoding: .utf8)
        let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last
        return [try #require(parent.flatMap { pid_t($0) }), session]
    }
}

@Suite("Findings that stay", .timeLimit(.minutes(15)))
struct RepeatedAlertTests {
    @Test("are told again after their time, once, and not by a restart", arguments: TestServer.all)
    func again(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let rules = "\"outgrown\": {\"mode\": \"warn\"}"
            let daemon = try await Daemon.start(on: [database], rules: rules)
            try await daemon.wait(for: "found: public.docs.vec")
            try await database.administer(
                "UPDATE vecsteward.finding SET raised_at = now() - interval '2 days', told_at = now() - interval '25 hours'"
            )
            try await daemon.wait(for: "still: public.docs.vec")
            try await daemon.waitForNextLook(database)
            try await daemon.waitForNextLook(database)
            #expect(daemon.text.components(separatedBy: "still: public.docs.vec").count == 2, "\(daemon.text)")
            #expect(await daemon.end() == 0)
            let next = try await Daemon.start(on: [database], rules: rules)
            try await next.wait(for: "this vecsteward does the work here")
            try await next.waitForNextLook(database)
            #expect(!next.text.contains("public.docs.vec: index"), "\(next.text)")
            #expect(await next.end() == 0)
        }
    }
}
