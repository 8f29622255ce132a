internal import Advisor
internal import Postgres
internal import Recall

/// Runs the statement that the configuration gives, and takes the query vectors that it returns.
///
/// To run a SELECT is to run what the owners of its tables, views and functions have hung on them, with the rights of the session. A
/// role that SET ROLE takes can be given back by that code, so the statement runs in a session that has logged in as the role
/// of the connection, and a role with rights that such code must not get is refused. The session is in no pool: what
/// the code leaves in it ends with it. Of an error only what cannot hold a value of the tables is passed on.
struct ConfiguredQueryReader {
    let queries: ConfiguredQueries
    /// The role of vecsteward.
    let ownRole: String
    /// The type of the column, and its dimensions; `nil` if only the rows know.
    let type: VectorType
    let dimensions: Int?
    /// The longest time of a statement, and twice that for all of them.
    let timeout: Duration

    /// How many rows are read, from the first on.
    static let mostRows = 1_000
    /// How many rows come at a time: a vector has at most 16,000 numbers, some 200 kB of text.
    private static let portion = 50
    private static let connectTimeout = Duration.seconds(10)

    /// Reads the vectors.
    ///
    /// - Returns: The vectors of the first rows, without NULLs, or why there are none.
    /// - Throws: When the task is cancelled.
    func read() async throws(PostgresError) -> Result<[StoredVector], RecallRefusal> {
        if let mistake = ConfiguredQueries.mistake(in: queries.sql) {
            return .failure(refusal("the statement \(mistake.found)", hint: mistake.hint))
        }
        do throws(PostgresError) {
            let target = try ConnectionTarget(parsing: queries.connection)
            // Of a pool of its own, which pins the settings of a session before anything else, and never gets it back.
            let connections = ConnectionPool(
                target,
                timeout: Self.connectTimeout,
                applicationName: "vecsteward queries"
            )
            var session = try await connections.open()
            // Its end ends the transaction, whatever has run in it.
            let vectors = try await read(on: &session)
            session.close()
            return vectors
        } catch {
            if error.code == .cancelled { throw error }
            return .failure(refusal(of: error))
        }
    }

    private func read(
        on session: inout Connection
    ) async throws(PostgresError) -> Result<[StoredVector], RecallRefusal> {
        let end = ContinuousClock.now + timeout * 2
        let opening = try await session.pipeline(
            [
                "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY", SessionSettings.forTransaction,
                """
                SELECT
                    pg_catalog.set_config('statement_timeout', \(timeout.setting), TRUE),
                    pg_catalog.set_config('lock_timeout', '500ms', TRUE)
                """,
                Statement(PackageResources.query_role_sql, [ownRole]),
            ],
            timeout: timeout
        )
        if let row = opening[3].first {
            let name = Identifier(try row["name", as: String.self])
            let reason = try row["reason", as: String.self]
            return .failure(
                refusal(
                    "the role of the connection \(try row["is_own", as: Bool.self] ? "" : "is a member of \(name), which ")"
                        + reason,
                    hint:
                        "What the owners of its tables hang on them runs with its rights. Connect as a role that may read "
                        + "these tables and no more, such as that of the application."
                )
            )
        }
        let declaring = "DECLARE vecsteward_queries NO SCROLL CURSOR WITHOUT HOLD FOR \(queries.sql)"
        let none = try await session.pipeline(
            [Statement(declaring), "FETCH FORWARD 0 FROM vecsteward_queries"],
            timeout: timeout
        )[1]
        guard none.columnTypes.count == 1 else {
            return .failure(
                refusal(
                    "the statement returns \(none.columnTypes.count) columns",
                    hint: "Let it return one column, the vectors."
                )
            )
        }
        let types = try await session.query(
            Statement(PackageResources.query_type_sql, [Int64(none.columnTypes[0])]),
            timeout: timeout
        )
        let found = try types.first.map { (row) throws(PostgresError) in
            VectorType(rawValue: try row["name", as: String.self])
        }.flatMap { $0 }
        let dense: [VectorType] = [.vector, .halfvec]
        guard let found, found == type || dense.contains(found) && dense.contains(type) else {
            return .failure(
                refusal(
                    "the statement returns \(found.map { "a column of type \($0.rawValue)" } ?? "no vectors"), and the collection "
                        + "is of type \(type.rawValue)",
                    hint:
                        "Cast the column in the statement, with the schema of the extension: embedding::public.\(type.rawValue)."
                )
            )
        }
        return try await vectors(of: found, on: &session, until: end)
    }

