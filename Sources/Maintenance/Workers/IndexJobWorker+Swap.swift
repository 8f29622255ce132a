internal import Advisor
internal import Postgres

// From the finished build to its final name.
extension IndexJobWorker {
    mutating func proveAndSwap(
        _ context: IndexJobContext,
        at place: Job.Target,
        _ save: Save,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        guard let index = context.building else { return nil }
        session.openAhead()
        // The tries for a lock that is never available are limited.
        if isUncountedRetry, builds == 0 { record.attempts += 1 }
        isUncountedRetry = false
        if record.newIndex != index.identity || proven != index.identity {
            record.newIndex = index.identity
            try await enter(.proving, save, onEvent)
        }
        // Compared at each try: while this waits for a lock, the old index may get another comment, or another index its name.
        let comparison: IndexComparison?
        do throws(PostgresError) {
            comparison = try await catalogReader.comparison(of: index.identity, with: context.old?.identity)
        } catch {
            return try await tryAgain(after: error)
        }
        guard let comparison else { return nil }
        if let difference = comparison.difference(from: record.job) {
            let error = PostgresError.notAsAskedFor(difference, end: "vecsteward drops it and keeps the old one")
            return try await drop(place.buildingName, at: place, onEvent) ?? .failed(error)
        }
        compared = index.identity
        if proven != index.identity {
            let verdict: PlannerCheck.Verdict
            do throws(PostgresError) {
                verdict = try await PlannerCheck.check(index.identity, from: catalogReader)
            } catch {
                return try await tryAgain(after: error)
            }
            switch verdict {
            case .passed: break
            case .unknown(let why): onEvent(.note(why))
            case .failed(let error): return try await drop(place.buildingName, at: place, onEvent) ?? .failed(error)
            }
            proven = index.identity
        }
        try await enter(.swapping, save, onEvent)
        let new = Identifier.qualified(place.schema, place.buildingName)
        let dressing = record.job.definition.map { comparison.dressing($0, of: new) }
        return try await change(JobStatements.swapping(record.job, place, dressing: dressing))
    }

    /// Why to keep the old index: somebody else has created another index under the name of the new one.
    mutating func objection(to name: String, at context: IndexJobContext) async throws(PostgresError) -> PostgresError?
    {
        guard let rebuild = record.job.spec as? RebuildIndex, !rebuild.isAttached, let new = context.finished,
            let old = context.retired ?? context.old, compared != new.identity
        else { return nil }
        guard let comparison = try await catalogReader.comparison(of: new.identity, with: old.identity) else {
            return nil
        }
        guard let difference = comparison.difference(from: record.job) else {
            compared = new.identity
            return nil
        }
        return PostgresError.notAsAskedFor(difference, end: "the old one is kept as \(name)")
    }
}

extension PostgresError {
    /// The error for a new index that cannot replace the old one.
    fileprivate static func notAsAskedFor(_ difference: String, end: String) -> PostgresError {
        .unmetPrerequisite(
            "the new index is not what was asked for: \(difference); \(end)",
            hint:
                "Find out who changed the index, or what its key and predicate refer to, during the build; then run "
                + "vecsteward jobs retry."
        )
    }
}
