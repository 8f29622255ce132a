package import Advisor
package import Maintenance
package import Postgres

/// A kind of job for tests: in the background it counts to a number, with a pause before each step, and writes down how far it is.
package struct CountingJob: JobSpec {
    package static let kind = "counting"
    package static let lane = JobLane.background
    package static let tableUse = TableUse.shared
    package static let command = "count"
    package static let activity = "counting for"

    /// The index that its evidence is about; `nil` where it gathers none.
    package var index: String?
    /// How far it counts.
    package var goal: Int
    /// The pause before each step, in seconds.
    package var pause: Double
    /// The mode of the lock that it holds on its table during each step; `nil` for none.
    package var lockMode: String?

    package init(goal: Int, pause: Double = 0.1, index: String? = nil, lockMode: String? = nil) {
        self.index = index
        self.goal = goal
        self.pause = pause
        self.lockMode = lockMode
    }

    package var existingIndex: String? { index }

    package var unpredictedCost: String { "takes \(Double(goal) * pause) s" }

    package func title(tables: Int) -> String { "count to \(goal)" }

    package static func subject(of finding: Finding) -> String? { nil }

    /// The job on a table.
    package func job(on table: String, origin: Job.Origin = .rule) -> Job {
        Job(
            spec: self,
            collection: CollectionName(schema: "public", table: table, column: "vec"),
            targets: [Job.Target(schema: "public", table: table)],
            disposition: .act,
            reasons: [Job.Reason(rule: "a rule of this test", summary: "nobody knows how far it is")],
            origin: origin
        )
    }
}

extension JobKinds {
    /// The kinds of vecsteward and this one: the line that it takes.
    package static let withCounting = JobKinds(JobKinds.standard.types + [CountingJob.self])
}

extension CountingJob: StoredJobSpec {
    package static var table: String? { "counting_job" }

    /// Makes the table.
    package static let tableSQL = """
        CREATE TABLE vecsteward.counting_job (
            job_id bigint PRIMARY KEY REFERENCES vecsteward.job ON DELETE CASCADE,
            goal integer NOT NULL,
            pause double precision NOT NULL,
            lock_mode text,
            counted integer NOT NULL DEFAULT 0,
            runs integer NOT NULL DEFAULT 0
        );
        """

    package init(_ row: Row) throws(PostgresError) {
        self.init(
            goal: try row["goal", as: Int.self],
            pause: try row["pause", as: Double.self],
            index: try row["index_name", as: String?.self],
            lockMode: try row["lock_mode", as: String?.self]
        )
    }

    package func insertion(of job: Job) -> Statement? {
        """
        INSERT INTO vecsteward.counting_job (job_id, goal, pause, lock_mode)
        SELECT id, \(goal)::integer, \(pause)::double precision, \(lockMode)::text FROM vecsteward.job
        WHERE kind = 'counting' AND finished_at IS NULL
            AND NOT EXISTS (SELECT FROM vecsteward.counting_job WHERE job_id = job.id)
        """
    }
}

extension CountingJob: WorkingJobSpec {
    package static var worker: any JobWorker.Type { CountingJobWorker.self }
}

extension CountingJob: EvidenceJobSpec {
    package static let evidenceKind = "count"
    package static let evidenceKinds = [evidenceKind]

    package init?(
        gatheringOn index: VectorIndex,
        of relation: Relation,
        in collection: Collection,
        for request: EvidenceJobRequest
    ) {
        self.init(goal: 3, index: index.name)
    }
}

/// Counts on from where the one before was.
package struct CountingJobWorker: JobWorker {
    private var record: JobRecord
    private let context: JobContext

    package init(_ record: JobRecord, in context: JobContext) {
        self.record = record
        self.context = context
    }

    package mutating func carryOut(save: Save, onEvent: EventHandler) async throws(PostgresError) -> JobOutcome {
        record.attempts += record.state == .running ? 0 : 1
        record.state = .running
        onEvent(.enters(.running))
        try await save(record)
        let id = record.id
        _ = try await step(["UPDATE vecsteward.counting_job SET runs = runs + 1 WHERE job_id = \(id)"])
        while true {
            try await context.checkLeader()
            let counting: [Statement] = [
                "SELECT pg_sleep(pause) FROM vecsteward.counting_job WHERE job_id = \(id)",
                """
                UPDATE vecsteward.counting_job SET counted = counted + 1
                WHERE job_id = \(id) RETURNING counted >= goal AS is_there
                """,
            ]
            let rows = try await step(counting, after: lock)
            guard let row = try rows?.one() else {
                return context.control.isCancelled ? .cancelled("a person cancelled it") : .yielded
            }
            if try row["is_there", as: Bool.self] { return .done }
        }
    }

    package func results(
        after seconds: Double?,
        on connection: inout Connection
    ) async throws(PostgresError) -> [Statement] {
        guard let index = record.oldIndex, let spec = record.job.spec as? CountingJob else { return [] }
        let figures = ["counted": Double(spec.goal)]
        return [EvidenceHistory.insertion(of: CountingJob.evidenceKind, figures, about: index, by: record.id)]
    }

    /// The statement that locks the table; `nil` if the job takes no lock.
    private var lock: Statement? {
        guard let mode = (record.job.spec as? CountingJob)?.lockMode, let target = record.job.targets.first else {
            return nil
        }
        return "LOCK TABLE \(Identifier.qualified(target.schema, target.table)) IN \(unescaped: mode) MODE"
    }

    /// What the last of some statements returns; `nil` where they were interrupted.
    ///
    /// A lock before them lasts as long as they do.
    private func step(_ statements: [Statement], after lock: Statement? = nil) async throws(PostgresError) -> Rows? {
        try await context.interruptibly { (connections) async throws(PostgresError) -> Rows in
            try await connections.use { (connection) async throws(PostgresError) -> Rows in
                if let lock {
                    _ = try await connection.query("BEGIN")
                    _ = try await connection.query(lock)
                }
                var rows = try await connection.query(statements[0])
                for statement in statements.dropFirst() { rows = try await connection.query(statement) }
                if lock != nil { _ = try await connection.query("COMMIT") }
                return rows
            }
        }
    }
}