    private func vectors(
        of type: VectorType,
        on session: inout Connection,
        until end: ContinuousClock.Instant
    ) async throws(PostgresError) -> Result<[StoredVector], RecallRefusal> {
        var vectors: [StoredVector] = []
        var rows = 0
        while rows < Self.mostRows {
            guard ContinuousClock.now < end else { throw PostgresError(.timedOut, "the rows came too slowly") }
            let portion: Statement = "FETCH FORWARD \(unescaped: String(Self.portion)) FROM vecsteward_queries"
            let fetched = try await session.query(portion, timeout: timeout)
            for row in fetched {
                rows += 1
                guard let text = try row[0, as: String?.self] else { continue }
                guard let vector = try? StoredVector(text, as: type) else {
                    return .failure(
                        refusal("row \(rows) is no vector", hint: "Let the statement return vectors alone.")
                    )
                }
                let expected = dimensions ?? vectors.first?.dimensions ?? vector.dimensions
                guard vector.dimensions == expected else {
                    return .failure(
                        refusal(
                            "row \(rows) has \(vector.dimensions) dimensions, and the column has \(expected)",
                            hint: "Let the statement return the vectors of searches of this collection alone."
                        )
                    )
                }
                vectors.append(vector)
            }
            if fetched.count < Self.portion { break }
        }
        guard !vectors.isEmpty else {
            return .failure(
                refusal(
                    rows == 0 ? "the statement returns no row" : "the statement returns only NULL",
                    hint: "Remove \"queries\" from the configuration to search for stored vectors until there are some."
                )
            )
        }
        return .success(vectors)
    }

    private func refusal(_ reason: String, hint: String, isPassing: Bool = false) -> RecallRefusal {
        RecallRefusal("the queries of the configuration: \(reason)", hint: hint, isPassing: isPassing)
    }

    /// What an error means.
    ///
    /// The server's own words are passed on only of errors that are about names, rights or the log-in:
    /// others may quote a vector.
    private func refusal(of error: PostgresError) -> RecallRefusal {
        let role = "the role of the connection"
        switch error.code {
        case .invalidTarget:
            return refusal("the connection cannot be used: \(error.message)", hint: error.hint ?? "Correct it.")
        case .connectionFailed, .connectionLost:
            return refusal(
                "cannot connect: \(error.message)",
                hint: error.hint ?? "The connection is that of \"queries\" in the configuration."
            )
        default: break
        }
        if error.code == .timedOut || error.sqlState == .queryCanceled {
            return refusal(
                "the statement took longer than \(Numbers.roughDuration(seconds: timeout / .seconds(1)))",
                hint:
                    "An index on what it orders by, or a smaller LIMIT, makes it faster; \"statementTimeout\" gives it more time."
            )
        }
        guard let state = error.sqlState else {
            return refusal("the statement failed", hint: "Run it as \(role) to see why.")
        }
        switch state {
        case .lockNotAvailable:
            return refusal(
                "somebody holds a lock on what it reads",
                hint: "Try again when it is free.",
                isPassing: true
            )
        case .insufficientPrivilege:
            return refusal(
                error.message,
                hint: "Grant \(role) what the statement reads: SELECT, and USAGE on the schema."
            )
        case .readOnlyTransaction:
            return refusal("the statement writes", hint: "It runs in a transaction that only reads.")
        case _ where state.isIn(class: "42") || state.isIn(class: "3F"):
            return refusal(
                error.message,
                hint:
                    "Names are looked up in pg_catalog alone: write the schema of each table, function and type, and operators as "
                    + "OPERATOR(public.<=>)."
            )
        default:
            return refusal(
                "the server refused the statement (SQLSTATE \(state))",
                hint: "Run it as \(role) to see why; what the server says may quote a vector, and is not shown."
            )
        }
    }
}
