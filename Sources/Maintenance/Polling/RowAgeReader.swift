internal import Advisor
internal import Postgres
internal import Synchronization

/// Checks whether the rows of a table are all younger than its index, if nothing else shows what the index was built
/// on.
///
/// It reads some pages of some tables, in a transaction that cannot write and never waits for a lock. Planning a query
/// over a table runs code that its owner has attached to it, so this happens only if there is no such code
/// (``ForeignCode``).
struct RowAgeReader {
    private let transaction: ReadOnlyTransaction
    private let answers: RowAgeAnswers

    /// The most tables per poll.
    private static let mostTables = 32
    /// How long one poll keeps reading tables.
    private static let patience = Duration.seconds(2)

    init(statementTimeout: Duration, answers: RowAgeAnswers) {
        // Sessions that wait behind the lock must not wait long.
        transaction = ReadOnlyTransaction(
            statementTimeout: min(statementTimeout, .milliseconds(500)),
            lockTimeout: .milliseconds(20),
            isRepeatable: false
        )
        self.answers = answers
    }

    /// Adds what the rows show.
    ///
    /// - Throws: If the connection is lost or the task cancelled. If the server rejects a statement, the index stays
    ///   unknown.
    func complete(_ snapshot: inout CatalogSnapshot, on connection: inout Connection) async throws(PostgresError) {
        var known: [IndexIdentity: RowAges] = [:]
        var unasked: [IndexIdentity] = []
        for index in snapshot.indexesToDate {
            if let answer = answers.answer(for: index) { known[index] = answer.ages } else { unasked.append(index) }
        }
        let end = ContinuousClock.now + Self.patience
        for question in try await questions(unasked, on: &connection) {
            guard ContinuousClock.now < end else { break }
            do throws(PostgresError) {
                let ages = try await ask(question, on: &connection)
                answers.remember(ages, for: [question.index])
                known[question.index] = ages
            } catch {
                guard error.code == .server, connection.isUsable else { throw error }
                // A lock may be gone the next time; any other reason stays.
                if error.sqlState != .lockNotAvailable { answers.remember(nil, for: [question.index]) }
            }
        }
        snapshot.add(known)
    }

    /// The tables to read; there are few.
    private func questions(
        _ indexes: [IndexIdentity],
        on connection: inout Connection
    ) async throws(PostgresError) -> [RowAgeQuestion] {
        guard !indexes.isEmpty else { return [] }
        var files: [UInt32: IndexIdentity] = [:]
        for index in indexes { files[index.oid] = index }
        let statement = Statement(
            PackageResources.row_ages_tables_sql,
            [indexes.map { Int64($0.oid) }, Self.mostTables]
        )
        do throws(PostgresError) {
            let rows = try await connection.read([statement], in: transaction)[0]
            var questions: [RowAgeQuestion] = []
            for row in rows {
                guard let index = files.removeValue(forKey: try row.oid("oid")), try row["is_free", as: Bool.self]
                else { continue }
                questions.append(try RowAgeQuestion(row, of: index))
            }
            // The others cannot be read, unless there was no room for them.
            if rows.count < Self.mostTables { answers.remember(nil, for: files.values) }
            return questions
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            return []
        }
    }

    /// Reads one table, on a connection without an open transaction.
    ///
    /// - Returns: What the rows show; `nil` if they show nothing or may not be read.
    /// - Throws: If the server rejects a statement or the connection is lost.
    func ask(
        _ question: RowAgeQuestion,
        on connection: inout Connection
    ) async throws(PostgresError) -> RowAges? {
        let checked = try await connection.pipeline(opening + question.checks, timeout: transaction.patience)
        guard let birth = checked[checked.count - 2].first, try birth["is_bound", as: Bool.self],
            try ForeignCode.names(checked[checked.count - 1]).isEmpty
        else {
            _ = try await connection.pipeline(question.end, timeout: transaction.patience)
            return nil
        }
        let statements = question.sample(youngerThan: try birth["xid", as: Int64.self])
        do throws(PostgresError) {
            let results = try await connection.pipeline(statements + question.end, timeout: transaction.patience)
            let row = try results[statements.count - 1].one()
            return RowAges(
                sampled: try row["sampled", as: Int64.self],
                notYounger: try row["not_younger", as: Int64.self],
                isFirst: try birth["is_first", as: Bool.self]
            )
        } catch {
            // A pooler lends the session to others, who must not find anything of this.
            if error.code == .server, connection.isUsable {
                _ = try await connection.pipeline([RowAgeQuestion.undo] + question.end, timeout: transaction.patience)
            }
            throw error
        }
    }

    /// The start of a read-only transaction; each statement has its own snapshot.
    var opening: [Statement] { transaction.opening }
}

