internal import Synchronization

/// Idle connections to one target, for the next caller.
///
/// Callers that ask one thing after the other need not connect for each, and connections that will soon be needed are
/// opened ahead. A connection that was idle for more than a minute is not used again, because something on the way may
/// have dropped it silently. Each connection has its settings pinned (``SessionSettings``), except one that a pooler
/// may lend to others.
public final class ConnectionPool: Sendable {
    private let target: ConnectionTarget
    private let timeout: Duration
    private let connect: @Sendable () async throws(PostgresError) -> Connection
    private let state = Mutex(State())

    private struct State {
        var idle: [IdleConnection] = []
        var opening: [Opening] = []
    }

    private struct Opening {
        var task: Task<Result<IdleConnection, PostgresError>, Never>
        var since = ContinuousClock.now
    }

    /// The time for which an idle connection is trusted.
    private static let trust = Duration.seconds(60)

    /// Creates an empty pool; it connects to nothing yet.
    ///
    /// - Parameters:
    ///   - target: Where to connect.
    ///   - timeout: The longest time to connect to each host.
    ///   - applicationName: The name in `pg_stat_activity`, unless the target sets one.
    ///   - ready: Prepares each new connection before its first use.
    public init(
        _ target: ConnectionTarget,
        timeout: Duration,
        applicationName: String,
        ready: @escaping @Sendable (inout Connection) async throws(PostgresError) -> Void = { _ in }
    ) {
        self.target = target
        self.timeout = timeout
        connect = { () async throws(PostgresError) in
            var connection = try await Connection.open(target, timeout: timeout, applicationName: applicationName)
            // Before anything else, so that no session can bypass it.
            try await connection.pinSettingsOfOwnSession()
            try await ready(&connection)
            return connection
        }
    }

    /// Creates a pool for the same target with another application name and another preparation.
    public func sibling(
        named applicationName: String,
        ready: @escaping @Sendable (inout Connection) async throws(PostgresError) -> Void
    ) -> ConnectionPool {
        ConnectionPool(target, timeout: timeout, applicationName: applicationName, ready: ready)
    }

    deinit { empty() }

    /// Opens a new connection, even if there are idle ones.
    ///
    /// - Throws: As ``Connection/open(_:timeout:applicationName:)``, and the errors of the preparation.
    public func open() async throws(PostgresError) -> Connection { try await connect() }

    /// Starts to connect in the background, until this many connections are idle or being opened.
    ///
    /// After a failure, the caller that needs the connection tries again.
    public func openAhead(_ number: Int = 1) {
        forgetIdle()
        state.withLock { state in
            while state.idle.count + state.opening.count < number {
                let task = Task.detached { [connect] in
                    do throws(PostgresError) {
                        return Result<IdleConnection, PostgresError>.success(IdleConnection(try await connect()))
                    } catch {
                        return .failure(error)
                    }
                }
                state.opening.append(Opening(task: task))
            }
        }
    }

    /// Returns an idle connection, or opens one if there is none.
    ///
    /// Only the first statement on it shows whether the server still exists.
    ///
    /// - Throws: As ``open()``.
    public func checkOut() async throws(PostgresError) -> Connection {
        if let connection = takeIdle() { return connection }
        return try await takeNew()
    }

    /// Returns a connection to the pool; it must have no open transaction and no changed setting that matters to
    /// others.
    public func giveBack(_ connection: consuming Connection) {
        guard connection.isUsable, !connection.isInTransaction else { return }
        let idle = IdleConnection(connection)
        state.withLock { $0.idle.append(idle) }
    }

    /// Runs some work on a connection, and repeats it if the connection turns out to be lost; so the work must be
    /// repeatable.
    ///
    /// - Throws: The errors of the work, or as ``open()``.
    public func use<Value>(
        _ body: (inout Connection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        if var connection = takeIdle() {
            do throws(PostgresError) {
                let value = try await body(&connection)
                giveBack(connection)
                return value
            } catch {
                // Asks again a server that has restarted, or that has ended an idle session.
                guard error.code == .connectionLost || error.sqlState == .adminShutdown else { throw error }
                empty()
            }
        }
        var connection = try await takeNew()
        let value = try await body(&connection)
        giveBack(connection)
        return value
    }

    /// Closes all idle connections.
    public func empty() { forget(until: .now) }

    /// Closes the connections that were idle for too long.
    public func forgetIdle() { forget(until: .now - Self.trust) }

    private func forget(until oldest: ContinuousClock.Instant) {
        state.withLock { state in
            state.idle.removeAll { $0.since <= oldest }
            state.opening.removeAll { opening in
                guard opening.since <= oldest else { return false }
                opening.task.cancel()
                return true
            }
        }
    }

    private func takeIdle() -> Connection? {
        forgetIdle()
        while let idle = state.withLock({ $0.idle.popLast() }) {
            if let connection = idle.takeIfSound() { return connection }
        }
        return nil
    }

    private func takeNew() async throws(PostgresError) -> Connection {
        guard let opening = state.withLock({ $0.opening.popLast() }) else { return try await open() }
        Heartbeat.beat(within: nil)
        let result = await withTaskCancellationHandler {
            await opening.task.value
        } onCancel: {
            opening.task.cancel()
        }
        // A later try may succeed.
        guard case .success(let idle) = result, let connection = idle.takeIfSound() else { return try await open() }
        return connection
    }
}

/// An idle connection.
private final class IdleConnection: Sendable {
    let since = ContinuousClock.now
    private let connection: Mutex<Connection?>

    init(_ connection: consuming Connection) { self.connection = Mutex(consume connection) }

    /// The connection, unless it is known to be lost.
    func takeIfSound() -> Connection? {
        guard let connection = connection.withLock({ $0.take() }), connection.isUsable, connection.isQuiet else {
            return nil
        }
        return connection
    }
}
