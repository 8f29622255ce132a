internal import Advisor
internal import Grammar
internal import Postgres

/// Reads how the collections of a database are searched.
///
/// It never plans or runs a text that it reads.
struct WorkloadReader {
    let transaction: ReadOnlyTransaction
    let memory: WorkloadMemory
    let grammar = StatementReader()

    /// The most searches that are kept of one collection.
    static let mostSearches = 100
    /// How long one poll reads texts, and how many bytes of them: anybody may run long statements by the thousand.
    private static let patience = Duration.seconds(5)
    private static let mostBytes = 64 << 20

    init(transaction: ReadOnlyTransaction, memory: WorkloadMemory) {
        self.transaction = transaction
        self.memory = memory
    }

    /// Adds the searches.
    ///
    /// - Throws: If the connection is lost. If the server refuses, ``CatalogSnapshot/searchSources`` says so.
    func complete(_ snapshot: inout CatalogSnapshot, on connection: inout Connection) async throws(PostgresError) {
        guard !snapshot.collections.isEmpty else { return }
        do throws(PostgresError) {
            try await read(into: &snapshot, on: &connection)
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            snapshot.searchSources = SearchSources(statements: .refused(error.message))
        }
    }

    private func read(
        into snapshot: inout CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let facts = try await connection.read(
            [Postgres.Statement(PackageResources.workload_source_sql)],
            in: transaction
        )
        let access = try StatementAccess(try facts[0].one())
        guard let source = access.statistics else {
            snapshot.searchSources = SearchSources(statements: access.status)
            try await readActivity(into: &snapshot, on: &connection)
            return
        }
        let asked = [source.counts] + (source.hasBeginning ? [source.beginning] : [])
        let rows = try await connection.read(asked, in: transaction)
        var counts: [StatementKey: StatementCounts] = [:]
        for row in rows[0] {
            if let key = try StatementKey(row) { counts[key] = try StatementCounts(row) }
        }
        let beginning = try rows.dropFirst().first?.first?["since", as: Double?.self]

        var state = memory.current
        var tables = SearchedTables(snapshot)
        if state.isStale {
            try await refresh(&state, tables, versionNumber: snapshot.server.versionNumber, on: &connection)
        }
        tables.add(state.views, over: snapshot)
        await readExpressions(of: &snapshot, into: &state)
        // Statements that the server has dropped are forgotten, and those that it counts anew may have another text: it
        // takes names of columns that have changed for the same.
        let before = state.counts
        state.statements = state.statements.filter { key, _ in
            guard let count = counts[key], let before = before?[key] else { return false }
            return count.calls >= before.calls && count.since == before.since
        }
        state.counts = counts
        let new = Set(counts.keys.filter { state.statements[$0] == nil })
        let roles = try await roles(Set(counts.keys.map(\.roleOID)), on: &connection)
        var refusal: String?
        if !new.isEmpty {
            let known = state
            do throws(PostgresError) {
                try await readTexts(of: new, source, roles.known, tables, into: &state, on: &connection)
            } catch {
                // One text of another database that is not valid in this one's encoding, and the server shows none.
                guard error.code == .server, connection.isUsable else { throw error }
                refusal = error.message
                state = known
            }
        }
        let settings = SettingsInForce(
            database: snapshot.server.database,
            roles: roles.known,
            ofServer: roles.ofServer,
            statements: state.statements,
            counts: counts
        )
        let found = FoundSearches(
            state.statements,
            counts: counts,
            before: before,
            beginning: beginning,
            now: access.now,
            roles: roles.known,
            settings: settings,
            on: snapshot.server
        )
        found.add(to: &snapshot, tables, most: Self.mostSearches)
        snapshot.searchSources = SearchSources(
            statements: refusal.map { .refused($0) }
                ?? (access.isComplete ? .read(statements: counts.count, since: beginning) : access.status),
            notUnderstood: state.statements.values.count { !$0.isUnderstood },
            unread: refusal == nil ? counts.keys.count { state.statements[$0] == nil } : 0,
            notFound: state.statements.values.reduce(0) { $0 + $1.notFound }
        )
        memory.keep(state)
    }

    /// The roles, and the settings of the server that bear on searches.
    func roles(
        _ oids: Set<UInt32>,
        on connection: inout Connection
    ) async throws(PostgresError) -> (known: [UInt32: SearchingRole], ofServer: [String: String]) {
        let rows = try await connection.read(
            [
                Postgres.Statement(
                    PackageResources.searching_roles_sql,
                    [oids.sorted().map { Int64($0) }, SearchingRole.settings + ["search_path"]]
                ),
                Postgres.Statement(PackageResources.server_settings_sql, [SearchingRole.settings]),
            ],
            in: transaction
        )
        var ofServer: [String: String] = [:]
        for row in rows[1] { ofServer[try row["name", as: String.self]] = try row["setting", as: String.self] }
        return (try SearchingRole.roles(in: rows[0]), ofServer)
    }

    /// Reads again what names mean, and so every text.
    private func refresh(
        _ state: inout WorkloadMemory.State,
        _ tables: SearchedTables,
        versionNumber: Int,
        on connection: inout Connection
    ) async throws(PostgresError) {
        var fresh = state
        fresh.forgetNames()
        do throws(PostgresError) {
            try await readNames(into: &fresh, tables, versionNumber: versionNumber, on: &connection)
            fresh.refreshedAt = .now
            state = fresh
        } catch {
            // Somebody changes a table of a view or function. What is known of them stays until the next poll.
            guard error.sqlState == .lockNotAvailable, connection.isUsable else { throw error }
        }
    }

