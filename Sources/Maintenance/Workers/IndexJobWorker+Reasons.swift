internal import Advisor
internal import Postgres

extension NextStep {
    /// Whether it waits for a session that does not belong to this job.
    var isForStranger: Bool { if case .await(let worker) = self { !worker.isOwn } else { false } }
}

extension PostgresError {
    /// The error for a missing prerequisite, which a person has to fix; retrying does not help.
    static func unmetPrerequisite(_ message: String, hint: String) -> PostgresError {
        var error = PostgresError(.server, message, hint: hint)
        error.sqlState = .objectNotInPrerequisiteState
        return error
    }

    /// Whether another relation has taken the name that a new one was to get, perhaps a moment ago.
    var isNameTaken: Bool {
        sqlState == .duplicateTable
            || (sqlState == .uniqueViolation && message.contains("pg_class_relname_nsp_index"))
    }

    /// Whether parallel workers did not get their shared memory, a file in `/dev/shm`.
    var isLackOfSharedMemory: Bool { sqlState == .diskFull && message.contains("\"/PostgreSQL.") }
}

extension ActivityTracker {
    /// Adds the observed reason to an error.
    func explaining(_ error: PostgresError) -> PostgresError {
        guard error.sqlState == .deadlockDetected else { return error }
        var error = error
        let blocked = lastQueue.isEmpty ? "a session" : lastQueue.words
        error.message +=
            ": \(blocked) waited for a lock on the table behind this job, so PostgreSQL aborted its statement"
        error.hint =
            "vecsteward retries. Run ANALYZE, ALTER TABLE and other builds on a table only after its build is done, or "
            + "PostgreSQL ends one of the two with a deadlock: this time the build, but it can be the other statement."
        return error
    }
}
