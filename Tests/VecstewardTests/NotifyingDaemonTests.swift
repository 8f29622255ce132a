import DatabaseFixture
import Foundation
import Glibc
import Postgres
import Testing

@Suite("A daemon as a service", .timeLimit(.minutes(15)))
struct NotifyingDaemonTests {
    @Test("is ready after its first poll, says what it does, and that it stops", arguments: TestServer.all)
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
        try await daemon.wait(for: "cannot write to the socket in NOTIFY_SOCKET: No such file or directory")
        kill(daemon.processID, SIGHUP)
        try await daemon.wait(for: "configuration reloaded")
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
