public import Advisor
public import Postgres

extension Assessor {
    /// Plans the request of a person.
    ///
    /// It confirms the rows that decide, by ANALYZE if the statistics are not fresh, and reads the details of an index
    /// that will be replaced.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - name: The collection.
    ///   - snapshot: A new snapshot that contains the collection.
    /// - Returns: The jobs, or the reason why there are none.
    /// - Throws: If the server is unreachable or does not answer.
    public func jobs(
        for request: IndexRequest,
        on name: CollectionName,
        in snapshot: CatalogSnapshot
    ) async throws(PostgresError) -> Result<[Job], Blocker> {
        var snapshot = snapshot
        switch answer(name, snapshot, by: request.confirmations) {
        case .failure(let blocker): return .failure(blocker)
        case .success(let confirmations):
            snapshot = try await connections.use { (connection) async throws(PostgresError) in
                try await complete(snapshot, of: name, confirming: confirmations, on: &connection)
            }
            // A report says what is possible at most; before something is built, the vectors show it.
            if case .success(let planned) = jobs(for: request, on: name, as: snapshot),
                planned.contains(where: { $0.definition?.method == .hnsw })
            {
                try await valueSample.complete(&snapshot, of: [name])
            }
            let seen = snapshot
            return try await connections.use { (connection) async throws(PostgresError) in
                var snapshot = seen
                for _ in 1...TakenNames.tries {
                    guard case .success(let jobs) = jobs(for: request, on: name, as: snapshot) else { break }
                    let taken = try await TakenNames(transaction: transaction).among(jobs, on: &connection)
                    if taken.isEmpty { break }
                    for name in taken { snapshot.takenNames[name.schema, default: []].insert(name.name) }
                }
                return jobs(for: request, on: name, as: snapshot)
            }
        }
    }

    private func jobs(
        for request: IndexRequest,
        on name: CollectionName,
        as snapshot: CatalogSnapshot
    ) -> Result<[Job], Blocker> {
        answer(name, snapshot) { (collection, server, configured, limits) throws(Blocker) in
            try request.jobs(
                for: collection,
                server: server,
                configured: configured,
                limits: limits,
                takenNames: snapshot.takenNames
            )
        }
    }

    /// What is only a guess about a requested index, and how to settle it, as sentences; `nil` if nothing is.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - name: The collection.
    ///   - snapshot: A new snapshot that contains the collection.
    /// - Returns: The sentences.
    public func doubt(
        about request: IndexRequest,
        on name: CollectionName,
        in snapshot: CatalogSnapshot
    ) -> String? {
        snapshot.collections.first { $0.name == name }.flatMap { collection in
            request.doubt(
                for: collection,
                server: snapshot.server,
                configured: policies.policy(for: name).index,
                limits: limits
            )
        }
    }

    private typealias Planning<Answer> = (
        Collection, ServerFacts, IndexPreferences, ResourceLimits
    ) throws(Blocker) -> Answer

    private func answer<Answer>(
        _ name: CollectionName,
        _ snapshot: CatalogSnapshot,
        by plan: Planning<Answer>
    ) -> Result<Answer, Blocker> {
        guard let collection = snapshot.collections.first(where: { $0.name == name }) else {
            return .failure(
                Blocker(.contradiction, "the table no longer exists", advice: "Try again when it exists.")
            )
        }
        do throws(Blocker) {
            return .success(try plan(collection, snapshot.server, policies.policy(for: name).index, limits))
        } catch {
            return .failure(error)
        }
    }

    private func complete(
        _ seen: CatalogSnapshot,
        of name: CollectionName,
        confirming confirmations: [Confirmation],
        on connection: inout Connection
    ) async throws(PostgresError) -> CatalogSnapshot {
        var snapshot = seen
        if !confirmations.isEmpty { try await recordBaselines(of: name, in: seen, on: &connection) }
        // If transactions are read-only, no job can follow; and ANALYZE, which the server allows even then, would
        // overwrite the evidence for the rows that an index was built on.
        let isAnalyzing = seen.server.readOnly == nil && !seen.server.isInRecovery
        try await rowConfirmation.confirm(confirmations, in: &snapshot, isAnalyzing: isAnalyzing, on: &connection)
        try await IndexDetails(transaction: transaction).complete(&snapshot, of: [name], on: &connection)
        try await ValueStatistics(transaction: transaction).complete(&snapshot, of: [name], on: &connection)
        // The build history improves a prediction, and the recorded searches show what an index has to serve.
        _ = try await readState(into: &snapshot, isNeeded: false, on: &connection)
        try await configuredSearches.complete(&snapshot, on: &connection)
        return snapshot
    }

    /// Records what the indexes of a collection were built on, before a confirmation overwrites the evidence.
    ///
    /// If vecsteward cannot keep its state, it cannot queue the request either, and then reports that.
    private func recordBaselines(
        of name: CollectionName,
        in snapshot: CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) {
        // If there is nothing to record, a request that is rejected later leaves no schema behind.
        let hasIndex = snapshot.collections.contains { collection in
            collection.name == name && collection.relations.contains { $0.indexes.contains(where: \.isUsable) }
        }
        guard hasIndex else { return }
        do throws(PostgresError) {
            guard case .ready = try await StateSchema.prepare(on: &connection, createIfMissing: true) else { return }
            try await BaselineKeeper.record(name, in: snapshot, on: &connection)
        } catch {
            guard connection.isUsable, error.code != .cancelled else { throw error }
        }
    }
}
