internal import Advisor
internal import Postgres

// Changes names, parents and existing indexes.
extension IndexJobWorker {
    mutating func drop(
        _ index: String?,
        at place: Job.Target,
        mayGiveUp: Bool = false,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        guard let index else { return .done }
        let error = try await run(
            [JobStatements.dropping(index, place)],
            canBeCancelled: false,
            mayGiveUp: mayGiveUp,
            onEvent
        )
        if let givenUp, error?.sqlState == .queryCanceled {
            return failure.map { .failed($0) } ?? .postponed(Self.words(givenUp))
        }
        return error.map { .failed(failure ?? $0) }
    }

    /// Replaces names that other relations have by free ones, and records those before any index gets them.
    mutating func chooseNames(
        insteadOf conflicts: Set<RelationName>,
        _ context: IndexJobContext,
        _ save: Save,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        takenNames.formUnion(conflicts)
        guard takenNames.count <= Self.namesTried else {
            let name = conflicts.first?.name ?? ""
            return .failed(
                PostgresError(
                    .server,
                    "other relations have all \(Self.namesTried) names that the index could get, the last of them "
                        + "\(Identifier(name))",
                    hint: "Drop or rename relations that nobody needs, then run vecsteward jobs retry."
                )
            )
        }
        let (job, changes) = record.job.renamed(from: conflicts, besides: takenNames.union(context.ownNames))
        record.job = job
        try await save(record)
        for change in changes {
            onEvent(
                .note(
                    "another relation is called \(Identifier(change.from)): the index gets the name \(Identifier(change.to))"
                )
            )
        }
        return nil
    }

    mutating func makeParent(
        of table: QualifiedName,
        named name: String?,
        _ save: Save,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        guard let creation = record.job.spec as? CreateIndex else { return .done }
        try await enter(.running, save, onEvent)
        let column = record.job.collection.column
        let statement = JobStatements.makingParent(creation, of: table, column: column, name: name)
        return try await change([statement], tries: max(1, Int(queuePatience / Self.lockTry)))
    }

    /// Changes the catalog in one transaction.
    ///
    /// If it does not get the lock, the next reading of the catalog decides whether to retry.
    mutating func change(
        _ statements: [String],
        after checks: [Statement] = [],
        tries: Int = lockTries
    ) async throws(PostgresError) -> JobOutcome? {
        try await change(statements.map { Statement($0) }, after: checks, tries: tries)
    }

    mutating func change(
        _ statements: [Statement],
        after checks: [Statement] = [],
        tries: Int = lockTries
    ) async throws(PostgresError) -> JobOutcome? {
        do throws(PostgresError) {
            try await session.change(statements, after: checks)
            lockAttempts = 0
        } catch {
            if error.isRefusedAttachment { return .failed(.refusedAttachment) }
            return try await tryAgain(after: error, tries: tries)
        }
        return nil
    }

    /// Lets others go first if a lock was not available, and postpones the job after some tries.
    mutating func tryAgain(
        after error: PostgresError,
        tries: Int = lockTries
    ) async throws(PostgresError) -> JobOutcome? {
        guard error.code == .server else { throw error }
        lockAttempts += 1
        guard error.sqlState == .lockNotAvailable || error.isNameTaken else { return .failed(error) }
        guard lockAttempts < tries else {
            if error.isNameTaken { return .failed(error) }
            // Not a failure, because several of those are final: the holder may release the lock at any time.
            var holders: [LockingSession] = []
            if let place = record.job.targets.first { holders = try await sessions(at: place) }
            return .postponed("\(error.message): \(Self.words(holders.filter { $0.awaitedLock == nil }))")
        }
        try await pause(Self.lockPause)
        return nil
    }
}

extension PostgresError {
    /// Whether it is the error with which `attach_guard.sql` refuses an index.
    fileprivate var isRefusedAttachment: Bool { sqlState == SQLState(rawValue: "22012") }

    /// The error for an index that only its owner can safely attach.
    fileprivate static var refusedAttachment: PostgresError {
        .unmetPrerequisite(
            "one of the two indexes has an expression or a predicate, or an expression partitions the table, and attaching "
                + "the index would run the code in it with vecsteward's privileges",
            hint: "As the owner of the table, ALTER INDEX ... ATTACH PARTITION attaches the index that is built."
        )
    }
}
