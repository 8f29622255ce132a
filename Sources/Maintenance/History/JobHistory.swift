internal import Advisor
public import Postgres

/// What jobs have left behind: the builds that are recorded, and how long all of it is kept.
public enum JobHistory {
    /// Writes down a build of an index.
    ///
    /// - Parameters:
    ///   - build: The build.
    ///   - connection: An open connection.
    /// - Returns: The build with its number and its time.
    /// - Throws: When the server refuses or the connection is lost.
    @discardableResult
    public static func recordBuild(
        _ build: BuildHistoryRow,
        on connection: inout Connection
    ) async throws(PostgresError) -> BuildHistoryRow {
        let rows = try await connection.queue(Statement(PackageResources.build_insert_sql, build.parameterList))
        return try BuildHistoryRow(try rows.one())
    }

    /// The latest build of each index that is known, ordered by table and index.
    ///
    /// - Parameter connection: An open connection.
    /// - Returns: The builds.
    /// - Throws: When the server refuses or the connection is lost.
    public static func latestBuilds(
        on connection: inout Connection
    ) async throws(PostgresError) -> [BuildHistoryRow] {
        try await connection.queue(Statement(PackageResources.build_latest_sql))
            .readable(of: .build) { (row) throws(PostgresError) in try BuildHistoryRow(row) }.values
    }

    /// Deletes what is older than a number of days, in portions: each is a transaction that is over in a moment, because a
    /// build of an index waits for the snapshot of any.
    ///
    /// Unfinished and failed jobs stay, and so do findings that hold and the latest build of each index that is still there.
    ///
    /// - Parameters:
    ///   - days: How long history is kept.
    ///   - portion: How many rows of a table are deleted at once.
    ///   - bound: After what time not to begin another portion.
    ///   - connection: An open connection.
    /// - Returns: How many jobs, builds and findings were deleted, and whether that was all.
    /// - Throws: When the server refuses or the connection is lost.
    @discardableResult
    public static func prune(
        keepingDays days: Int,
        portion: Int = 10_000,
        within bound: Duration = .seconds(2),
        on connection: inout Connection
    ) async throws(PostgresError) -> (deleted: Int, isAll: Bool) {
        let end = ContinuousClock.now + bound
        var deleted = 0
        // Builds and evidence before the jobs that they name, since deleting a job writes to each that is left of it.
        for sql in [
            PackageResources.prune_builds_sql, PackageResources.prune_evidence_sql, PackageResources.prune_jobs_sql,
            PackageResources.prune_findings_sql,
        ] {
            var count = portion
            while count == portion {
                if .now >= end { return (deleted, false) }
                count = try await connection.queue(Statement(sql, [days, portion])).affectedRows
                deleted += count
            }
        }
        return (deleted, true)
    }
}
