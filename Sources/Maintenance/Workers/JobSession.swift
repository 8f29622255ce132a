internal import Advisor
internal import Postgres
internal import Synchronization

/// The session in which a job changes things: it has the job's name, and its statements outlive the program.
///
/// A session in which a statement failed is not used again.
struct JobSession: Sendable {
    private let connections: ConnectionPool

    init(_ connections: ConnectionPool, jobID: Int64) {
        let name = JobQueue.applicationName(of: jobID)
        self.connections = connections.sibling(named: name) { (connection) async throws(PostgresError) in
            // The leader has checked that no pooler gives one session to two clients. All settings that could end a
            // statement halfway are turned off.
            let own = Statement(PackageResources.job_session_sql, [name])
            _ = try await connection.pipeline([SessionSettings.forSession, own])
        }
    }

    /// Connects in the background, unless there is a session.
    func openAhead() { connections.openAhead() }

    /// Closes the session if it has been idle for long.
    func forgetIdle() { connections.forgetIdle() }

    /// Connects, unless there is a session.
    func open() async throws(PostgresError) -> Connection { try await connections.checkOut() }

    /// Starts statements with these settings; cancelling this task does not cancel them.
    func begin(_ statements: [String], with settings: [String] = []) -> UnattendedWork {
        UnattendedWork { [self] () async throws(PostgresError) in
            var connection = try await open()
            _ = try await connection.pipeline(settings.map { Statement($0) })
            for statement in statements { _ = try await connection.query(Statement(statement)) }
            let notices = connection.takeNotices()
            connections.giveBack(connection)
            return notices
        }
    }

    /// Runs statements in one transaction, which waits at most a second for a lock because writers wait behind it.
    ///
    /// - Parameters:
    ///   - statements: The statements that change something.
    ///   - checks: Statements before them in the transaction, which fail if the change must not be made.
    /// - Throws: The error of the server.
    func change(_ statements: [Statement], after checks: [Statement] = []) async throws(PostgresError) {
        var connection = try await open()
        let brief: [Statement] = ["BEGIN", "SET LOCAL lock_timeout = '1s'"]
        _ = try await connection.pipeline(brief + checks + statements + ["COMMIT"])
        connections.giveBack(connection)
    }

    /// Sets back the lists that a job has set before a REINDEX that did not finish.
    ///
    /// - Returns: One error for each index that could not be set back.
    func settle(_ job: Int64) async throws(PostgresError) -> [PostgresError] {
        var connection = try await open()
        let failures = try await AlteredIndexes.settle(of: job, on: &connection)
        connections.giveBack(connection)
        return failures
    }
}

/// Work that continues when the task that waits for it is cancelled.
final class UnattendedWork: Sendable {
    /// The result of waiting for it.
    enum Wake {
        /// It has ended; the error is `nil` if it succeeded.
        case ended(PostgresError?)
        /// It is still running.
        case isRunning
        /// The waiting task was cancelled; the work continues.
        case isAbandoned
    }

    /// The most abandoned work that continues: a server that no longer responds keeps its session open.
    private static let mostAbandoned = 16
    private static let abandoned = Mutex<[Task<Void, Never>]>([])

    private struct State {
        var end: Wake?
        var notices: [Notice] = []
        var isAbandoned = false
        var waiter: CheckedContinuation<Wake, Never>?
    }

    private let state = Mutex(State())
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// The notices of the server until the end.
    var notices: [Notice] { state.withLock { $0.notices } }

    init(_ work: @escaping @Sendable () async throws(PostgresError) -> [Notice]) {
        let begun = Task.detached { [self] in
            var failure: PostgresError?
            do throws(PostgresError) {
                let notices = try await work()
                state.withLock { $0.notices = notices }
            } catch {
                failure = error
            }
            wake { $0.end = .ended(failure) }
            forget()
        }
        task.withLock { $0 = begun }
    }

    /// Abandons the work, and ends the oldest abandoned work if there is too much.
    private func abandon() {
        guard let task = task.withLock({ $0 }) else { return }
        Self.abandoned.withLock { abandoned in
            if !abandoned.contains(task) { abandoned.append(task) }
            if abandoned.count > Self.mostAbandoned { abandoned.removeFirst().cancel() }
        }
    }

    private func forget() {
        guard let task = task.withLock({ $0 }) else { return }
        Self.abandoned.withLock { $0.removeAll { $0 == task } }
    }

    /// Waits for the end of the work, or for this long.
    func wait(atMost bound: Duration) async -> Wake {
        let timer = Task.detached { [self] in
            do { try await Task.sleep(for: bound) } catch { return }
            wake(with: .isRunning) { _ in }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in wake { $0.waiter = continuation } }
        } onCancel: {
            wake { $0.isAbandoned = true }
            abandon()
        }
    }

    /// Ends the current wait; the work continues.
    func nudge() { wake(with: .isRunning) { _ in } }

    /// Changes the state, and wakes the waiting task if there is a result for it.
    private func wake(with news: Wake? = nil, _ change: (inout sending State) -> Void) {
        let (waiter, wake) = state.withLock { state -> (CheckedContinuation<Wake, Never>?, Wake?) in
            change(&state)
            guard let wake = state.end ?? (state.isAbandoned ? .isAbandoned : news) else { return (nil, nil) }
            defer { state.waiter = nil }
            return (state.waiter, wake)
        }
        if let wake { waiter?.resume(returning: wake) }
    }
}
