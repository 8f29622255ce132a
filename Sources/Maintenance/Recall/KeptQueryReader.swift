internal import Advisor
internal import Grammar
internal import Postgres
internal import Recall

/// Finds vectors of real searches in the texts of statements that the server shows.
///
/// pg_stat_statements keeps the constant of an ORDER BY that repeats the select list, as vecs writes it with `include_value`, and
/// those of PREPARE and DECLARE before PostgreSQL 16; pg_stat_activity has the texts of sessions, as far as they are not cut. A
/// vector counts only if all searches of its text are of this collection, by its operator, and its dimensions are those of the
/// column. Texts and vectors stay in memory: nothing here is logged, stored or part of an error.
struct KeptQueryReader {
    let transaction: ReadOnlyTransaction
    let collection: Collection
    let metric: DistanceMetric

    /// What is read at most: texts, and their bytes together.
    private static let mostTexts = 1_000
    private static let mostBytes = 16 << 20

    private struct Text {
        var roleOID: UInt32
        var text: String
    }

    /// Reads the vectors, each once; none if the server refuses to show texts.
    ///
    /// - Throws: When the connection is lost.
    func read(
        in snapshot: CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) -> [StoredVector] {
        // sparsevec has another form of constants.
        guard [.vector, .halfvec].contains(collection.type), let dimensions = collection.dimensions else { return [] }
        var vectors: [StoredVector] = []
        do throws(PostgresError) {
            let texts = try await texts(on: &connection)
            vectors = try await self.vectors(in: texts, dimensions, snapshot, on: &connection)
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
        }
        return vectors
    }

    private func texts(on connection: inout Connection) async throws(PostgresError) -> [Text] {
        let asked = try await connection.read(
            [
                Postgres.Statement(PackageResources.workload_source_sql),
                Postgres.Statement(PackageResources.running_searches_sql, [[metric.distanceOperator]]),
            ],
            in: transaction
        )
        var texts: [Text] = []
        var bytes = 0
        func take(_ text: String, _ roleOID: UInt32) {
            bytes += text.utf8.count
            if bytes <= Self.mostBytes { texts.append(Text(roleOID: roleOID, text: text)) }
        }
        for row in asked[1] {
            let running = try RunningText(row)
            if !running.isCut { take(running.text, running.roleOID) }
        }
        guard let statistics = try StatementAccess(try asked[0].one()).statistics else { return texts }
        let statements = [
            statistics.check, statistics.textsWithVectors(comparedBy: metric.distanceOperator, limit: Self.mostTexts),
        ]
        try await connection.read(statements, in: transaction) { (position, rows) throws(PostgresError) in
            for row in rows where position == 1 {
                // Of another role, if this one may not see it, there is neither.
                guard let text = try row["text", as: String?.self] else { continue }
                take(text, try row.oid("role_oid"))
            }
        }
        return texts
    }

    private func vectors(
        in texts: [Text],
        _ dimensions: Int,
        _ snapshot: CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) -> [StoredVector] {
        let grammar = StatementReader()
        let statement = SearchingRole.statement(for: Set(texts.map(\.roleOID)))
        var roles: [UInt32: SearchingRole] = [:]
        try SearchingRole.read(try await connection.read([statement], in: transaction)[0], into: &roles)
        var lookup = StatementLookup(functions: [])
        var compared: [StatementKey: [StoredVector]] = [:]
        for (position, text) in texts.enumerated() {
            let vectors = await grammar.comparedVectors(in: text.text)
                .filter { $0.operation == metric.distanceOperator }
                .compactMap { try? StoredVector($0.literal, as: collection.type) }
                .filter { $0.dimensions == dimensions }
            guard !vectors.isEmpty else { continue }
            let key = StatementKey(roleOID: text.roleOID, queryID: Int64(position), isTopLevel: true)
            compared[key] = vectors
            let schemas = (roles[text.roleOID] ?? SearchingRole(name: "")).schemas()
            // A vector of a join could be that of another table.
            let statements = await grammar.read(text.text).statements
            if statements.count == 1, statements[0].relations.count == 1 {
                lookup.add(statements, of: key, schemas: schemas)
            }
        }
        guard !lookup.names.wanted.isEmpty else { return [] }
        try lookup.names.take(try await connection.read([lookup.names.statement], in: transaction)[0])
        let tables = SearchedTables(snapshot)
        let own = snapshot.collections.firstIndex { $0.name == collection.name }
        let found = lookup.found(in: tables)
        var known: Set<StoredVector> = []
        return compared.sorted { $0.key.queryID < $1.key.queryID }.flatMap { key, vectors -> [StoredVector] in
            guard let statement = found[key], statement.notFound == 0, !statement.searches.isEmpty,
                statement.searches.allSatisfy({ tables.collection(of: $0.tableOID, column: $0.column) == own })
            else { return [] }
            return vectors.filter { known.insert($0).inserted }
        }
    }
}