    /// Reads the functions that search, and the views over the tables.
    private func readNames(
        into state: inout WorkloadMemory.State,
        _ tables: SearchedTables,
        versionNumber: Int,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let named = try await connection.read(
            [
                Postgres.Statement(PackageResources.searching_functions_sql, [StatementStatistics.distances]),
                Postgres.Statement(PackageResources.views_sql, [tables.oids.map { Int64($0) }]),
            ],
            in: transaction
        )
        var views: [UInt32: SearchedTables.Name] = [:]
        for row in named[1] {
            views[try row.oid("oid")] = SearchedTables.Name(
                schema: try row["schema", as: String.self],
                table: try row["name", as: String.self]
            )
        }
        var parsed: [Int64] = []
        for row in named[0] where try row["body", as: String.self].isEmpty { parsed.append(Int64(try row.oid("oid"))) }
        var more: [Postgres.Statement] = []
        let hasBodies = versionNumber >= 140_000 && !parsed.isEmpty
        if hasBodies {
            more.append(Postgres.Statement(PackageResources.standard_bodies_sql, [parsed, StatementReader.longest]))
        }
        if !views.isEmpty {
            let oids = views.keys.sorted().map { Int64($0) }
            more.append(Postgres.Statement(PackageResources.view_texts_sql, [oids, StatementReader.longest]))
        }
        let texts = more.isEmpty ? [] : try await connection.read(more, in: transaction)
        var bodies: [UInt32: String] = [:]
        if hasBodies {
            for row in texts[0] { bodies[try row.oid("oid")] = try row["body", as: String?.self] }
        }
        for row in named[0] {
            var function = try SearchingFunction(row)
            guard let body = try function.body(in: row, parsed: bodies[try row.oid("oid")]) else { continue }
            let statements = await grammar.read(body).statements
            function.searches = statements.flatMap { ReadSearch.searches(of: $0) }
            guard !function.searches.isEmpty else { continue }
            // What the body sets holds over what the function starts with.
            for setting in statements.flatMap(\.settings) where SearchingRole.settings.contains(setting.name) {
                if let value = setting.value.text { function.settings[setting.name] = value }
            }
            state.functions.append(function)
        }
        if !views.isEmpty, let rows = texts.last {
            for row in rows {
                let oid = try row.oid("oid")
                guard let text = try row["text", as: String?.self], let name = views[oid],
                    let statement = await grammar.read(text).statements.first
                else { continue }
                state.views[oid] = SearchedTables.View(name: name, statement)
            }
        }
    }

    /// Says of each index on an expression what a search must compare.
    func readExpressions(of snapshot: inout CatalogSnapshot, into state: inout WorkloadMemory.State) async {
        var texts: Set<String> = []
        for collection in snapshot.collections {
            for relation in collection.relations {
                for index in relation.indexes {
                    if let text = index.expression, !text.isEmpty { texts.insert(text) }
                }
            }
        }
        for text in texts where state.expressions[text] == nil {
            state.expressions[text] = await grammar.readExpression(text).map { SearchedExpression($0) } ?? .other(text)
        }
        guard !texts.isEmpty else { return }
        let known = state.expressions
        snapshot.updateIndexes { index, _ in index.searchedExpression = index.expression.flatMap { known[$0] } }
    }

    /// Fetches the texts of statements, reads them, and finds what their names mean.
    private func readTexts(
        of new: Set<StatementKey>,
        _ source: StatementStatistics,
        _ roles: [UInt32: SearchingRole],
        _ tables: SearchedTables,
        into state: inout WorkloadMemory.State,
        on connection: inout Connection
    ) async throws(PostgresError) {
        for key in new { state.statements[key] = ReadStatement() }
        var texts: [StatementKey: String] = [:]
        var bytes = 0
        var tooLong: [StatementKey] = []
        var unread: [StatementKey] = []
        let queryIDs = Set(new.map(\.queryID)).sorted()
        try await connection.read([source.texts(of: queryIDs, naming: state.names)], in: transaction) {
            (_, rows) throws(PostgresError) in
            for row in rows {
                guard let key = try StatementKey(row), new.contains(key) else { continue }
                guard let text = try row["text", as: String?.self] else {
                    tooLong.append(key)
                    continue
                }
                bytes += text.utf8.count
                if bytes <= Self.mostBytes { texts[key] = text } else { unread.append(key) }
            }
        }
        for key in tooLong { state.statements[key]?.isUnderstood = false }
        var lookup = StatementLookup(functions: state.functions)
        let end = ContinuousClock.now + Self.patience
        for (key, text) in texts {
            guard .now < end else {
                unread.append(key)
                continue
            }
            let schemas = (roles[key.roleOID] ?? SearchingRole(name: "")).schemas()
            switch await grammar.read(text) {
            case .understood(let statements): lookup.add(statements, of: key, schemas: schemas)
            case .notUnderstood: state.statements[key]?.isUnderstood = false
            }
        }
        if !lookup.names.wanted.isEmpty {
            try lookup.names.take(try await connection.read([lookup.names.statement], in: transaction)[0])
        }
        for (key, statement) in lookup.found(in: tables) { state.statements[key] = statement }
        // The next poll finds them new again.
        for key in unread { state.statements[key] = nil }
    }
}
