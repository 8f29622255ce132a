internal import Postgres

extension JobQueue {
    /// The application name of a job's sessions, by which a restarted program recognizes them.
    static func applicationName(of job: Int64) -> String { "vecsteward job \(job)" }
}

extension ConnectionPool {
    /// A pool for the same target whose sessions have the name of a job, so that none of them counts as a stranger.
    func named(after job: Int64) -> ConnectionPool {
        let name = JobQueue.applicationName(of: job)
        return sibling(named: name) { (connection) async throws(PostgresError) in
            // The target may set another name.
            let naming: Statement = "SELECT pg_catalog.set_config('application_name', \(name), FALSE)"
            _ = try await connection.query(naming)
        }
    }
}
