public import Advisor
public import Postgres

extension JobQueue {
    /// What was measured before and after the rebuilds among some jobs.
    ///
    /// It is kept as long as the index that the rebuild made.
    ///
    /// - Parameters:
    ///   - jobs: Their numbers.
    ///   - connection: An open connection.
    /// - Returns: Both figures by job; none where one is missing.
    /// - Throws: When the server refuses or the connection is lost.
    public static func recalls(
        of jobs: [Int64],
        on connection: inout Connection
    ) async throws(PostgresError) -> [Int64: RebuildRecall] {
        guard !jobs.isEmpty else { return [:] }
        var recalls: [Int64: RebuildRecall] = [:]
        for row in try await connection.queue(Statement(PackageResources.job_recalls_sql, [jobs])) {
            let figures: [String: Double] = try row.pairs("names", "figures")
            guard let before = figures["beforeRebuild"], let after = figures["recall"], let k = figures["k"],
                (1...1_000).contains(k)
            else { continue }
            recalls[try row["id", as: Int64.self]] = RebuildRecall(
                before: before,
                after: after,
                k: Int(k),
                settings: try row.pairs("setting_names", "setting_values")
            )
        }
        return recalls
    }
}
