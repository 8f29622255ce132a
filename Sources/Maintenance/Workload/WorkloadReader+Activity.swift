internal import Advisor
internal import Grammar
internal import Postgres

extension WorkloadReader {
    /// The most searches that are remembered from pg_stat_activity.
    private static let mostRunning = 1_000

    /// Takes the searches that sessions run at this moment or ran last, and those that earlier polls saw.
    ///
    /// Nothing counts them, and the end of a long text is missing.
    func readActivity(
        into snapshot: inout CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let running = Postgres.Statement(PackageResources.running_searches_sql, [StatementStatistics.distances])
        var texts: [(roleOID: UInt32, text: String, isCut: Bool)] = []
        for row in try await connection.read([running], in: transaction)[0] {
            texts.append(
                (try row.oid("role_oid"), try row["text", as: String.self], try row["is_cut", as: Bool.self])
            )
        }
        var state = memory.current
        let tables = SearchedTables(snapshot)
        await readExpressions(of: &snapshot, into: &state)
        let roles = try await roles(Set(texts.map(\.roleOID) + state.running.map(\.roleOID)), on: &connection)
        var lookup = StatementLookup(functions: [])
        for (position, text) in texts.enumerated() {
            let key = StatementKey(roleOID: text.roleOID, queryID: Int64(position), isTopLevel: true)
            let schemas = (roles.known[text.roleOID] ?? SearchingRole(name: "")).schemas()
            lookup.add(await grammar.read(text.text, isCut: text.isCut).statements, of: key, schemas: schemas)
        }
        if !lookup.names.wanted.isEmpty {
            try lookup.names.take(try await connection.read([lookup.names.statement], in: transaction)[0])
        }
        for (key, statement) in lookup.found(in: tables) {
            for search in statement.searches where state.running.count < Self.mostRunning {
                state.running.insert(RunningSearch(roleOID: key.roleOID, search: search))
            }
        }
        let settings = SettingsInForce(
            database: snapshot.server.database,
            roles: roles.known,
            ofServer: roles.ofServer,
            statements: [:],
            counts: [:]
        )
        FoundSearches(running: state.running, roles: roles.known, settings: settings, on: snapshot.server)
            .add(to: &snapshot, tables, most: Self.mostSearches)
        memory.keep(state)
    }
}
