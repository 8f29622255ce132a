import DatabaseFixture
import Postgres
import Synchronization
import Testing

@Suite("Cancelling and timing out", .timeLimit(.minutes(2)))
struct CancellationTests {
    private static let sleep: @Sendable (inout Connection) async throws(PostgresError) -> Void = {
        connection async throws(PostgresError) in
        _ = try await connection.query("SELECT pg_sleep(60)")
    }

    private func expectSound(_ handover: Handover) async throws {
        var connection = try handover.take()
        let (isUsable, isInTransaction) = (connection.isUsable, connection.isInTransaction)
        #expect(isUsable)
        #expect(!isInTransaction)
        #expect(try await connection.query("SELECT 7 AS n").one()["n", as: Int.self] == 7)
    }

    @Test("a cancelled statement returns promptly and leaves a usable connection", arguments: TestServer.all)
    func cancelledStatement(server: TestServer) async throws {
        let name = uniqueName()
        let task = start(name, try server.target(), Self.sleep)
        try await waitUntilAsleep(name, on: server)
        let begin = ContinuousClock.now
        task.cancel()
        let (failure, handover) = try await task.value
        #expect(begin.duration(to: .now) < .seconds(30))
        #expect(failure.code == .cancelled)
        #expect(failure.sqlState == .queryCanceled)
        #expect(failure.statement == "SELECT pg_sleep(60)")
        try await expectSound(handover)
    }

