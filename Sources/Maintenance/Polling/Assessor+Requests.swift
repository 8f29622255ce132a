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
    ///   - observation: What was just seen, with the collection in it.
    /// - Returns: The jobs, or why it cannot be done.
    /// - Throws: When the server cannot be reached or does not answer.
    public func jobs(
        for request: IndexRequest,
        on name: CollectionName,
        in observation: Observation
    ) async throws(PostgresError) -> Result<[Job], Obstacle> {
        var observation = observation
        switch answer(name, observation, by: request.confirmations) {
        case .failure(let obstacle): return .failure(obstacle)
        case .success(let confirmations):
            observation = try await connections.use { (connection) async throws(PostgresError) in
                try await complete(observation, of: name, confirming: confirmations, on: &connection)
            }
            return try await connections.use { (connection) async throws(PostgresError) in
                var observation = observation
                for _ in 1...TakenNames.tries {
                    guard case .success(let jobs) = jobs(for: request, on: name, as: observation) else { break }
                    let taken = try await TakenNames(transaction: transaction).among(jobs, on: &connection)
                    if taken.isEmpty { break }
                    for name in taken { observation.takenNames[name.schema, default: []].insert(name.name) }
                }
                return jobs(for: request, on: name, as: observation)
            }
        }
    }

    private func jobs(
        for request: IndexRequest,
        on name: CollectionName,
        as observation: Observation
    ) -> Result<[Job], Obstacle> {
        answer(name, observation) { (collection, server, configured, limits) throws(Obstacle) in
            try request.jobs(
                for: collection,
                server: server,
                configured: configured,
                limits: limits,
                takenNames: observation.takenNames
            )
        }
    }

    /// What is only guessed of an index that a person asks for and how to settle that, in sentences; `nil` where nothing is.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - name: The collection.
    ///   - observation: What was just seen, with the collection in it.
    /// - Returns: The sentences.
    public func doubt(
        about request: IndexRequest,
        on name: CollectionName,
        in observation: Observation
    ) -> String? {
        observation.collections.first { $0.name == name }.flatMap { collection in
            request.doubt(
                for: collection,
                server: observation.server,
                configured: policies.policy(for: name).index,
                limits: limits
            )
        }
    }

    private typealias Planning<Answer> = (
        Collection, ServerFacts, IndexPreferences, BuildLimits
    ) throws(Obstacle) -> Answer

    private func answer<Answer>(
        _ name: CollectionName,
        _ observation: Observation,
        by plan: Planning<Answer>
    ) -> Result<Answer, Obstacle> {
        guard let collection = observation.collections.first(where: { $0.name == name }) else {
            return .failure(
                Obstacle(.contradiction, "the table is no longer there", advice: "Ask again when there is one.")
            )
        }
        do throws(Obstacle) {
            return .success(try plan(collection, observation.server, policies.policy(for: name).index, limits))
        } catch {
            return .failure(error)
        }
    }

    private func complete(
        _ seen: Observation,
        of name: CollectionName,
        confirming confirmations: [Confirmation],
        on connection: inout Connection
    ) async throws(PostgresError) -> Observation {
        var observation = seen
        if !confirmations.isEmpty { try await recordBaselines(of: name, in: seen, on: &connection) }
        // Where transactions are read-only no job can follow, and ANALYZE, which the server allows even there, would take
        // what tells on how many rows an index was built.
        let isAnalyzing = seen.server.readOnly == nil && !seen.server.isInRecovery
        try await rowConfirmation.confirm(confirmations, in: &observation, isAnalyzing: isAnalyzing, on: &connection)
        try await IndexDetails(transaction: transaction).complete(&observation, of: [name], on: &connection)
        try await ValueStatistics(transaction: transaction).complete(&observation, of: [name], on: &connection)
        // What builds have shown makes a prediction better, and is needed for nothing else.
        _ = try await takeState(into: &observation, isNeeded: false, on: &connection)
        return observation
    }

    /// Writes down what the indexes of a collection were built on, before a confirmation changes what tells it.
    ///
    /// Where the state cannot be kept nothing that is asked for can be queued either, which is said then.
    private func recordBaselines(
        of name: CollectionName,
        in observation: Observation,
        on connection: inout Connection
    ) async throws(PostgresError) {
        // Where there is nothing to write down, what is refused in the end leaves no schema behind.
        let hasIndex = observation.collections.contains { collection in
            collection.name == name && collection.relations.contains { $0.indexes.contains(where: \.isUsable) }
        }
        guard hasIndex else { return }
        do throws(PostgresError) {
            guard case .ready = try await StateSchema.prepare(on: &connection, createIfMissing: true) else { return }
            try await BaselineKeeper.record(name, in: observation, on: &connection)
        } catch {
            guard connection.isUsable, error.code != .cancelled else { throw error }
        }
    }
}
