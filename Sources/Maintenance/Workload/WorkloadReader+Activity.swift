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
    /// Adds the searches that sessions run at this moment or ran last, and those that polls of the last day saw.
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
        if state.isStale { (state.shownSearches, state.refreshedAt) = ([:], .now) }
        let known = state.shownSearches
        state.shownSearches = [:]
        var fingerprints: [StatementKey: Int] = [:]
        let tablesNow = tables.oids.hashValue
        var lookup = StatementLookup(functions: [])
        for (position, text) in answer.running.enumerated() {
            let fingerprint = text.fingerprint(among: tablesNow)
            guard state.shownSearches[fingerprint] == nil else { continue }
            state.shownSearches[fingerprint] = known[fingerprint] ?? []
            guard known[fingerprint] == nil else { continue }
            let key = StatementKey(roleOID: text.roleOID, queryID: Int64(position), isTopLevel: true)
            fingerprints[key] = fingerprint
            let schemas = (answer.roles[text.roleOID] ?? SearchingRole(name: "")).schemas()
            lookup.add(await grammar.read(text.text, isCut: text.isCut).statements, of: key, schemas: schemas)
        }
        if !lookup.names.wanted.isEmpty {
            try lookup.names.take(try await connection.read([lookup.names.statement], in: transaction)[0])
        }
        for (key, statement) in lookup.found(in: tables) {
            guard let fingerprint = fingerprints[key] else { continue }
            state.shownSearches[fingerprint] = statement.searches.map {
                RunningSearch(roleOID: key.roleOID, search: $0)
            }
        }
        state.noteShownSearches()
        let settings = SettingsInForce(
            database: snapshot.server.database,
            roles: answer.roles,
            ofServer: answer.serverSettings,
            statements: [:],
            counts: [:],
            in: tables,
            countsSets: false
        )
        snapshot.roleSettings = settings.ofRoles(answer.searchingRoles)
        FoundSearches(running: Set(state.running.keys), roles: answer.roles, settings: settings, on: snapshot.server)
            .add(to: &snapshot, tables, most: Self.mostSearches)
    }
}

extension WorkloadMemory.State {
    /// The most searches that are remembered from pg_stat_activity, and for how long after a session showed them last.
    private static let mostRunning = 1_000
    private static let longest = Duration.seconds(86_400)

    /// Notes that sessions show searches now, and forgets those that none has shown for long: the application may have changed
    /// them.
    fileprivate mutating func noteShownSearches() {
        let now = ContinuousClock.now
        for searches in shownSearches.values {
            for search in searches { running[search] = now }
        }
        running = running.filter { $0.value.duration(to: now) < Self.longest }
        guard running.count > Self.mostRunning else { return }
        let newest = running.sorted { $0.value > $1.value }.prefix(Self.mostRunning)
        running = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
    }
}
