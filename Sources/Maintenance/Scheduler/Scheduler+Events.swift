public import Advisor
public import Postgres

extension Scheduler {
    /// What happens in a database, for logs and metrics.
    public enum Event: Sendable {
        /// The leadership status has changed; repeated every hour while this instance is kept out.
        case leadershipChanged(LeadershipStatus)
        /// The database is unreachable; reported once, until that changes.
        case isOutOfReach(PostgresError)
        /// The database is reachable again.
        case isBack
        /// A poll has finished.
        case polled(PollResult)
        /// All polling, queueing and starting is done for now, and its memory is free again.
        case turned(hasPolled: Bool)
        /// A poll failed, but the session is intact; reported once for each reason.
        case pollFailed(PostgresError)
        /// This instance cannot run jobs here, and continues to poll; reported once for each reason.
        case cannotAct(PostgresError)
        /// The findings have changed.
        case findings(FindingChanges)
        /// Jobs have ended and their findings are unchanged; reported once for each job.
        case didNotHelp([PastRemedy])
        /// Rows of vecsteward's own tables cannot be read and are ignored; reported once for each row.
        case unreadable([UnreadableRow])
        /// Jobs were queued.
        case queued([JobRecord])
        /// A worker in this database is alive, and reports again within this time; `nil` if it has not said when.
        case isAlive(Worker, within: Duration?)
        /// A worker has ended.
        case isGone(Worker)
        /// This many jobs wait for a maintenance window, which opens at this time.
        case waitsForWindow(jobs: Int, opening: MaintenanceWindow.Opening)
        /// These jobs do not start while this session holds or awaits locks on their tables; repeated every ten minutes.
        case waitsForTable(jobs: [Int64], LockingSession)
        /// A job starts or is resumed.
        case begins(JobRecord)
        /// Something happens to a running job.
        case news(JobRecord, JobEvent)
        /// A job could not be resumed, and keeps its state.
        case rests(JobRecord, PostgresError)
        /// The program stops while a job is running: the server finishes the statement, or the job is back in the queue.
        case stops(JobRecord, isLeft: Bool)
        /// A job has ended, for now or for good.
        case ended(JobRecord, JobEnd)
    }

    /// A part of the program that works in a database.
    public enum Worker: Sendable, Hashable {
        /// Polls, manages the queue and starts jobs.
        case scheduler
        /// Runs the job of this number.
        case job(Int64)
    }

    /// The result of one poll.
    public struct PollResult: Sendable {
        /// The snapshot and the findings, which may be large and stay in memory for as long as anybody keeps them.
        public var assessment: Assessment
        /// The leadership status during the poll.
        public var leadership: LeadershipStatus
        /// The duration of the poll, in seconds.
        public var seconds: Double

        /// The result of a poll.
        public init(assessment: Assessment, leadership: LeadershipStatus, seconds: Double) {
            self.assessment = assessment
            self.leadership = leadership
            self.seconds = seconds
        }
    }

    /// What this instance may do in a database.
    public enum LeadershipStatus: Sendable, Equatable {
        /// It is the leader and runs jobs.
        case leads
        /// Another instance is the leader, so this one only polls.
        case isLeftToAnother
        /// A session that cannot be a vecsteward holds the leader lock, so no jobs run.
        case isKeptOut(by: LockHolder)
        /// The server accepts no writes, so no jobs run.
        case isReadOnly(isStandby: Bool)
        /// It cannot run jobs, for a reason that was reported.
        case isRefused
        /// It only polls, as configured.
        case observes
    }
}
