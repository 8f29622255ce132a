internal import Advisor
package import Postgres

/// All that a worker needs besides its job.
package struct JobContext: Sendable {
    /// Connections to the job's database.
    package let connections: ConnectionPool
    /// How long a statement that only reads may take; what changes an index has no such limit.
    package let statementTimeout: Duration
    /// By which the job's end is asked for.
    package let control: JobControl
    let leaderProcessID: Int32?
    let isHostKnown: Bool
    let queuePatience: Duration
    let lendingPatience: Duration

    var catalogReader: JobCatalogReader {
        JobCatalogReader(connections, statementTimeout: statementTimeout, leaderProcessID: leaderProcessID)
    }

    /// Makes sure that this program still leads.
    ///
    /// - Throws: When another program may act here by now, or the connection is lost.
    package func checkLeader() async throws(PostgresError) { try await catalogReader.checkLeader() }

    /// Does something that is interrupted when the job is to end or to give way.
    ///
    /// - Parameter body: Its statements are cancelled on the server then.
    /// - Returns: What the body returns; `nil` where it was interrupted.
    /// - Throws: What the body throws otherwise.
    package func interruptibly<Answer: Sendable>(
        _ body: @escaping @Sendable (ConnectionPool) async throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer? {
        if control.isInterrupted { return nil }
        let work = Task { [connections] () async -> Result<Answer, PostgresError> in
            do throws(PostgresError) { return .success(try await body(connections)) } catch { return .failure(error) }
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
