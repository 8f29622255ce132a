/// The settings that decide what a statement means, as vecsteward writes and reads its statements.
///
/// A server's, a database's or a role's own settings, connection options, service files and `PGOPTIONS` all come before
/// them. With another search path an operator or function of a user can take the place of one of PostgreSQL's, also in
/// an expression that the server has written out and that is sent back to it.
public enum SessionSettings {
    /// Each of these changes the meaning of what is sent, or the text of what is received.
    static let pinned: [(name: String, value: String)] = [
        ("search_path", "pg_catalog, pg_temp"),
        // What literals, NULLs and arrays mean.
        ("standard_conforming_strings", "on"),
        ("backslash_quote", "safe_encoding"),
        ("transform_null_equals", "off"),
        ("array_nulls", "on"),
        // How the server writes values and expressions.
        ("quote_all_identifiers", "off"),
        ("extra_float_digits", "1"),
        ("DateStyle", "ISO, MDY"),
        ("IntervalStyle", "postgres"),
        ("bytea_output", "hex"),
        ("client_min_messages", "notice"),
        // What a transaction sees, and what ends it or its session.
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_deferrable", "off"),
        ("exit_on_error", "off"),
        ("statement_timeout", "0"),
        // What kind of table the state schema is made of.
        ("default_table_access_method", "heap"),
    ]

    /// The statement that pins them until the end of the transaction.
    public static let forTransaction = statement(isLocal: "TRUE")

    /// The statement that pins them until the end of the session, which has to be nobody else's.
    public static let forSession = statement(isLocal: "FALSE")

    /// The statement that pins them in a session that nobody else uses, and does nothing in one that a pooler lends.
    ///
    /// The process is the one that the client was told of; a pooler tells a number of its own.
    static func forSession(ifServedBy processID: Int32) -> Statement {
        statement(isLocal: "pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) (\(processID))")
    }

    /// No operator, function or type in it is looked for along the search path that it finds.
    private static func statement(isLocal: String) -> Statement {
        let calls = pinned.map { "pg_catalog.set_config('\($0.name)', '\($0.value)', \(isLocal))" }
        // A literal would make a parameter of what is put into it.
        let sql = "SELECT " + calls.joined(separator: ", ")
        return Statement(sql)
    }
}

extension Connection {
    /// Pins the settings that decide what statements mean (``SessionSettings``) until the session ends.
    ///
    /// - Throws: As ``query(_:timeout:)``.
    public mutating func pinSettings() async throws(PostgresError) {
        _ = try await query(SessionSettings.forSession, timeout: .seconds(30))
    }

    /// Pins them where the session is the client's own.
    ///
    /// Behind a pooler the session may be another client's the next moment, who would find his search path changed.
    mutating func pinSettingsOfOwnSession() async throws(PostgresError) {
        _ = try await query(SessionSettings.forSession(ifServedBy: processID), timeout: .seconds(30))
    }
}
