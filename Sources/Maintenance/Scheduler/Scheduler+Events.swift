public import Advisor
public import Postgres

extension Scheduler {
    /// What happens in a database, for whoever writes it down.
    public enum Event: Sendable {
        /// What this program may do here has changed; said again every hour while it is kept out.
        case leadershipChanged(LeadershipStatus)
        /// The database cannot be looked after; said once, until that changes.
        case isOutOfReach(PostgresError)
        /// The database can be looked after again.
        case isBack
        /// A look came to its end.
        case polled(PollResult)
        /// What was to be seen, queued and begun is done for now, and what that took is free again.
        case turned(hasPolled: Bool)
        /// A look failed, but the session is sound; said once for each reason.
        case pollFailed(PostgresError)
        /// This program may not act here, and goes on looking; said once for each reason.
        case cannotAct(PostgresError)
        /// What the rules found, when it is not what they found before.
        case findings(FindingChanges)
        /// Jobs have ended and their findings stand unchanged; told once for each.
        case didNotHelp([PastRemedy])
        /// Rows of vecsteward's own tables cannot be read and are left aside; told once for each.
        case unreadable([UnreadableRow])
        /// Jobs were queued.
        case queued([JobRecord])
        /// One of those at work in this database is alive, and is to be heard of again within this time; `nil` where it has
        /// said nothing of that.
        case isAlive(Worker, within: Duration?)
        /// One of them has come to its end.
        case isGone(Worker)
        /// Jobs wait for a maintenance window, which opens then.
        case waitsForWindow(jobs: Int, opening: MaintenanceWindow.Opening)
        /// These jobs are not begun while this session has their tables or waits for them; said again every ten minutes.
        case waitsForTable(jobs: [Int64], LockingSession)
        /// A job is begun, or gone on with.
        case begins(JobRecord)
        /// Something worth knowing happens while a job is carried out.
        case news(JobRecord, JobEvent)
        /// A job could not be gone on with, and is where it was.
        case rests(JobRecord, PostgresError)
        /// The program stops while a job is at work: what runs is left to the server, or the job is back in the queue.
        case stops(JobRecord, isLeft: Bool)
        /// A job has come to an end, for now or for good.
        case ended(JobRecord, JobEnd)
    }

    /// Who is at work in a database.
    public enum Worker: Sendable, Hashable {
        /// What looks, keeps the queue and begins jobs.
        case scheduler
        /// What carries out the job of this number.
        case job(Int64)
    }

    /// What one look has come to.
    public struct PollResult: Sendable {
        /// What was seen and found, which may be large: whoever keeps it keeps it from being freed.
        public var assessment: Assessment
        /// What this program may do here.
        public var leadership: LeadershipStatus
        /// How long it took, in seconds.
        public var seconds: Double

        /// Puts together what a look has come to.
        public init(assessment: Assessment, leadership: LeadershipStatus, seconds: Double) {
            self.assessment = assessment
            self.leadership = leadership
            self.seconds = seconds
        }
    }

    /// What a program may do in a database.
    public enum LeadershipStatus: Sendable, Equatable {
        /// It acts.
        case leads
        /// Another program acts here, so this one only looks.
        case isLeftToAnother
        /// A session that can be no vecsteward has the lock under which one acts, so nobody acts.
        case isKeptOut(by: LockHolder)
        /// The server takes no writes, so nobody acts.
        case isReadOnly(isStandby: Bool)
        /// It may not act, for a reason that was told.
        case isRefused
        /// It only looks, as the configuration says.
        case observes
    }
}