/// A table whose rows are read for an index.
struct RowAgeQuestion {
    let index: IndexIdentity
    private let tableOID: Int64
    private let table: QualifiedName
    /// A name that no other session of a pooler has prepared.
    private let name = "vecsteward_row_ages_\(UInt64.random(in: 0 ... .max))"

    /// Pages at the beginning of the table, where the oldest rows are, and pages at equal distances over all of it.
    private static let pages = (first: 32, spread: 64)
    /// The most rows per page.
    private static let rowsOfPage = 100

    static let undo: Statement = "ROLLBACK TO SAVEPOINT vecsteward_row_ages"

    /// Reads a row of `row_ages_tables.sql`.
    init(_ row: Row, of index: IndexIdentity) throws(PostgresError) {
        self.index = index
        tableOID = try row["table_oid", as: Int64.self]
        table = Identifier.qualified(try row["schema", as: String.self], try row["table", as: String.self])
    }

    /// Makes sure that planning runs no code of others, now and later; ends with `row_ages_birth.sql` and
    /// `foreign_code.sql`.
    var checks: [Statement] {
        [
            "LOCK TABLE ONLY \(table) IN SHARE UPDATE EXCLUSIVE MODE NOWAIT",
            prepare,
            Statement(PackageResources.row_ages_birth_sql, [Int64(index.oid), Int64(index.relfilenode)]),
            ForeignCode.statement(table: tableOID),
        ]
    }

    /// The query, parsed but not yet planned.
    ///
    /// A name can mean another table when the query runs, as after a rename of schemas, which nobody can lock. The row
    /// type belongs to one table only, so PostgreSQL refuses to plan the query for another one: "cached plan must not
    /// change result type". The column is always null and costs nothing.
    ///
    /// The rows are listed one by one, because PostgreSQL 13 has no TID range scans.
    private var prepare: Statement {
        """
        PREPARE \(unescaped: name) (int8, oid) AS
        SELECT
            count(*) AS sampled,
            count(*) FILTER (
                WHERE seen.xmin::text::int8 < 3
                    OR mod((SELECT txid_snapshot_xmax(txid_current_snapshot())) - seen.xmin::text::int8, 4294967296)
                        >= mod((SELECT txid_snapshot_xmax(txid_current_snapshot())) - $1, 4294967296)
            ) AS not_younger,
            array_agg(CASE WHEN FALSE THEN seen.* END) FILTER (WHERE FALSE) AS type_of_table
        FROM ONLY \(table) AS seen
        WHERE seen.ctid = ANY (
            ARRAY(
                SELECT format('(%s,%s)', page.number, item.number)::tid
                FROM (
                    SELECT generate_series(0, \(unescaped: "\(Self.pages.first - 1)"))
                    UNION
                    SELECT
                        part.number * (
                            SELECT pg_relation_size($2::regclass) / current_setting('block_size')::int8
                        ) / \(unescaped: "\(Self.pages.spread)")
                    FROM generate_series(0, \(unescaped: "\(Self.pages.spread - 1)")) AS part (number)
                ) AS page (number)
                CROSS JOIN generate_series(1, \(unescaped: "\(Self.rowsOfPage)")) AS item (number)
            )
        )
        """
    }

    /// Reads the rows; the last statement returns the answer.
    func sample(youngerThan xid: Int64) -> [Statement] {
        [
            // As in a planner check, no CHECK constraint is planned. Only the listed pages are read.
            """
            SELECT
                pg_catalog.set_config('constraint_exclusion', 'off', TRUE),
                pg_catalog.set_config('enable_seqscan', 'off', TRUE)
            """,
            "SAVEPOINT vecsteward_row_ages",
            "EXECUTE \(unescaped: name) (\(unescaped: "\(xid), \(tableOID)"))",
        ]
    }

    /// Leaves nothing behind.
    var end: [Statement] { ["DEALLOCATE \(unescaped: name)", "ROLLBACK"] }
}

/// The answers of tables, which are not read again for an hour.
final class RowAgeAnswers: Sendable {
    struct Answer {
        /// What the rows show; `nil` if they show nothing.
        var ages: RowAges?
        fileprivate var end: ContinuousClock.Instant
    }

    private let answers = Mutex<[IndexIdentity: Answer]>([:])
    private static let pause = Duration.seconds(3_600)

    /// The recent answer; `nil` if there is none.
    func answer(for index: IndexIdentity) -> Answer? {
        answers.withLock { answers in
            guard let answer = answers[index], answer.end > .now else { return nil }
            return answer
        }
    }

    /// Stores an answer, possibly for thousands of indexes, and removes old ones.
    func remember(_ ages: RowAges?, for indexes: some Sequence<IndexIdentity> & Sendable) {
        answers.withLock { answers in
            answers = answers.filter { $0.value.end > .now }
            for index in indexes { answers[index] = Answer(ages: ages, end: .now + Self.pause) }
        }
    }
}
