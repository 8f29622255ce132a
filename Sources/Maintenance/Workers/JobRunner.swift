public import Advisor
public import Postgres

/// Carries out one job, step by step, from wherever it is.
///
/// Before each step it looks at the catalog, and it writes down what it is about to do before it does it. So it can be
/// stopped at any moment, also by force, and be begun again.
public struct JobRunner: Sendable {
    private let connections: ConnectionPool
    private let statementTimeout: Duration
    private let leaderProcessID: Int32?
    /// Whether disks and shared memory of this host are looked at before a build, where the server is here.
    var isHostKnown = true
    /// How long sessions that have the table, or wait for it, may keep a step of the job from beginning.
    var queuePatience = Duration.seconds(60)
    /// How long a build may wait for others before others may build meanwhile.
    var lendingPatience = Duration.seconds(60)

    /// How a job ended, for now or for good.
    public enum Outcome: Sendable {
        /// All of it is done.
        case done
        /// There was no longer anything to do, or a person cancelled it; why, in words.
        case cancelled(String)
        /// It cannot be done now; why, in words.
        case postponed(String)
        /// It failed, and what it had begun is cleaned up.
        case failed(PostgresError)
    }

    /// Makes ready to carry out jobs of one database.
    ///
    /// - Parameters:
    ///   - connections: Where to: to the server itself, or to a pooler in session mode.
    ///   - statementTimeout: How long looking may take; what changes an index has no such limit.
    ///   - leaderProcessID: The backend, as `pg_backend_pid()` has it, that holds the lock by which one of several programs
    ///     acts. Before each step it is made sure that it still does; `nil` leaves that out.
    public init(
        _ connections: ConnectionPool,
        statementTimeout: Duration = .seconds(30),
        leaderProcessID: Int32? = nil
    ) {
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.leaderProcessID = leaderProcessID
    }

    /// Carries out a job.
    ///
    /// When the task is cancelled, a statement that builds or drops is left to the server, which goes on with it; the
    /// next call for this job finds it and waits for its end.
    ///
    /// - Parameters:
    ///   - record: The job, with one target.
    ///   - control: By which its end can be asked for while it is carried out.
    ///   - save: Writes the record down; it is called before each step that changes anything.
    ///   - onEvent: Takes what happens, as it happens.
    /// - Returns: How it ended.
    /// - Throws: When the server cannot be reached, the lead is lost, or the task is cancelled. The job is then where it
    ///   was.
    public func carryOut(
        _ record: JobRecord,
        control: JobControl = JobControl(),
        save: (JobRecord) async throws(PostgresError) -> Void,
        onEvent: (JobEvent) -> Void = { _ in }
    ) async throws(PostgresError) -> Outcome {
        var run = IndexJobWorker(
            record,
            session: JobSession(connections, jobID: record.id),
            control: control,
            catalogReader: JobCatalogReader(
                connections,
                statementTimeout: statementTimeout,
                leaderProcessID: leaderProcessID
            ),
            isHostKnown: isHostKnown,
            queuePatience: queuePatience,
            lendingPatience: lendingPatience
        )
        return try await run.carryOut(save: save, onEvent: onEvent)
    }
}
