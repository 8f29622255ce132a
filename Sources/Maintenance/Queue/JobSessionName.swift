extension JobQueue {
    /// The application name of a job's sessions, by which a restarted program recognizes them.
    static func applicationName(of job: Int64) -> String { "vecsteward job \(job)" }
}
