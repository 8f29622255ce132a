public import Advisor
public import Postgres
internal import Recall

extension Assessor {
    /// Chooses what a measurement searches for: vectors of real searches where there are any, and stored ones otherwise.
    ///
    /// First come the queries of the configuration, then those that the server has kept, if these are at least
    /// ``RecallRequest/leastServerVectors``. Sources are not mixed. Nothing of the vectors is kept anywhere.
    ///
    /// - Parameters:
    ///   - request: What to measure; one that has vectors, or wants stored ones, stays as it is.
    ///   - name: The collection.
    ///   - snapshot: A new snapshot that contains the collection.
    /// - Returns: The request with vectors, or why those that the configuration names cannot be had.
    /// - Throws: When the server is unreachable or the connection is lost.
    public func addQueries(
        to request: RecallRequest,
        of name: CollectionName,
        in snapshot: CatalogSnapshot
    ) async throws(PostgresError) -> Result<RecallRequest, RecallRefusal> {
        guard request.vectors.isEmpty, !request.isOfStoredVectors,
            let collection = snapshot.collections.first(where: { $0.name == name }),
            // What is wrong with the request is said by the measurement.
            let measured = try? MeasuredIndex(request, in: collection, snapshot.server),
            collection.takesQueryVectors(measured.index)
        else { return .success(request) }
        var request = request
        if let queries = policies.policy(for: name).queries {
            let reader = ConfiguredQueryReader(
                queries: queries,
                ownRole: snapshot.server.role,
                type: collection.type,
                dimensions: collection.dimensions ?? measured.dimensions,
                timeout: transaction.statementTimeout
            )
            switch try await reader.read() {
            case .failure(let refusal): return .failure(refusal)
            case .success(let vectors): request.search(for: vectors, of: .configuration)
            }
            return .success(request)
        }
        let kept = try await connections.use { (connection) async throws(PostgresError) in
            try await KeptQueryReader(transaction: transaction, collection: collection, metric: measured.metric)
                .read(in: snapshot, on: &connection)
        }
        if kept.count >= RecallRequest.leastServerVectors { request.search(for: kept, of: .server) }
        return .success(request)
    }
}

extension RecallRequest {
    /// Takes as many of the vectors as it wants, drawn at random from all of them.
    fileprivate mutating func search(for vectors: [StoredVector], of source: QuerySource) {
        self.vectors = Array(vectors.count > queries ? vectors.shuffled().prefix(queries) : vectors[...])
        vectorSource = source
    }
}
