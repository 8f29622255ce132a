internal import Advisor
package import Postgres

/// All that a worker needs besides its job.
package struct JobContext: Sendable {
    /// Connections to the job's database.
    package let connections: ConnectionPool
    /// Connections whose sessions have the name of the job, for ``interruptibly(_:)``.
    let namedConnections: ConnectionPool
    /// The longest time of a statement that only reads; statements that change an index have no limit.
    package let statementTimeout: Duration
    /// What the job may use.
    let limits: ResourceLimits
    /// The control through which the job is cancelled.
    package let control: JobControl
    let leaderProcessID: Int32?
    let isHostKnown: Bool
    let queuePatience: Duration
    let lendingPatience: Duration
    /// The configuration of the collections.
    let policies: PolicyBook

    var catalogReader: JobCatalogReader {
        JobCatalogReader(connections, statementTimeout: statementTimeout, leaderProcessID: leaderProcessID)
    }

    /// Checks that this program is still the leader.
    ///
    /// - Throws: When this program is no longer the leader, or the connection is lost.
    package func checkLeader() async throws(PostgresError) { try await catalogReader.checkLeader() }

    /// Runs a body that is interrupted when the job is cancelled or has to yield.
    ///
    /// - Parameter body: An interruption cancels its statements on the server. The sessions that it gets have the name of the
    ///   job, by which the scheduler knows whose locks they hold.
    /// - Returns: The result of the body; `nil` if it was interrupted.
    /// - Throws: The error of the body, unless it was interrupted.
    package func interruptibly<Answer: Sendable>(
        _ body: @escaping @Sendable (ConnectionPool) async throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer? {
        if control.isInterrupted { return nil }
        let work = Task { [namedConnections] () async -> Result<Answer, PostgresError> in
            do throws(PostgresError) {
                return .success(try await body(namedConnections))
            } catch {
                return .failure(error)
            }
        }
        let token = control.onInterruption { work.cancel() }
        defer { control.forget(token) }
        let result = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        if case .failure(let error) = result, error.code == .cancelled, control.isInterrupted, !Task.isCancelled {
            return nil
        }
        return try result.get()
    }
}
