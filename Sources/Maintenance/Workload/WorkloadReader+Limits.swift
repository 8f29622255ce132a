internal import Advisor
internal import Grammar
internal import Postgres

extension WorkloadReader {
    /// The most searches whose LIMITs are remembered, and the most LIMITs of each.
    private static let mostLimited = 1_000
    private static let mostLimits = 5

    /// Notes the LIMITs in texts that sessions show with their constants, where pg_stat_statements has a parameter in their place.
    ///
    /// The server says which of the counted statements a text is, or else the text searches alike.
    func readLimits(
        _ answer: WorkloadAnswer,
        _ tables: SearchedTables,
        into state: inout WorkloadMemory.State,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let known = state.runningTexts
        state.runningTexts = []
        let tablesNow = tables.oids.hashValue
        var lookup = StatementLookup(functions: [])
        for (position, text) in answer.running.enumerated() {
            let fingerprint = text.fingerprint(among: tablesNow)
            if known.contains(fingerprint) {
                state.runningTexts.insert(fingerprint)
                continue
            }
            if let queryID = text.queryID {
                // A statement is counted once it has ended, and then its text is read.
                let key = StatementKey(roleOID: text.roleOID, queryID: queryID, isTopLevel: true)
                guard let counted = state.statements[key] else { continue }
                state.runningTexts.insert(fingerprint)
                guard !counted.searches.isEmpty else { continue }
                // Of several statements in one text the number is that of the last.
                guard let statement = await grammar.read(text.text, isCut: text.isCut).statements.last else { continue }
                for search in ReadSearch.searches(of: statement) {
                    let alike = counted.searches.filter { $0.shape.isAsked(by: search.shape) }
                    if alike.count == 1 { state.note(search.shape.limit, of: alike[0], roleOID: text.roleOID) }
                }
            } else if state.runningTexts.insert(fingerprint).inserted {
                let key = StatementKey(roleOID: text.roleOID, queryID: Int64(position), isTopLevel: true)
                let schemas = (answer.roles[text.roleOID] ?? SearchingRole(name: "")).schemas()
                lookup.add(await grammar.read(text.text, isCut: text.isCut).statements, of: key, schemas: schemas)
            }
        }
        guard !lookup.names.wanted.isEmpty else { return }
        try lookup.names.take(try await connection.read([lookup.names.statement], in: transaction)[0])
        for (key, statement) in lookup.found(in: tables) {
            for var search in statement.searches {
                let limit = search.shape.limit
                search.shape.limit = .some
                state.note(limit, of: search, roleOID: key.roleOID)
            }
        }
    }

    /// Whether there is room for one more.
    fileprivate static func hasRoom(for limits: Set<Int>?, among all: Int) -> Bool {
        limits.map { $0.count < mostLimits } ?? (all < mostLimited)
    }
}

extension WorkloadMemory.State {
    /// Forgets the LIMITs of searches that are not counted any more, as those of a table that was dropped: they take the room of
    /// others.
    mutating func forgetUncountedLimits() {
        guard !limits.isEmpty else { return }
        var counted: Set<RunningSearch> = []
        for (key, statement) in statements {
            for search in statement.searches { counted.insert(RunningSearch(roleOID: key.roleOID, search: search)) }
        }
        limits = limits.filter { counted.contains($0.key) }
    }

    /// Notes a LIMIT of a search that is counted without its number.
    fileprivate mutating func note(_ limit: RowsAsked, of search: FoundSearch, roleOID: UInt32) {
        guard case .rows(let rows) = limit, rows > 0 else { return }
        let place = RunningSearch(roleOID: roleOID, search: search)
        guard WorkloadReader.hasRoom(for: limits[place], among: limits.count) else { return }
        limits[place, default: []].insert(rows)
    }
}

extension SearchShape {
    /// Whether a search of this shape, without the number of its LIMIT, is that of a text; conditions are not compared, because only
    /// names that were looked up tell whose they are.
    fileprivate func isAsked(by other: SearchShape) -> Bool {
        limit == .some && kind == other.kind && distanceMetric == other.distanceMetric && searched == other.searched
            && obstacles == other.obstacles && isWithinDistance == other.isWithinDistance
    }
}
