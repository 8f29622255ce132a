internal import Advisor
internal import Postgres

// From the build to its name.
extension IndexJobWorker {
    mutating func proveAndSwap(
        _ context: IndexJobContext,
        at place: Job.Target,
        _ save: Save,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        guard let index = context.building else { return nil }
        session.openAhead()
        // A lock that is never to be had is not tried for without an end.
        if isUncountedRetry, builds == 0 { record.attempts += 1 }
        isUncountedRetry = false
        if record.newIndex != index.identity || proven != index.identity {
            record.newIndex = index.identity
            try await enter(.proving, save, onEvent)
        }
        // Each time: the old one may get another comment, or another index its name, while a lock is waited for.
        let comparison: IndexComparison?
        do throws(PostgresError) {
            comparison = try await catalogReader.comparison(of: index.identity, with: context.old?.identity)
        } catch {
            return try await tryAgain(after: error)
        }
        guard let comparison else { return nil }
        if let difference = comparison.difference(from: record.job) {
            let error = PostgresError.notAsAskedFor(difference, end: "it is dropped again, and the old one stays")
            return try await drop(place.buildingName, at: place, onEvent) ?? .failed(error)
        }
        compared = index.identity
        if proven != index.identity {
            let verdict: PlannerCheck.Verdict
            do throws(PostgresError) {
                verdict = try await PlannerCheck.prove(index.identity, from: catalogReader)
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

    /// Why the old index is not to go: under the name of the new one there is another, which somebody else has made.
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
    /// A new index that cannot take the place of the old one.
    fileprivate static func notAsAskedFor(_ difference: String, end: String) -> PostgresError {
        .unmetPrerequisite(
            "the new index is not what was asked for: \(difference); \(end)",
            hint:
                "Find out who changed the index, or what its key and predicate refer to, while it was built; then "
                + "vecsteward jobs retry begins anew."
        )
    }
}
