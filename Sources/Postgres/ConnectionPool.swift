internal import Synchronization

/// Open connections to one target that nobody uses at the moment, for whoever needs one next.
///
/// Who asks one thing after the other does not connect for each, and what is soon going to be needed is opened meanwhile.
/// What has lain idle for longer than a moment is not relied on: something on the way may have forgotten it without a word.
/// Each connection has its settings pinned (``SessionSettings``), but for one that a pooler may lend to others.
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

    /// For how long a connection that lies idle is relied on.
    private static let trust = Duration.seconds(60)

    /// Makes an empty one; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - target: Where to connect.
    ///   - timeout: How long connecting may take, for each host.
    ///   - applicationName: What `pg_stat_activity` shows, unless the target says something else.
    ///   - ready: What is done on each new connection before it is used.
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
            // Before anything else: no session goes round this.
            try await connection.pinSettingsOfOwnSession()
            try await ready(&connection)
            return connection
        }
    }

    /// Another one for the same target, whose connections have another name and are made ready in another way.
    public func sibling(
        named applicationName: String,
        ready: @escaping @Sendable (inout Connection) async throws(PostgresError) -> Void
    ) -> ConnectionPool {
        ConnectionPool(target, timeout: timeout, applicationName: applicationName, ready: ready)
    }

    deinit { empty() }

    /// Connects, whatever there is already.
    ///
    /// - Throws: As ``Connection/open(_:timeout:applicationName:)``, and what making ready throws.
    public func open() async throws(PostgresError) -> Connection { try await connect() }

    /// Begins to connect, until this many connections are there or on their way.
    ///
    /// Where that goes wrong, whoever needs the connection tries again.
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

    /// Takes a connection out of the reserve, or connects where there is none.
    ///
    /// Only the first statement on it tells whether the server is still there.
    ///
    /// - Throws: As ``open()``.
    public func take() async throws(PostgresError) -> Connection {
        if let connection = takeIdle() { return connection }
        return try await takeNew()
    }

    /// Puts a connection into the reserve, with no transaction begun and no setting changed that matters to others.
    public func giveBack(_ connection: consuming Connection) {
        guard connection.isUsable, !connection.isInTransaction else { return }
        let idle = IdleConnection(connection)
        state.withLock { $0.idle.append(idle) }
    }

    /// Does something on a connection: twice where it turns out to be lost the first time, so it has to be something
    /// that may be done twice.
    ///
    /// - Throws: What it throws, or as ``open()``.
    public func use<Value>(
        _ body: (inout Connection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        if var connection = takeIdle() {
            do throws(PostgresError) {
                let value = try await body(&connection)
                giveBack(connection)
                return value
            } catch {
                // A server that restarted, or ended an idle session, is asked again.
                guard error.code == .connectionLost || error.sqlState == .adminShutdown else { throw error }
                empty()
            }
        }
        var connection = try await takeNew()
        let value = try await body(&connection)
        giveBack(connection)
        return value
    }

    /// Closes everything that nobody uses.
    public func empty() { forget(until: .now) }

    /// Closes what has been idle for longer than it is relied on.
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
        // What went wrong a while ago may go well now.
        guard case .success(let idle) = result, let connection = idle.takeIfSound() else { return try await open() }
        return connection
    }
}

/// A connection that nobody uses.
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
