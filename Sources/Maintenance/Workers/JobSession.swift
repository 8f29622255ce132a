internal import Advisor
internal import Postgres
internal import Synchronization

/// The session that changes something for a job: it has the job's name, and what it was told to do outlives its program.
///
/// A session in which something failed is not used again.
struct JobSession: Sendable {
    private let connections: ConnectionPool

    init(_ connections: ConnectionPool, jobID: Int64) {
        let name = JobQueue.applicationName(of: jobID)
        self.connections = connections.sibling(named: name) { (connection) async throws(PostgresError) in
            // Whoever has the lead has made sure that a pooler lends no session to two clients. All that could end a
            // statement half-way is turned off.
            let own = Statement(PackageResources.job_session_sql, [name])
            _ = try await connection.pipeline([SessionSettings.forSession, own])
        }
    }

    /// Connects meanwhile, where there is no session yet.
    func openAhead() { connections.openAhead() }

    /// Closes it, where it has been idle for long.
    func forgetIdle() { connections.forgetIdle() }

    /// Connects, where there is no session yet.
    func open() async throws(PostgresError) -> Connection { try await connections.take() }

    /// Begins statements which no cancellation of this task reaches, with the settings that they are to run with.
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

    /// Runs statements in one transaction, which waits for no lock longer than a writer behind it can bear.
    ///
    /// - Parameters:
    ///   - statements: What changes something.
    ///   - checks: What stands before it in the transaction, and fails where it is not to be done.
    /// - Throws: What the server says.
    func change(_ statements: [Statement], after checks: [Statement] = []) async throws(PostgresError) {
        var connection = try await open()
        let brief: [Statement] = ["BEGIN", "SET LOCAL lock_timeout = '1s'"]
        _ = try await connection.pipeline(brief + checks + statements + ["COMMIT"])
        connections.giveBack(connection)
    }

    /// Sets back what a job has set ahead of a REINDEX that did not come to its end.
    ///
    /// - Returns: Why it could not be done.
    func settle(_ job: Int64) async throws(PostgresError) -> [PostgresError] {
        var connection = try await open()
        let failures = try await AlteredIndexes.settle(of: job, on: &connection)
        connections.giveBack(connection)
        return failures
    }
}

/// Work that goes on when whoever waits for it is cancelled.
final class UnattendedWork: Sendable {
    /// What waiting for it has come to.
    enum Wake {
        /// It has ended: `nil` when all went well.
        case ended(PostgresError?)
        /// It goes on.
        case isAtWork
        /// The waiting task was cancelled; the work goes on.
        case isAbandoned
    }

    /// Of work that nobody waits for any more, only so much goes on: a server that has fallen silent keeps its session open.
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

    /// What the server has said by the end.
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

    /// Leaves the work alone, and ends the one that was left alone the longest where there is too much of it.
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
            wake(with: .isAtWork) { _ in }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in wake { $0.waiter = continuation } }
        } onCancel: {
            wake { $0.isAbandoned = true }
            abandon()
        }
    }

    /// Ends the wait that is under way; the work goes on.
    func nudge() { wake(with: .isAtWork) { _ in } }

    /// Changes the state and wakes the waiting task where there is something to tell it.
    private func wake(with news: Wake? = nil, _ change: (inout sending State) -> Void) {
        let (waiter, told) = state.withLock { state -> (CheckedContinuation<Wake, Never>?, Wake?) in
            change(&state)
            guard let told = state.end ?? (state.isAbandoned ? .isAbandoned : news) else { return (nil, nil) }
            defer { state.waiter = nil }
            return (state.waiter, told)
        }
        if let told { waiter?.resume(returning: told) }
    }
}
