extension JobQueue {
    /// The name that sessions of a job have, by which a restarted program knows them.
    static func applicationName(of job: Int64) -> String { "vecsteward job \(job)" }
}
