internal import Advisor
internal import Postgres

/// Checks whether tables have as many rows as jobs need, before a job depends on an estimate.
///
/// It does not count rows: a query over a table runs code that its owner has attached to it, with the rights of the
/// querying role. The server's own ANALYZE runs such code with the rights of the owner.
struct RowConfirmation {
    /// How to read statistics.
    let transaction: ReadOnlyTransaction
    /// The source of a session for ANALYZE.
    ///
    /// The session is closed afterwards, because an owner's code may leave something in it.
    let connections: ConnectionPool
    /// Tables whose ANALYZE failed.
    let setbacks: AnalyzeSetbacks

    /// Confirms what the statistics settle, and has the server analyze the other tables if that is allowed.
    ///
    /// - Parameters:
    ///   - confirmations: What to confirm.
    ///   - snapshot: Receives the results.
    ///   - isAnalyzing: Whether changes are allowed; ANALYZE makes some.
    ///   - connection: An open connection; only catalogs are read on it.
    /// - Throws: If a connection is lost. Other errors of the server are reported for the table.
    func confirm(
        _ confirmations: [Confirmation],
        in snapshot: inout CatalogSnapshot,
        isAnalyzing: Bool,
        on connection: inout Connection
    ) async throws(PostgresError) {
        guard !confirmations.isEmpty else { return }
        let facts = try await connection.read([Self.statement(confirmations)], in: transaction)[0]
        var unsettled: [(Confirmation, Facts)] = []
        let found = try Self.facts(facts)
        for confirmation in confirmations {
            guard let facts = found[confirmation.relationOID], facts.isAbout(confirmation) else {
                snapshot.apply(confirmation, .tableIsGone)
                continue
            }
            if let analysis = facts.analysis, analysis.settles(confirmation.needed) {
                snapshot.apply(confirmation, .analyzed(analysis))
            } else if !facts.indexes.isSubset(of: snapshot.indexes(of: confirmation.relationOID)) {
                // Of which is not recorded yet what it was built on; ANALYZE takes that away.
                snapshot.apply(confirmation, .impossible("an index is newer than this poll; the next poll asks again"))
            } else if isAnalyzing {
                unsettled.append((confirmation, facts))
            }
        }
        try await analyze(unsettled, in: &snapshot)
    }

    private func analyze(
        _ unsettled: [(Confirmation, Facts)],
        in snapshot: inout CatalogSnapshot
    ) async throws(PostgresError) {
        var session: Connection?
        let end = ContinuousClock.now + transaction.statementTimeout
        for (confirmation, facts) in unsettled {
            // The estimate stands meanwhile; the queue accepts the same work only once.
            if confirmation.isQueued, setbacks.isFresh(confirmation.relationOID) { continue }
            let outcome: ConfirmationOutcome
            if let blocker = facts.blocker ?? setbacks.blocker(for: confirmation.relationOID) {
                outcome = .impossible(blocker)
            } else if ContinuousClock.now >= end {
                outcome = .impossible(
                    "ANALYZE of other tables used up the time; the next poll continues with this one"
                )
            } else {
                var own: Connection
                if let open = session.take() { own = open } else { own = try await connections.open() }
                outcome = try await analyze(confirmation, before: facts, on: &own)
                if case .analyzed = outcome { setbacks.rememberSuccess(for: confirmation.relationOID) }
                if own.isUsable, !own.isInTransaction { session = consume own }
            }
            snapshot.apply(confirmation, outcome)
        }
    }

