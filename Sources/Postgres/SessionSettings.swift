/// The settings that decide what a statement means, with the values that vecsteward's statements assume.
///
/// They override the settings of the server, the database and the role, and those of connection options, service files
/// and `PGOPTIONS`. With another search path, a user's operator or function could take the place of one of
/// PostgreSQL's, also in an expression that the server has written out and that is sent back to it.
public enum SessionSettings {
    /// Each of these changes the meaning of what is sent, or the text that is received.
    static let pinned: [(name: String, value: String)] = [
        ("search_path", "pg_catalog, pg_temp"),
        // How literals, NULLs and arrays are read.
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
        // The kind of table of the state schema.
        ("default_table_access_method", "heap"),
    ]

    /// Pins the settings until the end of the transaction.
    public static let forTransaction = statement(isLocal: "TRUE")

    /// Pins the settings until the end of the session, which nobody else may use.
    public static let forSession = statement(isLocal: "FALSE")

    /// Pins the settings in a session that nobody else uses; does nothing in one that a pooler lends.
    ///
    /// It compares the process with the one that the client was told at log-in; a pooler reports a number of its own.
    static func forSession(ifServedBy processID: Int32) -> Statement {
        statement(isLocal: "pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) (\(processID))")
    }

    /// Every operator, function and type is schema-qualified, so the search path in effect does not matter.
    private static func statement(isLocal: String) -> Statement {
        let calls = pinned.map { "pg_catalog.set_config('\($0.name)', '\($0.value)', \(isLocal))" }
        // Interpolation in a literal would make parameters of the values.
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

    /// Pins the settings if the session belongs to this client alone.
    ///
    /// Behind a pooler, another client may get the session next, and would find its search path changed.
    mutating func pinSettingsOfOwnSession() async throws(PostgresError) {
        _ = try await query(SessionSettings.forSession(ifServedBy: processID), timeout: .seconds(30))
    }
}
