public import Postgres

extension JobQueue {
    /// Writes down a build of an index.
    ///
    /// - Parameters:
    ///   - build: The build.
    ///   - connection: An open connection.
    /// - Returns: The build with its number and its time.
    /// - Throws: When the server refuses or the connection is lost.
    @discardableResult
    public static func recordBuild(
        _ build: BuildRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> BuildRecord {
        let rows = try await connection.queue(Statement(PackageResources.build_insert_sql, build.parameterList))
        return try BuildRecord(try rows.one())
    }

    /// The latest build of each index that is known, ordered by table and index.
    ///
    /// - Parameter connection: An open connection.
    /// - Returns: The builds.
    /// - Throws: When the server refuses or the connection is lost.
    public static func latestBuilds(
        on connection: inout Connection
    ) async throws(PostgresError) -> [BuildRecord] {
        var builds: [BuildRecord] = []
        for row in try await connection.queue(Statement(PackageResources.build_latest_sql)) {
            builds.append(try BuildRecord(row))
        }
        return builds
    }

    /// Deletes what is older than a number of days.
    ///
    /// Unfinished and failed jobs stay, and so do findings that hold and the latest build of each index that is still there.
    ///
    /// - Parameters:
    ///   - days: How long history is kept.
    ///   - connection: An open connection.
    /// - Returns: How many jobs, builds and findings were deleted.
    /// - Throws: When the server refuses or the connection is lost.
    @discardableResult
    public static func prune(
        keepingDays days: Int,
        on connection: inout Connection
    ) async throws(PostgresError) -> Int {
        let results = try await connection.queue([
            Statement(PackageResources.prune_jobs_sql, [days]), Statement(PackageResources.prune_builds_sql, [days]),
            Statement(PackageResources.prune_findings_sql, [days]),
        ])
        return results.reduce(0) { $0 + $1.affectedRows }
    }
}
