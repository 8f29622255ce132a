internal import Advisor
internal import Postgres

/// The state of the schema `vecsteward`, and what the role may do with it.
struct SchemaView {
    let isStandby: Bool
    let isReadOnly: Bool
    let hasSchema: Bool
    let hasTables: Bool
    /// The version; 0 if there is no schema.
    var version = 0

    private let role: Identifier
    private let database: Identifier
    private let owner: Identifier?
    private let schemaOwner: Identifier?
    private let isStrangers: Bool
    private let isOwner: Bool
    private let canCreateSchema: Bool
    private let canUseSchema: Bool
    private let canCreateInSchema: Bool
    private let readOnly: ReadOnlyDefault?

    /// Reads a row of `schema_inspect.sql`.
    init(_ row: Row) throws(PostgresError) {
        isStandby = try row["is_standby", as: Bool.self]
        isReadOnly = try row["is_read_only", as: Bool.self]
        hasSchema = try row["has_schema", as: Bool.self]
        hasTables = try row["has_tables", as: Bool.self]
        readOnly = try ReadOnlyDefault(row)
        role = Identifier(try row["role", as: String.self])
        database = Identifier(try row["database", as: String.self])
        owner = try row["owner", as: String?.self].map { Identifier($0) }
        schemaOwner = try row["schema_owner", as: String?.self].map { Identifier($0) }
        isStrangers = try row["is_strangers", as: Bool.self]
        isOwner = try row["is_owner", as: Bool.self]
        canCreateSchema = try row["can_create_schema", as: Bool.self]
        canUseSchema = try row["can_use_schema", as: Bool.self]
        canCreateInSchema = try row["can_create_in_schema", as: Bool.self]
    }

    /// Rejects tables of an ordinary role if this role is a superuser: their owner may have created triggers on them.
    func demandTrustworthy() throws(PostgresError) {
        guard isStrangers, let schemaOwner else { return }
        throw refusal(
            "the schema vecsteward or its tables belong to role \(owner ?? schemaOwner), and role \(role) is a superuser, "
                + "as which triggers on these tables would run",
            ["Run vecsteward as role \(owner ?? schemaOwner), or inspect the schema, then change its owner."]
        )
    }

    /// Requires, if there are tables, that the role has the privileges of their owner.
    func demandReadable() throws(PostgresError) {
        guard let owner, !(isOwner && canUseSchema) else { return }
        let grants = isOwner ? [] : ["GRANT \(owner) TO \(role);"]
        let usage = canUseSchema ? [] : ["GRANT USAGE, CREATE ON SCHEMA vecsteward TO \(role);"]
        throw refusal("role \(role) may not use the tables of the schema vecsteward", grants + usage)
    }

    /// Requires that the role may create or change tables.
    func demandWritable() throws(PostgresError) {
        guard !isReadOnly else { throw readOnlyError }
        if !hasSchema, !canCreateSchema {
            throw refusal(
                "role \(role) may not create the schema vecsteward in database \(database)",
                ["CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(role);"]
            )
        }
        if hasSchema, !(canUseSchema && canCreateInSchema) {
            throw refusal(
                "role \(role) may not create tables in the schema vecsteward",
                ["GRANT USAGE, CREATE ON SCHEMA vecsteward TO \(role);"]
            )
        }
    }

    private func refusal(_ message: String, _ statements: [String]) -> PostgresError {
        var error = PostgresError(.server, message, hint: statements.joined(separator: " "))
        error.sqlState = .insufficientPrivilege
        return error
    }

    private var readOnlyError: PostgresError {
        let what = version == 0 ? "created" : "upgraded"
        var error = PostgresError(
            .server,
            "the schema vecsteward cannot be \(what) here: "
                + (isStandby
                    ? "this server is a standby"
                    : "transactions in database \(database) are read-only"
                        + (readOnly.map { " (default_transaction_read_only, set by \($0.setBy))" } ?? "")),
            hint: isStandby
                ? "Connect to the primary, or wait until this server is promoted."
                : readOnly?.cure ?? "Turn default_transaction_read_only off for the database or the role."
        )
        error.sqlState = .readOnlyTransaction
        return error
    }
}
