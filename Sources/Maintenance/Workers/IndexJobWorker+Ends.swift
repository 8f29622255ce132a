internal import Advisor
internal import Postgres

// After any end of a job there is the new index in its place, or no trace of it.
extension IndexJobWorker {
    /// Drops what a build has left, which of a REINDEX is written down before: by its name it could be anybody's.
    mutating func dropLeftover(
        _ leftover: IndexJobContext.CatalogIndex?,
        at place: Job.Target,
        _ save: Save,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        if let rebuild = record.job.spec as? RebuildIndex, rebuild.isAttached, failure != nil, let leftover {
            record.newIndex = leftover.identity
            try await save(record)
        }
        return try await drop(leftover?.name ?? IndexJobNames(record.job).building, at: place, onEvent)
    }

    /// Sets back what was set ahead of a REINDEX; where that cannot be, whoever leads tries it again with each look.
    func setBack(_ onEvent: EventHandler) async {
        guard let rebuild = record.job.spec as? RebuildIndex, rebuild.isAttached else { return }
        do throws(PostgresError) {
            for failure in try await session.settle(record.id) { onEvent(.note(failure.message)) }
        } catch {
            return
        }
    }

    /// Drops what was built for a job that has failed for good.
    ///
    /// - Returns: The error; where something stays, with what it is and the statement that drops it.
    mutating func clearAway(
        after error: PostgresError,
        at place: Job.Target,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> PostgresError {
        guard record.job.definition != nil, RetryPolicy.pause(after: error, attempts: record.attempts) == nil else {
            return error
        }
        let context = try await catalogReader.context(of: record)
        guard let building = context.building else { return error }
        let name = building.name ?? place.buildingName
        var reason = "process \(context.worker?.processID ?? 0) is at work on the table"
        if context.worker == nil {
            guard let refusal = try await run([JobStatements.dropping(name, place)], canBeCancelled: false, onEvent)
            else {
                return error
            }
            reason = refusal.message
        }
        var error = error
        let advice = error.hint.map { "\($0) " } ?? (error.sqlState == .insufficientPrivilege ? Self.grantAdvice : "")
        error.hint =
            advice + "What was built is left, since it could not be dropped (\(reason)): its owner says "
            + "\(JobStatements.dropping(name, place)); or vecsteward jobs retry uses it."
        return error
    }

    private static let grantAdvice = "vecsteward grants --for maintain prints the GRANT. "
}
