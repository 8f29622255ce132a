package import Advisor
internal import Grammar
package import Postgres

/// Reads how the collections of a database are searched.
///
/// It never plans or runs a text that it reads.
package struct WorkloadReader {
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

    /// Creates a reader that has read nothing yet.
    ///
    /// - Parameter statementTimeout: The longest time of a statement.
    package init(statementTimeout: Duration) {
        self.init(transaction: ReadOnlyTransaction(statementTimeout: statementTimeout), memory: WorkloadMemory())
    }

    /// Adds the searches; takes one round trip where nothing is new since the last time.
    ///
    /// - Throws: If the connection is lost. If the server refuses, ``CatalogSnapshot/searchSources`` says so.
    package func complete(
        _ snapshot: inout CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) {
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
        var state = memory.current
        let roles = state.roles.union(state.running.keys.map(\.roleOID))
        let answer = try await answer(to: WorkloadQuestion(source: state.source, roles: roles), on: &connection)
        if state.source != answer.source {
            state.forgetNames()
            state.source = answer.source
        }
        state.roles = answer.searchingRoles
        if case .statements(let statistics) = answer.source {
            try await readStatements(answer, statistics, into: &snapshot, &state, on: &connection)
        } else {
            snapshot.searchSources = SearchSources(statements: answer.access.status)
            try await readActivity(answer, into: &snapshot, &state, on: &connection)
        }
        memory.keep(state)
    }

    /// Asks in one round trip, and in more where another source than before or another role has turned up.
    private func answer(
        to first: WorkloadQuestion,
        on connection: inout Connection
    ) async throws(PostgresError) -> WorkloadAnswer {
        var question = first
        var answer: WorkloadAnswer
        do throws(PostgresError) {
            answer = try await ask(question, on: &connection)
        } catch {
            // The extension has gone, is another one, or is no longer for this role.
            guard case .statements = question.source, error.code == .server, error.sqlState != .queryCanceled,
                connection.isUsable
            else { throw error }
            question.source = .unknown
            answer = try await ask(question, on: &connection)
        }
        if answer.access.source != answer.source {
            question.source = answer.access.source
            answer = try await ask(question, on: &connection)
        }
        let others = answer.searchingRoles.subtracting(question.roles)
        if !others.isEmpty {
            let rows = try await connection.read([SearchingRole.statement(for: others)], in: transaction)[0]
            try SearchingRole.read(rows, into: &answer.roles)
        }
        return answer
    }

    private func ask(
        _ question: WorkloadQuestion,
        on connection: inout Connection
    ) async throws(PostgresError) -> WorkloadAnswer {
        var answer = WorkloadAnswer(to: question)
        try await connection.read(question.statements, in: transaction) { (position, rows) throws(PostgresError) in
            try answer.add(rows, of: position)
        }
        return answer
    }

    /// Adds the searches in pg_stat_statements.
    private func readStatements(
        _ answer: WorkloadAnswer,
        _ statistics: StatementStatistics,
        into snapshot: inout CatalogSnapshot,
        _ state: inout WorkloadMemory.State,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let counts = answer.counts
        var tables = SearchedTables(snapshot)
        let isRefreshed = state.isStale
        if isRefreshed {
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
        var refusal: String?
        if !new.isEmpty {
            let known = state
            do throws(PostgresError) {
                try await readTexts(of: new, statistics, answer.roles, tables, into: &state, on: &connection)
            } catch {
                // One text of another database that is not valid in this one's encoding, and the server shows none.
                guard error.code == .server, connection.isUsable else { throw error }
                refusal = error.message
                state = known
            }
        }
        if isRefreshed, refusal == nil { state.forgetUncountedLimits() }
        try await readLimits(answer, tables, into: &state, on: &connection)
        let settings = SettingsInForce(
            database: snapshot.server.database,
            roles: answer.roles,
            ofServer: answer.serverSettings,
            statements: state.statements,
            counts: counts,
            in: tables,
            countsSets: answer.access.countsSets
        )
        let found = FoundSearches(
            state.statements,
            counts: counts,
            before: before,
            limits: state.limits,
            beginning: answer.beginning,
            now: answer.access.now,
            roles: answer.roles,
            settings: settings,
            on: snapshot.server
        )
        found.add(to: &snapshot, tables, most: Self.mostSearches)
        snapshot.roleSettings = settings.ofRoles(answer.searchingRoles)
        snapshot.searchSources = SearchSources(
            statements: refusal.map { .refused($0) }
                ?? (answer.access.isComplete
                    ? .read(statements: counts.count, since: answer.beginning) : answer.access.status),
            notUnderstood: state.statements.values.count { !$0.isUnderstood },
            unread: refusal == nil ? counts.keys.count { state.statements[$0] == nil } : 0,
            notFound: state.statements.values.reduce(0) { $0 + $1.notFound }
        )
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
        let fetching = [source.check, source.texts(of: queryIDs, naming: state.names)]
        try await connection.read(fetching, in: transaction) { (position, rows) throws(PostgresError) in
            for row in rows where position == 1 {
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
