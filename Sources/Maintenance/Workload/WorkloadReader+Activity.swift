internal import Advisor
internal import Grammar
internal import Postgres

/// A text with a distance that a session runs or ran last.
struct RunningText {
    var roleOID: UInt32
    /// Under which number pg_stat_statements counts it; `nil` where the server does not say.
    var queryID: Int64?
    var text: String
    /// Whether its end may be missing.
    var isCut: Bool

    /// Reads a row of `running_searches.sql`.
    init(_ row: Row) throws(PostgresError) {
        roleOID = try row.oid("role_oid")
        queryID = try row["query_id", as: Int64?.self]
        text = try row["text", as: String.self]
        isCut = try row["is_cut", as: Bool.self]
    }

    /// What stands for it among these tables, in this process.
    func fingerprint(among tables: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(tables)
        hasher.combine(roleOID)
        hasher.combine(text)
        hasher.combine(isCut)
        return hasher.finalize()
    }
}

extension WorkloadReader {
    /// The most searches that are remembered from pg_stat_activity.
    private static let mostRunning = 1_000

    /// Adds the searches that sessions run at this moment or ran last, and those that earlier polls saw.
    ///
    /// Nothing counts them, and the end of a long text is missing.
    func readActivity(
        _ answer: WorkloadAnswer,
        into snapshot: inout CatalogSnapshot,
        _ state: inout WorkloadMemory.State,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let tables = SearchedTables(snapshot)
        await readExpressions(of: &snapshot, into: &state)
        if state.isStale { (state.runningTexts, state.refreshedAt) = ([], .now) }
        let known = state.runningTexts
        state.runningTexts = []
        let tablesNow = tables.oids.hashValue
        var lookup = StatementLookup(functions: [])
        for (position, text) in answer.running.enumerated() {
            let fingerprint = text.fingerprint(among: tablesNow)
            guard state.runningTexts.insert(fingerprint).inserted, !known.contains(fingerprint) else { continue }
            let key = StatementKey(roleOID: text.roleOID, queryID: Int64(position), isTopLevel: true)
            let schemas = (answer.roles[text.roleOID] ?? SearchingRole(name: "")).schemas()
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
            roles: answer.roles,
            ofServer: answer.serverSettings,
            statements: [:],
            counts: [:]
        )
        FoundSearches(running: state.running, roles: answer.roles, settings: settings, on: snapshot.server)
            .add(to: &snapshot, tables, most: Self.mostSearches)
    }
}
