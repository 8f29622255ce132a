internal import Advisor
internal import Postgres

/// Indexes whose lists are set before a REINDEX, which builds what the catalog says, and set back if it does not finish:
/// until then the catalog does not match the index.
///
/// The former lists are recorded in the transaction that sets new ones, and separately from the job. So they are set back
/// however the job ends: by a failure, a cancellation, the end of the program or the server, or a deleted job.
enum AlteredIndexes {
    /// The longest wait for a lock that others would wait behind.
    private static let patience: Statement = "SET LOCAL lock_timeout = '1s'"

    /// The statements of a transaction that set the lists of an index.
    static func setting(_ lists: Int, of index: QualifiedName, _ identity: IndexIdentity, for job: Int64) -> [Statement]
    {
        [
            Statement(
                PackageResources.altered_index_note_sql,
                [Int64(identity.oid), Int64(identity.relfilenode), job, lists]
            ),
            Statement(JobStatements.settingLists(of: index, to: lists)),
        ]
    }

    /// Sets back lists that no REINDEX will use, and forgets those that one has used.
    ///
    /// - Parameters:
    ///   - job: The job; `nil` for all jobs that no session is running.
    ///   - transaction: The settings for reading the recorded alterations.
    ///   - connection: An open connection, without a transaction.
    /// - Returns: One error for each index that could not be set back; the next poll retries.
    /// - Throws: When the server refuses to list them, or the connection is lost.
    static func settle(
        of job: Int64? = nil,
        in transaction: ReadOnlyTransaction = ReadOnlyTransaction(statementTimeout: .seconds(30)),
        on connection: inout Connection
    ) async throws(PostgresError) -> [PostgresError] {
        var failures: [PostgresError] = []
        let open = Statement(PackageResources.altered_index_open_sql, [job])
        for row in try await connection.read([open], in: transaction)[0] {
            let alteration = try Alteration(row)
            do throws(PostgresError) {
                try await alteration.settle(on: &connection)
            } catch {
                guard error.code == .server, connection.isUsable else { throw error }
                if connection.isInTransaction { _ = try await connection.query("ROLLBACK") }
                failures.append(alteration.failure(error))
            }
        }
        return failures
    }

    /// One altered index.
    private struct Alteration {
        var identity: IndexIdentity
        var formerLists: String?
        var lists: Int
        var schema: String?
        var name: String?
        var isToBeUndone: Bool

        init(_ row: Row) throws(PostgresError) {
            identity = IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
            formerLists = try row["former_lists", as: String?.self]
            lists = try row["lists", as: Int.self]
            schema = try row["schema", as: String?.self]
            name = try row["name", as: String?.self]
            isToBeUndone = try row["is_to_be_undone", as: Bool.self]
        }

        func settle(on connection: inout Connection) async throws(PostgresError) {
            guard isToBeUndone, let schema, let name else {
                _ = try await connection.queue(forgetting(nil, nil))
                return
            }
            let index = Identifier.qualified(schema, name)
            let undoing =
                formerLists.map { "ALTER INDEX \(index) SET (lists = \(Literal($0)))" }
                ?? "ALTER INDEX \(index) RESET (lists)"
            let begin: Statement = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED"
            _ = try await connection.query(begin)
            let results = try await connection.queue([patience, Statement(undoing), forgetting(schema, name)])
            // Somebody may have reindexed it, and so used the lists, before this session got the lock.
            let hasMetIt = (results.last?.affectedRows ?? 0) > 0
            _ = try await connection.query(hasMetIt ? "COMMIT" : "ROLLBACK")
        }

        private func forgetting(_ schema: String?, _ name: String?) -> Statement {
            Statement(
                PackageResources.altered_index_settle_sql,
                [Int64(identity.oid), Int64(identity.relfilenode), schema, name]
            )
        }

        func failure(_ error: PostgresError) -> PostgresError {
            let index = Identifier.qualified(schema ?? "", name ?? "")
            var failure = error
            failure.message =
                "index \(index) was not reindexed, and its lists could not be set back from \(lists) to "
                + "\(formerLists ?? "the default"): \(error.message)"
            failure.hint =
                "Until they are, the catalog shows other lists than the index has. vecsteward retries with each poll; the "
                + "owner can run ALTER INDEX \(index) \(formerLists.map { "SET (lists = \($0))" } ?? "RESET (lists)");"
            return failure
        }
    }
}
