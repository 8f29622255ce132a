import DatabaseFixture
import Postgres
import Synchronization
import Testing

/// Waits until something is so; the test fails when it is not so after half a minute.
func wait(until what: String, _ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !isSo() {
        try #require(ContinuousClock.now < deadline, "waited in vain until \(what)")
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits until so many sessions with an application name are in pg_sleep.
func waitUntilAsleep(_ applicationName: String, count: Int64 = 1, on server: TestServer) async throws {
    var watcher = try await open(server.target())
    try await wait(until: "\(count) sessions named \(applicationName) sleep") {
        let rows = try await watcher.query(
            """
            SELECT count(*) AS n FROM pg_stat_activity
            WHERE application_name = \(applicationName) AND wait_event = 'PgSleep'
            """
        )
        return try rows.one()["n", as: Int64.self] == count
    }
}

/// A connection for a test.
func open(
    _ target: ConnectionTarget,
    timeout: Duration = .seconds(30),
    name: String = "PostgresTests"
) async throws(PostgresError) -> Connection {
    try await Connection.open(target, timeout: timeout, applicationName: name)
}

/// The error that something throws; the test fails when it throws none.
func error(of body: () async throws(PostgresError) -> Void) async throws -> PostgresError {
    do throws(PostgresError) {
        try await body()
    } catch {
        return error
    }
    throw Missing(description: "no error was thrown")
}

struct Missing: Error, CustomStringConvertible {
    let description: String
}

/// A name that no other test uses.
func uniqueName() -> String { "test " + String(UInt64.random(in: 0...UInt64.max), radix: 36) }

extension ConnectionTarget {
    /// The same server behind a port of the test's own.
    func through(port: Int) -> ConnectionTarget { replacing(host: "127.0.0.1", port: String(port)) }

    /// The port as a number.
    func portNumber() throws -> Int {
        guard let port, let number = Int(port) else { throw Missing(description: "the target has no port") }
        return number
    }
}

/// Everything that printing, debugging and reflecting a value shows.
func everythingShown(by value: some Any) -> String {
    var text = "\(value)\n" + String(describing: value) + "\n" + String(reflecting: value) + "\n"
    dump(value, to: &text)
    for child in Mirror(reflecting: value).children { text += "\n\(child.label ?? ""): \(child.value)" }
    return text
}

/// Carries a connection out of a task that has been cancelled, because a cancelled task sends nothing.
final class Handover: Sendable {
    private let connection = Mutex<Connection?>(nil)

    func put(_ new: consuming Connection) {
        var new = Optional(new)
        connection.withLock { connection in connection = new.take() }
    }

    func take() throws -> Connection {
        guard let connection = connection.withLock({ $0.take() }) else {
            throw Missing(description: "no connection was handed over")
        }
        return connection
    }
}

/// Starts a task that sends a request on a connection of its own and ends with its error and the connection.
func start(
    _ name: String,
    _ target: ConnectionTarget,
    _ request: @escaping @Sendable (inout Connection) async throws(PostgresError) -> Void
) -> Task<(PostgresError, Handover), any Error> {
    Task {
        var connection = try await open(target, name: name)
        let handover = Handover()
        do throws(PostgresError) {
            try await request(&connection)
        } catch {
            handover.put(connection)
            return (error, handover)
        }
        throw Missing(description: "no error was thrown")
    }
}
