public import Advisor
public import Postgres

extension JobQueue {
    /// Jobs that have ended recently, and that no poll has found to help.
    ///
    /// - Parameters:
    ///   - kinds: The supported kinds, which give the commands.
    ///   - connection: An open connection.
    /// - Returns: The latest job for each work.
    /// - Throws: When the server refuses or the connection is lost.
    public static func remedies(
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> [PastRemedy] {
        try await connection.queue(Statement(PackageResources.job_remedies_sql))
            .readable(of: .job) { (row) throws(PostgresError) in try PastRemedy(row, kinds: kinds) }.values
    }

    /// Records that the findings of some jobs are gone.
    ///
    /// - Parameters:
    ///   - jobs: Their numbers.
    ///   - connection: An open connection.
    /// - Throws: When the server refuses or the connection is lost.
    public static func recordHelp(
        of jobs: [Int64],
        on connection: inout Connection
    ) async throws(PostgresError) {
        guard !jobs.isEmpty else { return }
        _ = try await connection.queue(Statement(PackageResources.job_helped_sql, [jobs]))
    }
}

extension PastRemedy {
    /// Reads a row of `job_remedies.sql`.
    init(_ row: Row, kinds: JobKinds) throws(PostgresError) {
        let kind = try row["kind", as: String.self]
        self.init(
            jobID: try row["id", as: Int64.self],
            kind: kind,
            command: kinds[kind]?.command,
            schema: try row["table_schema", as: String.self],
            table: try row["table_name", as: String.self],
            subject: try row["subject", as: String.self],
            rules: Set(try row["rules", as: [String].self]),
            finishedName: try row["finished_name", as: String?.self],
            isCancelled: try row["is_cancelled", as: Bool.self],
            reason: try row["end_reason", as: String?.self],
            repeats: try row["repeats", as: Int.self],
            ageSeconds: try row["age_seconds", as: Double.self],
            isUnchanged: try row["is_unchanged", as: Bool.self],
            recent: try row["recent", as: Int.self]
        )
    }
}
