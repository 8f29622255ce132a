/// What vecsteward does in a database.
enum OperationMode: String, Sendable, CaseIterable {
    /// Polls, and runs the jobs that the rules ask for.
    case maintain
    /// Polls and reports, but runs no jobs.
    case observe
}

/// What happens to a running build when the daemon stops.
enum StopPolicy: String, Sendable, CaseIterable {
    /// The server continues the build, and the daemon adopts it at its next start.
    case leave
    /// The daemon cancels the build, and starts it again later.
    case cancel
}
