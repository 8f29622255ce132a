internal import Advisor
public import Postgres

/// The history that jobs leave: recorded builds, and how long all of it is kept.
public enum JobHistory {
    /// Records a build of an index.
    ///
    /// - Parameters:
    ///   - build: The build.
    ///   - connection: An open connection.
    /// - Returns: The build with its number and its time.
    /// - Throws: If the server rejects a statement or the connection is lost.
    @discardableResult
    public static func recordBuild(
        _ build: BuildHistoryRow,
        on connection: inout Connection
    ) async throws(PostgresError) -> BuildHistoryRow {
        let rows = try await connection.queue(Statement(PackageResources.build_insert_sql, build.parameterList))
        return try BuildHistoryRow(try rows.one())
    }

    /// The latest build of each known index, ordered by table and index.
    ///
    /// - Parameter connection: An open connection.
    /// - Returns: The builds.
    /// - Throws: If the server rejects a statement or the connection is lost.
    public static func latestBuilds(
        on connection: inout Connection
    ) async throws(PostgresError) -> [BuildHistoryRow] {
        try await connection.queue(Statement(PackageResources.build_latest_sql))
            .readable(of: .build) { (row) throws(PostgresError) in try BuildHistoryRow(row) }.values
    }

    /// Deletes rows that are older than a number of days, in portions: each is a short transaction, because an index
    /// build waits for every snapshot.
    ///
    /// Unfinished and failed jobs stay, and so do open findings and the latest build of each existing index.
    ///
    /// - Parameters:
    ///   - days: How long history is kept.
    ///   - portion: The most rows of a table to delete at once.
    ///   - bound: The time after which no further portion starts.
    ///   - connection: An open connection.
    /// - Returns: The numbers of deleted jobs, builds and findings, and whether that was all.
    /// - Throws: If the server rejects a statement or the connection is lost.
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
