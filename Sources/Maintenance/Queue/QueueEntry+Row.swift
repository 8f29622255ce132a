internal import Advisor
internal import Postgres

extension QueueEntry {
    /// Reads a row of `job_list.sql` or `job_outlook.sql`.
    init(_ row: Row, kinds: JobKinds) throws(PostgresError) {
        var failure: Failure?
        if let message = try row["failure_message", as: String?.self] {
            failure = Failure(
                sqlState: try row["failure_sqlstate", as: String?.self],
                message: message,
                hint: try row["failure_hint", as: String?.self]
            )
        }
        let times = try row["put_off", as: Int.self]
        let since = try row["put_off_epoch", as: Double?.self]
        self.init(
            record: try JobRecord(row, kinds: kinds),
            createdAt: try row["created_epoch", as: Double.self],
            startedAt: try row["started_epoch", as: Double?.self],
            finishedAt: try row["finished_epoch", as: Double?.self],
            notBefore: try row["not_before_epoch", as: Double?.self],
            failure: failure,
            putOff: since.map { QueueEntry.PutOff(times: times, since: $0) }
        )
    }
}
