internal import Advisor
internal import Postgres

// After any end of a job there is the new index in its place, or no trace of it.
extension JobRun {
    /// Drops what a build has left, which of a REINDEX is written down before: by its name it could be anybody's.
    mutating func dropLeftover(
        _ leftover: WorkSite.SeenIndex?,
        at place: Job.Target,
        _ save: Save,
        _ tell: Tell
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        if case .rebuildIndex(let rebuild) = record.job.task, rebuild.isAttached, failure != nil, let leftover {
            record.newIndex = leftover.identity
            try await save(record)
        }
        return try await drop(leftover?.name ?? JobNames(record.job).building, at: place, tell)
    }

    /// Sets back what was set ahead of a REINDEX; where that cannot be, whoever leads tries it again with each look.
    func setBack(_ tell: Tell) async {
        guard case .rebuildIndex(let rebuild) = record.job.task, rebuild.isAttached else { return }
        do throws(PostgresError) {
            for failure in try await session.settle(record.id) { tell(.note(failure.message)) }
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
        _ tell: Tell
    ) async throws(PostgresError) -> PostgresError {
        guard record.job.definition != nil, RetryPolicy.pause(after: error, attempts: record.attempts) == nil else {
            return error
        }
        let site = try await lookout.site(of: record)
        guard let building = site.building else { return error }
        let name = building.name ?? place.buildingName
        var reason = "process \(site.worker?.processID ?? 0) is at work on the table"
        if site.worker == nil {
            guard let refusal = try await run([JobStatements.dropping(name, place)], canBeCancelled: false, tell) else {
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
