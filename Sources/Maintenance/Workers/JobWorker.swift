package import Advisor
package import Postgres

/// Carries out one job, step by step, from wherever it is to its end.
///
/// It may be stopped at any moment, also by force, and be begun again: what to do follows from the catalog and from what was
/// written down, never from memory alone. So it writes down what it is about to do before it does it.
package protocol JobWorker {
    typealias Save = (JobRecord) async throws(PostgresError) -> Void
    typealias EventHandler = (JobEvent) -> Void

    /// Makes ready to carry out a job.
    init(_ record: JobRecord, in context: JobContext)

    /// Carries it out, and leaves what was asked for in its place or no trace of it.
    ///
    /// - Parameters:
    ///   - save: Writes the record down; called before each step that changes anything.
    ///   - onEvent: Takes what happens, as it happens.
    /// - Returns: How it ended.
    /// - Throws: When the server cannot be reached, another program leads by now, or the task is cancelled. The job is then
    ///   where it was, and what runs on the server may go on.
    mutating func carryOut(save: Save, onEvent: EventHandler) async throws(PostgresError) -> JobOutcome

    /// The statements that record what a job that is done leaves behind; they are run in the transaction that writes down its end.
    ///
    /// - Parameters:
    ///   - seconds: How long all of it took; `nil` where nobody has taken the time.
    ///   - connection: A session that may read meanwhile.
    /// - Returns: The statements, none where nothing is left behind.
    /// - Throws: When the server refuses to be read, or the connection is lost.
    func results(after seconds: Double?, on connection: inout Connection) async throws(PostgresError) -> [Statement]
}

extension JobWorker {
    package func results(
        after seconds: Double?,
        on connection: inout Connection
    ) async throws(PostgresError) -> [Statement] { [] }
}

/// A kind of job that this program can carry out.
package protocol WorkingJobSpec: StoredJobSpec {
    /// What carries out its jobs.
    static var worker: any JobWorker.Type { get }

    /// Why a job of the queue is not to begin yet, in words; by default nothing is in its way.
    ///
    /// - Parameters:
    ///   - record: A job that nobody has begun.
    ///   - connection: A session in its database.
    /// - Returns: `nil` where it may begin.
    /// - Throws: When the server refuses or the connection is lost.
    static func hindrance(
        to record: JobRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> String?

    /// Jobs of this kind that no rule asks for, because vecsteward itself has left something behind; by default none.
    ///
    /// - Parameters:
    ///   - transaction: How to read.
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
    /// Jobs of all kinds that vecsteward itself has given cause for.
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
