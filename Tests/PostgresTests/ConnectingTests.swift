import DatabaseFixture
import Postgres
import Testing

@Suite("Connecting", .timeLimit(.minutes(2)))
struct ConnectingTests {
    @Test("reaches the server and knows its version and process", arguments: TestServer.all)
    func reachesServer(server: TestServer) async throws {
        var connection = try await open(server.target(), name: "hello there")
        let (version, processID, isUsable) = (connection.serverVersion, connection.processID, connection.isUsable)
        #expect(version / 10_000 == Int(server.version))
        let row = try await connection.query(
            """
            SELECT pg_backend_pid() AS pid, current_setting('application_name') AS name,
                current_setting('client_encoding') AS encoding
            """
        ).one()
        #expect(try row["pid", as: Int32.self] == processID)
        #expect(try row["name", as: String.self] == "hello there")
        #expect(try row["encoding", as: String.self] == "UTF8")
        #expect(isUsable)
        connection.close()
    }

    @Test("a wrong password gives 28P01 and a message without the code", arguments: TestServer.all)
    func wrongPassword(server: TestServer) async throws {
        let target = try server.target().replacing(password: "zebra")
        let refusal = try await error { () async throws(PostgresError) in _ = try await open(target) }
        #expect(refusal.code == .connectionFailed)
        #expect(refusal.sqlState == .invalidPassword)
        #expect(refusal.message.hasSuffix("failed: password authentication failed for user \"postgres\""))
        #expect(!refusal.message.contains("LOCATION"))
        #expect(!everythingShown(by: refusal).contains("zebra"))
    }

    @Test("an unknown role gives 28P01, as servers do not tell", arguments: TestServer.all)
    func unknownRole(server: TestServer) async throws {
        let target = try server.target().replacing(user: "nobody at all")
        let refusal = try await error { () async throws(PostgresError) in _ = try await open(target) }
        #expect(refusal.sqlState == .invalidPassword)
    }

    @Test("a role that may not log in gives 28000, and one without connections left 53300", arguments: TestServer.all)
    func roleWithoutLogin(server: TestServer) async throws {
        var admin = try await open(server.target())
        for (options, state) in [
            ("NOLOGIN", SQLState.invalidAuthorization), ("LOGIN CONNECTION LIMIT 0", .tooManyConnections),
        ] {
            let role = uniqueName()
            try await admin.run(script: "CREATE ROLE \(Identifier(role)) \(options) PASSWORD 'zebra'")
            let target = try server.target().replacing(user: role).replacing(password: "zebra")
            let refusal = try await error { () async throws(PostgresError) in _ = try await open(target) }
            try await admin.run(script: "DROP ROLE \(Identifier(role))")
            #expect(refusal.sqlState == state)
        }
    }

    @Test("an unknown database gives 3D000", arguments: TestServer.all)
    func unknownDatabase(server: TestServer) async throws {
        let target = try server.target().replacing(database: "host=nowhere")
        let refusal = try await error { () async throws(PostgresError) in _ = try await open(target) }
        #expect(refusal.sqlState == .invalidCatalogName)
        #expect(refusal.message.contains("\"host=nowhere\""))
    }

    @Test("a server that is starting up gives 57P03, in whatever language")
    func startingUp() async throws {
        let server = try RefusingServer(severity: "КРИТИЧНО", sqlState: "57P03", message: "система запускается")
        let target = try ConnectionTarget(parsing: "host=127.0.0.1 port=\(server.port) user=u dbname=d")
        let refusal = try await error { () async throws(PostgresError) in _ = try await open(target) }
        #expect(refusal.code == .connectionFailed)
        #expect(refusal.sqlState == .cannotConnectNow)
        #expect(refusal.message.hasSuffix("failed: система запускается"))
    }

    @Test("a port where nobody listens is refused at once")
    func refused() async throws {
        let target = try ConnectionTarget(parsing: "host=127.0.0.1 port=\(unusedPort()) user=u dbname=d")
        let start = ContinuousClock.now
        let refusal = try await error { () async throws(PostgresError) in _ = try await open(target) }
        #expect(refusal.code == .connectionFailed)
        #expect(refusal.sqlState == nil)
        #expect(refusal.message.contains("Connection refused"))
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("a server that accepts and never answers takes the time given and no more")
    func silent() async throws {
        let server = try SilentServer()
        let target = try ConnectionTarget(parsing: "host=127.0.0.1 port=\(server.port) user=u password=zebra")
        let start = ContinuousClock.now
        let failure = try await error { () async throws(PostgresError) in
            _ = try await open(target, timeout: .milliseconds(300))
        }
        let taken = start.duration(to: .now)
        #expect(failure.code == .timedOut)
        #expect(failure.message == "no answer from 127.0.0.1:\(server.port) within 0.3 seconds")
        #expect(taken >= .milliseconds(300) && taken < .seconds(20))
        #expect(!everythingShown(by: failure).contains("zebra"))
    }

    @Test("a host that cannot be resolved takes no longer than the time given")
    func unresolvable() async throws {
        let target = try ConnectionTarget(parsing: "host=no-such-host.invalid user=u dbname=d")
        let start = ContinuousClock.now
        let failure = try await error { () async throws(PostgresError) in
            _ = try await open(target, timeout: .seconds(1))
        }
        #expect([.timedOut, .connectionFailed].contains(failure.code))
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("hosts that do not answer or refuse are left out for one that does", arguments: TestServer.all)
    func severalHosts(server: TestServer) async throws {
        let silent = try SilentServer()
        let port = try server.target().portNumber()
        let ports = "\(try unusedPort()),\(silent.port),\(port)"
        let target = try server.target().replacing(host: "localhost,127.0.0.1,127.0.0.1", port: ports)
        var connection = try await open(target, timeout: .seconds(4))
        let row = try await connection.query("SELECT current_setting('port')::int AS port").one()
        #expect(try row["port", as: Int.self] == port)
    }

    @Test("when every host fails, the error names the silent ones too")
    func allHostsFail() async throws {
        let (refused, silent) = (try unusedPort(), try SilentServer())
        let target = try ConnectionTarget(
            parsing: "host=127.0.0.1,127.0.0.1 port=\(silent.port),\(refused) user=u dbname=d"
        )
        let failure = try await error { () async throws(PostgresError) in
            _ = try await open(target, timeout: .seconds(3))
        }
        #expect(failure.code == .connectionFailed)
        #expect(failure.message.contains("port \(refused)"))
        #expect(failure.detail == "no answer from 127.0.0.1:\(silent.port) within 3.0 seconds")
    }

    @Test("cancelling the task ends the attempt at once")
    func cancelled() async throws {
        let server = try SilentServer()
        let target = try ConnectionTarget(parsing: "host=127.0.0.1 port=\(server.port) user=u dbname=d")
        let start = ContinuousClock.now
        let task = Task { try await error { () async throws(PostgresError) in _ = try await open(target) } }
        task.cancel()
        #expect(try await task.value.code == .cancelled)
        #expect(start.duration(to: .now) < .seconds(20))
    }
}
