internal import Advisor
internal import Postgres

extension NextStep {
    /// Whether it is to wait for a session that is not this job's own.
    var isForStranger: Bool { if case .await(let worker) = self { !worker.isOwn } else { false } }
}

extension PostgresError {
    /// What keeps a job from its end, and no second try mends: a person has to.
    static func unmetPrerequisite(_ message: String, hint: String) -> PostgresError {
        var error = PostgresError(.server, message, hint: hint)
        error.sqlState = .objectNotInPrerequisiteState
        return error
    }

    /// Whether another relation has the name that a new one was to get, perhaps since a moment.
    var isNameTaken: Bool {
        sqlState == .duplicateTable
            || (sqlState == .uniqueViolation && message.contains("pg_class_relname_nsp_index"))
    }

    /// Whether parallel workers could not get the memory that they share, which is a file in `/dev/shm`.
    var isLackOfSharedMemory: Bool { sqlState == .diskFull && message.contains("\"/PostgreSQL.") }
}

extension ActivityTracker {
    /// An error with what was seen of its reason.
    func explaining(_ error: PostgresError) -> PostgresError {
        guard error.sqlState == .deadlockDetected else { return error }
        var error = error
        let reason = lastQueue.isEmpty ? "somebody queued" : "there queued \(lastQueue.words)"
        error.message += ": \(reason) behind this job on its table, and the server ended the job"
        error.hint =
            "It is tried again. ANALYZE, ALTER TABLE and other builds of a table have to wait until its build is done, or "
            + "PostgreSQL ends the build."
        return error
    }
}