    private func analyze(
        _ confirmation: Confirmation,
        before: Facts,
        on session: inout Connection
    ) async throws(PostgresError) -> ConfirmationOutcome {
        _ = session.takeNotices()
        let table = Identifier.qualified(confirmation.schema, confirmation.table)
        let opening = transaction.opening("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE")
        // A table that is locked is skipped at once: a session that waits behind a build would abort the build.
        let statements: [Statement] = ["ANALYZE (SKIP_LOCKED) \(table)", Self.statement([confirmation]), "COMMIT"]
        do throws(PostgresError) {
            let results = try await session.pipeline(
                opening + statements,
                timeout: transaction.patience
            )
            guard let after = try Self.facts(results[results.count - 2])[confirmation.relationOID],
                after.isAbout(confirmation)
            else { return .tableIsGone }
            if session.takeNotices().contains(where: { $0.sqlState == .lockNotAvailable }) {
                return .impossible("the table is locked, as by a build or a VACUUM; the next poll tries again")
            }
            guard after.analyzeCount > before.analyzeCount, let analysis = after.analysis else {
                return .impossible("the server has not analyzed the table; run ANALYZE VERBOSE to see why")
            }
            guard analysis.isComplete else {
                return .impossible(
                    "the role cannot see what share of the rows has a vector; to fix this, GRANT SELECT on the column, or "
                        + "BYPASSRLS if the table has row security"
                )
            }
            return .analyzed(analysis)
        } catch {
            switch error.sqlState {
            case .undefinedTable?, .undefinedSchema?, .undefinedColumn?: return .tableIsGone
            case .lockNotAvailable?: return .impossible("the table is locked; the next poll tries again")
            case .queryCanceled? where error.code != .cancelled:
                let blocker =
                    "ANALYZE takes longer than statementTimeout; raise it, or run ANALYZE by hand"
                setbacks.remember(blocker, for: confirmation.relationOID)
                return .impossible(blocker)
            default:
                guard error.code == .server else { throw error }
                setbacks.remember("ANALYZE failed: \(error.message)", for: confirmation.relationOID)
                return .impossible("ANALYZE failed: \(error.message)")
            }
        }
    }

    private static func statement(_ confirmations: [Confirmation]) -> Statement {
        let oids = confirmations.map { Int64($0.relationOID) }
        return Statement(PackageResources.row_statistics_sql, [oids, confirmations.map(\.collection.column)])
    }

    private static func facts(_ rows: Rows) throws(PostgresError) -> [UInt32: Facts] {
        var found: [UInt32: Facts] = [:]
        for row in rows { found[try row.oid("oid")] = try Facts(row) }
        return found
    }
}

/// A row of `row_statistics.sql`.
private struct Facts {
    private var schema: String
    private var table: String
    var analyzeCount: Int64
    /// The last ANALYZE; `nil` if the counters do not reach back to one.
    var analysis: TableAnalysis?
    /// Why the role cannot have the table analyzed.
    var blocker: String?
    /// The vector indexes of the table.
    var indexes: Set<UInt32>

    init(_ row: Row) throws(PostgresError) {
        schema = try row["schema", as: String.self]
        table = try row["table", as: String.self]
        analyzeCount = try row["analyze_count", as: Int64.self]
        indexes = Set(try row["indexes", as: [Int64].self].map { UInt32(truncatingIfNeeded: $0) })
        let reltuples = try row["reltuples", as: Double.self]
        if analyzeCount > 0, reltuples >= 0 {
            analysis = TableAnalysis(
                rows: reltuples,
                pages: try row["relpages", as: Int64.self],
                modified: try row["modified_since_analyze", as: Int64.self],
                nullFraction: try row["null_fraction", as: Double?.self]
            )
        }
        if try !row["can_analyze", as: Bool.self] {
            let other = try row["has_maintain", as: Bool.self] ? ", or GRANT MAINTAIN," : ""
            blocker = "the role may not ANALYZE the table; to fix this, make it a member of its owner\(other)"
        } else if try !row["is_counted", as: Bool.self] {
            blocker = "track_counts is off, so the age of the statistics is unknown; turn it on"
        }
    }

    /// Whether the table still has its name.
    func isAbout(_ confirmation: Confirmation) -> Bool {
        schema == confirmation.schema && table == confirmation.table
    }
}

extension CatalogSnapshot {
    /// The vector indexes of a table that the poll has seen.
    fileprivate func indexes(of table: UInt32) -> Set<UInt32> {
        for relation in collections.lazy.flatMap(\.relations) where relation.oid == table {
            return Set(relation.indexes.map(\.oid))
        }
        return []
    }
}
