package import Advisor
package import Postgres

/// Runs one job, step by step, from its current state to its end.
///
/// It may be stopped at any moment, even by force, and started again: the next step follows from the catalog and from the
/// saved record, never from memory alone. So it records each step before taking it.
package protocol JobWorker {
    typealias Save = (JobRecord) async throws(PostgresError) -> Void
    typealias EventHandler = (JobEvent) -> Void

    /// A worker for one job.
    init(_ record: JobRecord, in context: JobContext)

    /// Runs the job; in the end its result is in place, or nothing of it is left.
    ///
    /// - Parameters:
    ///   - save: Saves the record; called before each step that changes anything.
    ///   - onEvent: Receives events as they happen.
    /// - Returns: How it ended.
    /// - Throws: When the server is unreachable, this program is no longer the leader, or the task is cancelled. The job then
    ///   keeps its state, and the server may continue its statement.
    mutating func carryOut(save: Save, onEvent: EventHandler) async throws(PostgresError) -> JobOutcome

    /// The statements that record the results of a finished job, for the transaction that records its end.
    ///
    /// - Parameters:
    ///   - seconds: The duration of the job; `nil` if it was not measured.
    ///   - connection: A session for reading.
    /// - Returns: The statements; none if there are no results.
    /// - Throws: When the server refuses a read, or the connection is lost.
    func results(after seconds: Double?, on connection: inout Connection) async throws(PostgresError) -> [Statement]
}

extension JobWorker {
    package func results(
        after seconds: Double?,
        on connection: inout Connection
    ) async throws(PostgresError) -> [Statement] { [] }
}

/// A kind of job that this program can run.
package protocol WorkingJobSpec: StoredJobSpec {
    /// The type of worker that runs its jobs.
    static var worker: any JobWorker.Type { get }

    /// Why a job of the queue is not to start yet, in words; by default it may.
    ///
    /// - Parameters:
    ///   - record: A job that has not started.
    ///   - connection: A session in its database.
    /// - Returns: The reason; `nil` if it may start.
    /// - Throws: When the server refuses or the connection is lost.
    static func hindrance(
        to record: JobRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> String?

    /// Jobs of this kind that no rule asks for, to clean up leftovers of vecsteward itself; by default none.
    ///
    /// - Parameters:
    ///   - transaction: The settings for reading.
    ///   - session: A session in a database with the schema `vecsteward`.
    /// - Returns: The jobs.
    /// - Throws: When the server refuses or the connection is lost.
    static func leftovers(
        in transaction: ReadOnlyTransaction,
        on session: inout Connection
    ) async throws(PostgresError) -> [Job]
}

extension WorkingJobSpec {
    package static func hindrance(
        to record: JobRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> String? { nil }

    package static func leftovers(
        in transaction: ReadOnlyTransaction,
        on session: inout Connection
    ) async throws(PostgresError) -> [Job] { [] }
}

extension JobKinds {
    /// Jobs of all kinds that clean up leftovers of vecsteward itself.
    func leftovers(
        in transaction: ReadOnlyTransaction,
        on session: inout Connection
    ) async throws(PostgresError) -> [Job] {
        var jobs: [Job] = []
        for type in types {
            guard let type = type as? any WorkingJobSpec.Type else { continue }
            jobs += try await type.leftovers(in: transaction, on: &session)
        }
        return jobs
    }
}