    @Test("a statement that takes too long is stopped and leaves a usable connection", arguments: TestServer.all)
    func timedOutStatement(server: TestServer) async throws {
        let begin = ContinuousClock.now
        let task = start(uniqueName(), try server.target()) { connection async throws(PostgresError) in
            _ = try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(200))
        }
        let (failure, handover) = try await task.value
        #expect(begin.duration(to: .now) < .seconds(30))
        #expect(failure.code == .timedOut)
        #expect(failure.message == "cancelled after 0.2 seconds")
        try await expectSound(handover)
    }

    @Test("the server's own statement_timeout is the server's error", arguments: TestServer.all)
    func statementTimeout(server: TestServer) async throws {
        let task = start(uniqueName(), try server.target()) { connection async throws(PostgresError) in
            _ = try await connection.query("SET statement_timeout = '50ms'")
            _ = try await connection.query("SELECT pg_sleep(60)", timeout: .seconds(30))
        }
        let (failure, _) = try await task.value
        #expect(failure.code == .server)
        #expect(failure.sqlState == .queryCanceled)
    }

    @Test("a cancelled or late pipeline leaves no transaction open", arguments: TestServer.all, [true, false])
    func pipeline(server: TestServer, isCancelled: Bool) async throws {
        let name = uniqueName()
        let task = start(name, try server.target()) { connection async throws(PostgresError) in
            let statements: [Statement] = ["BEGIN", "SELECT 1", "SELECT pg_sleep(60)", "SELECT 2", "COMMIT"]
            _ = try await connection.pipeline(statements, timeout: isCancelled ? nil : .seconds(3))
        }
        if isCancelled {
            try await waitUntilAsleep(name, on: server)
            task.cancel()
        }
        let (failure, handover) = try await task.value
        #expect(failure.code == (isCancelled ? .cancelled : .timedOut))
        #expect(failure.statement == "SELECT pg_sleep(60)")
        try await expectSound(handover)
    }

    @Test("a task that is cancelled already sends nothing", arguments: TestServer.all)
    func cancelledBefore(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            try await database.execute("CREATE SEQUENCE s")
            let task = start(uniqueName(), try database.target()) { connection async throws(PostgresError) in
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await connection.query("SELECT nextval('s')")
            }
            let (failure, handover) = try await task.value
            #expect(failure.code == .cancelled)
            var connection = try handover.take()
            #expect(try await connection.query("SELECT nextval('s')").one()[0, as: Int.self] == 1)
        }
    }

    @Test("a late cancel never hits the next statement", arguments: TestServer.all)
    func lateCancel(server: TestServer) async throws {
        var connection = try await open(server.target())
        for round in 0..<60 {
            do throws(PostgresError) {
                _ = try await connection.query("SELECT pg_sleep(0.01)", timeout: .microseconds(9_000 + 50 * round))
            } catch {
                #expect(error.code == .timedOut)
            }
            #expect(try await connection.query("SELECT \(round)::int").one()[0, as: Int.self] == round)
        }
    }

    @Test("a cancel that overtakes its statement is repeated", arguments: TestServer.all)
    func overtakingCancel(server: TestServer) async throws {
        let target = try server.target()
        try await Relay.with(port: target.portNumber()) { relay in
            let task = start(uniqueName(), target.through(port: relay.port)) { connection async throws(PostgresError) in
                relay.delayFirstConnection(by: 0.3)
                _ = try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(1))
            }
            let (failure, handover) = try await task.value
            #expect(failure.code == .timedOut)
            try await expectSound(handover)
        }
    }

    @Test("a server that does not even take the cancel is given up after five seconds", arguments: TestServer.all)
    func frozenServer(server: TestServer) async throws {
        let target = try server.target()
        try await Relay.with(port: target.portNumber()) { relay in
            let task = start(uniqueName(), target.through(port: relay.port)) { connection async throws(PostgresError) in
                relay.freeze()
                _ = try await connection.query("SELECT 1", timeout: .milliseconds(10))
            }
            let begin = ContinuousClock.now
            let (failure, handover) = try await task.value
            #expect(failure.code == .timedOut)
            #expect(begin.duration(to: .now) < .seconds(30))
            var connection = try handover.take()
            let isUsable = connection.isUsable
            #expect(!isUsable)
            let next = try await error { () async throws(PostgresError) in _ = try await connection.query("SELECT 1") }
            #expect(next.code == .connectionLost)
        }
    }

    @Test("a hundred outages of a server that falls silent cost no more than a few", arguments: TestServer.all)
    func manyOutages(server: TestServer) async throws {
        let target = try server.target()
        try await Relay.with(port: target.portNumber()) { relay in
            let through = target.through(port: relay.port)
            for round in 1...10 {
                let ready = Mutex(0)
                let tasks = (0..<10).map { _ in
                    start(uniqueName(), through) { connection async throws(PostgresError) in
                        ready.withLock { $0 += 1 }
                        while ready.withLock({ $0 }) < 10 { try? await Task.sleep(for: .milliseconds(10)) }
                        relay.freeze()
                        _ = try await connection.query("SELECT 1", timeout: .milliseconds(10))
                    }
                }
                for task in tasks {
                    let (failure, handover) = try await task.value
                    #expect(failure.code == .timedOut)
                    try handover.take().close()
                }
                // What is left are cancels that nobody answers.
                #expect(Socket.connected(to: relay.port) <= 8, "round \(round)")
                relay.thaw()
            }
        }
    }

    @Test("many statements wait and are cancelled without holding a thread", arguments: TestServer.all)
    func manyCancels(server: TestServer) async throws {
        let name = uniqueName()
        let target = try server.target()
        // Far more than the cooperative pool has threads: were one blocked, the watcher could not count them.
        let tasks = (0..<16).map { _ in start(name, target, Self.sleep) }
        try await waitUntilAsleep(name, count: 16, on: server)
        for task in tasks { task.cancel() }
        for task in tasks {
            let (failure, handover) = try await task.value
            #expect(failure.code == .cancelled)
            try await expectSound(handover)
        }
    }

    @Test("four connections take cancel after cancel", arguments: TestServer.all)
    func repeatedCancels(server: TestServer) async throws {
        let target = try server.target()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var connection = try await open(target)
                    for round in 0..<4 {
                        let failure = try await error { () async throws(PostgresError) in
                            _ = try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(20))
                        }
                        #expect(failure.code == .timedOut)
                        #expect(try await connection.query("SELECT \(round)::int").one()[0, as: Int.self] == round)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
