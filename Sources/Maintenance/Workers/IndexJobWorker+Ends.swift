internal import Advisor
internal import Postgres

// After the end of a job, the new index is in its place, or nothing of it is left.
extension IndexJobWorker {
    /// Drops the leftover of a build; that of a REINDEX is recorded before, because its name alone does not identify it.
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
        let name = leftover?.name ?? IndexJobNames(record.job).building
        return try await drop(name, at: place, mayGiveUp: failure == nil, onEvent)
    }

    /// Sets back the lists that were set before a REINDEX; if that fails, the leader retries with each poll.
    func setBack(_ onEvent: EventHandler) async {
        guard let rebuild = record.job.spec as? RebuildIndex, rebuild.isAttached else { return }
        do throws(PostgresError) {
            for failure in try await session.settle(record.id) { onEvent(.note(failure.message)) }
        } catch {
            return
        }
    }

    /// Drops the index that was built for a job that has failed for good.
    ///
    /// - Returns: The error; if something is left, with its name and the statement that drops it.
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
        var reason = "process \(context.worker?.processID ?? 0) is working on the table"
        if context.worker == nil {
            let statements = [JobStatements.dropping(name, place)]
            guard let refusal = try await run(statements, canBeCancelled: false, mayGiveUp: false, onEvent) else {
                return error
            }
            reason = refusal.message
        }
        var error = error
        let advice = error.hint.map { "\($0) " } ?? (error.sqlState == .insufficientPrivilege ? Self.grantAdvice : "")
        error.hint =
            advice + "The built index could not be dropped (\(reason)): as its owner, run "
            + "\(JobStatements.dropping(name, place)); or run vecsteward jobs retry, which uses it."
        return error
    }

    private static let grantAdvice = "vecsteward grants --for maintain prints the GRANT. "
}
