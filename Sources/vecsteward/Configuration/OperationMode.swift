/// What vecsteward does in a database.
enum OperationMode: String, Sendable, CaseIterable {
    /// It looks, and carries out the jobs that the rules ask for.
    case maintain
    /// It looks and reports, and carries out nothing.
    case observe
}

/// What becomes of a build that runs when the daemon is stopped.
enum StopPolicy: String, Sendable, CaseIterable {
    /// The server goes on building, and the daemon adopts the build at its next start.
    case leave
    /// It is cancelled, and begins anew later.
    case cancel
}
