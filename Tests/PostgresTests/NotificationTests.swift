import DatabaseFixture
import Postgres
import Testing

@Suite("Waiting for notifications", .timeLimit(.minutes(2)))
struct NotificationTests {
    /// Longer than any test may take.
    private static let long = Duration.seconds(3_600)

    private func listen(on server: TestServer, to channel: String) async throws -> Connection {
        var connection = try await open(server)
        try await connection.run(script: "LISTEN \(Identifier(channel))")
        return connection
    }

    private func open(_ server: TestServer) async throws -> Connection {
        try await Connection.open(server.target(), timeout: .seconds(30), applicationName: uniqueName())
    }

    @Test("a notification of another session ends the wait", arguments: TestServer.all)
    func notified(server: TestServer) async throws {
        let channel = uniqueName()
        var listener = try await listen(on: server, to: channel)
        var other = try await open(server)
        _ = try await other.query("SELECT pg_notify(\(channel), '')")
        #expect(try await listener.awaitNotification(within: Self.long))
        #expect(try await listener.awaitNotification(within: .milliseconds(10)) == false, "it counts once")
        #expect(try await listener.query("SELECT 7 AS n").one()["n", as: Int.self] == 7)
    }

    @Test("one that came beside an answer is not lost", arguments: TestServer.all)
    func besideAnAnswer(server: TestServer) async throws {
        let channel = uniqueName()
        var listener = try await listen(on: server, to: channel)
        _ = try await listener.query("SELECT pg_notify(\(channel), '')")
        #expect(try await listener.awaitNotification(within: Self.long))
    }

    @Test("a bell ends the wait, also one that was rung before it began", arguments: TestServer.all)
    func bell(server: TestServer) async throws {
        var listener = try await open(server)
        let bell = Bell()
        bell.ring()
        #expect(try await listener.awaitNotification(within: Self.long, or: bell) == false)
        let ringing = Task {
            try await Task.sleep(for: .milliseconds(50))
            bell.ring()
        }
        #expect(try await listener.awaitNotification(within: Self.long, or: bell) == false)
        try await ringing.value
        #expect(try await listener.awaitNotification(within: .milliseconds(10), or: bell) == false)
    }

    @Test("a cancelled task ends the wait and leaves a usable connection", arguments: TestServer.all)
    func cancelled(server: TestServer) async throws {
        let name = uniqueName()
        let target = try server.target()
        let waiting = Task { () async throws -> (PostgresError.Code?, Bool) in
            var listener = try await Connection.open(target, timeout: .seconds(30), applicationName: name)
            try await listener.run(script: "LISTEN something")
            var code: PostgresError.Code?
            do throws(PostgresError) {
                _ = try await listener.awaitNotification(within: Self.long)
            } catch {
                code = error.code
            }
            return (code, listener.isUsable)
        }
        var watcher = try await open(server)
        let listens: Statement = """
            SELECT FROM pg_stat_activity
            WHERE application_name = \(name) AND query LIKE 'LISTEN%' AND state = 'idle'
            """
        while try await watcher.query(listens).isEmpty {}
        waiting.cancel()
        let (code, isUsable) = try await waiting.value
        #expect(code == .cancelled)
        #expect(isUsable)
    }

    @Test("a session that the server ends says so in the server's words", arguments: TestServer.all)
    func ended(server: TestServer) async throws {
        var listener = try await open(server)
        var other = try await open(server)
        _ = try await other.query("SELECT pg_terminate_backend(\(Int(listener.processID)))")
        do {
            _ = try await listener.awaitNotification(within: Self.long)
            Issue.record("the session is still there")
        } catch {
            #expect(error.code == .connectionLost)
            #expect(error.message == "terminating connection due to administrator command")
            #expect(error.sqlState == SQLState(rawValue: "57P01"))
        }
    }
}
