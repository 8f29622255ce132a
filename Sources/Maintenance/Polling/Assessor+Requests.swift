public import Advisor
public import Postgres

extension Assessor {
    /// Plans what a person asks for.
    ///
    /// The rows that decide are confirmed, by ANALYZE where the statistics are not fresh, and an index that is to be replaced
    /// is looked at closely.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - name: The collection.
    ///   - snapshot: What was just seen, with the collection in it.
    /// - Returns: The jobs, or why it cannot be done.
    /// - Throws: When the server cannot be reached or does not answer.
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
            return try await connections.use { (connection) async throws(PostgresError) in
                var snapshot = snapshot
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

    /// What is only guessed of an index that a person asks for and how to settle that, in sentences; `nil` where nothing is.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - name: The collection.
    ///   - snapshot: What was just seen, with the collection in it.
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
                Blocker(.contradiction, "the table is no longer there", advice: "Ask again when there is one.")
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
        // Where transactions are read-only no job can follow, and ANALYZE, which the server allows even there, would take
        // what tells on how many rows an index was built.
        let isAnalyzing = seen.server.readOnly == nil && !seen.server.isInRecovery
        try await rowConfirmation.confirm(confirmations, in: &snapshot, isAnalyzing: isAnalyzing, on: &connection)
        try await IndexDetails(transaction: transaction).complete(&snapshot, of: [name], on: &connection)
        try await ValueStatistics(transaction: transaction).complete(&snapshot, of: [name], on: &connection)
        // What builds have shown makes a prediction better, and is needed for nothing else.
        _ = try await takeState(into: &snapshot, isNeeded: false, on: &connection)
        return snapshot
    }

    /// Writes down what the indexes of a collection were built on, before a confirmation changes what tells it.
    ///
    /// Where the state cannot be kept nothing that is asked for can be queued either, which is said then.
    private func recordBaselines(
        of name: CollectionName,
        in snapshot: CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) {
        // Where there is nothing to write down, what is refused in the end leaves no schema behind.
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
