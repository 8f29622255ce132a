public import Postgres

/// The schema `vecsteward` with the queue and the baselines, in the database that they are about.
public enum StateSchema {
    /// The version that this program creates and reads.
    public static var version: Int { migrations.count }

    /// The state of the schema.
    public enum Status: Sendable, Equatable {
        /// It can be read and written.
        case ready
        /// It can be read, but this server is a standby or the role's transactions are read-only.
        case readOnly(isStandby: Bool)
        /// It does not exist, and was not to be created.
        case missing
        /// It has an older version, and was not to be upgraded.
        case outdated(version: Int)
    }

    /// Checks the schema, and creates or upgrades it if requested.
    ///
    /// Concurrent sessions take turns under an advisory lock. A session never waits for it: a session that waits for a
    /// lock has a snapshot, and a concurrent build of an index would wait for that in turn.
    ///
    /// - Parameters:
    ///   - connection: An open connection, without an open transaction.
    ///   - createIfMissing: Whether to change anything.
    ///   - patience: How long to try to get the lock.
    /// - Returns: The state of the schema now.
    /// - Throws: `.unsupported` for a schema newer than this program; `.server` with SQLSTATE 42501 if a privilege is
    ///   missing, with the SQL that grants it as the hint, and with 25006 if a change is needed but writes are
    ///   impossible; `.timedOut` if another session keeps the lock.
    public static func prepare(
        on connection: inout Connection,
        createIfMissing: Bool,
        patience: Duration = .seconds(10)
    ) async throws(PostgresError) -> Status {
        let tries = max(1, Int(patience / pause))
        for attempt in 1...tries {
            let view = try await inspect(on: &connection)
            if view.version == version {
                return view.isReadOnly ? .readOnly(isStandby: view.isStandby) : .ready
            }
            guard createIfMissing else { return view.version == 0 ? .missing : .outdated(version: view.version) }
            try view.demandWritable()
            if try await migrate(on: &connection) { return .ready }
            if attempt < tries { try await rest() }
        }
        // The lock of schema_lock.sql, as the two halves that pg_locks shows.
        let holder = try await LockHolder.find(
            classID: lock >> 32,
            objectID: lock & 0xffff_ffff,
            subID: 1,
            on: &connection
        )
        throw PostgresError(
            .timedOut,
            "\(holder?.words ?? "another session") holds the lock for creating and upgrading the schema vecsteward",
            hint: "Try again: a vecsteward holds it only for a moment."
                + (holder.map { " To end it, run as a role that may: \($0.ending)" } ?? "")
        )
    }

    private static let lock: Int64 = 8_531_334_416_649_646_692

    private static let migrations = [
        PackageResources.migration_0001_sql, PackageResources.migration_0002_sql, PackageResources.migration_0003_sql,
        PackageResources.migration_0004_sql, PackageResources.migration_0006_sql, PackageResources.migration_0009_sql,
        PackageResources.migration_0010_sql, PackageResources.migration_0011_sql, PackageResources.migration_0012_sql,
        PackageResources.migration_0013_sql, PackageResources.migration_0014_sql,
        PackageResources.migration_0015_sql, PackageResources.migration_0016_sql,
    ]
    /// The tables of the schema.
    package static let tables = [
        "migration", "job", "build_job", "recall_job", "build", "finding", "altered_index", "index_use", "evidence",
        "search_use",
    ]

    private static let pause: Duration = .milliseconds(100)

    /// The SQL that fills an empty schema as an earlier version of the program did.
    package static func script(ofVersion version: Int) -> String {
        migrations.prefix(version).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ";\n")
            + ";\nINSERT INTO vecsteward.migration (version) SELECT generate_series(1, \(version));\n"
    }

    private static func inspect(on connection: inout Connection) async throws(PostgresError) -> SchemaView {
        var view = try SchemaView(try await connection.queue(Statement(PackageResources.schema_inspect_sql)).one())
        try view.demandTrustworthy()
        guard view.hasTables else { return view }
        try view.demandReadable()
        view.version = try await currentVersion(on: &connection)
        return view
    }

    private static func currentVersion(on connection: inout Connection) async throws(PostgresError) -> Int {
        let rows = try await connection.queue(Statement(PackageResources.schema_version_sql))
        let found = try rows.one()["version", as: Int.self]
        guard found <= version else {
            throw PostgresError(
                .unsupported,
                "the schema vecsteward has version \(found), and this program supports versions up to \(version)",
                hint: "Use the version of vecsteward that created it, or a later one."
            )
        }
        return found
    }

    /// Applies the missing migrations; returns false if another session holds the lock.
    private static func migrate(on connection: inout Connection) async throws(PostgresError) -> Bool {
        do {
            // Not the database's default level: under the lock, it must see what the previous session has done.
            _ = try await connection.query("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED")
            // A dump reads these tables for hours, and later readers would wait behind this session.
            _ = try await connection.query("SET LOCAL lock_timeout = '1s'")
            let isLocked = try await connection.queue(Statement(PackageResources.schema_lock_sql)).one()
            guard try isLocked["is_locked", as: Bool.self] else {
                _ = try await connection.query("ROLLBACK")
                return false
            }
            let view = try SchemaView(try await connection.queue(Statement(PackageResources.schema_inspect_sql)).one())
            let applied = view.hasTables ? try await currentVersion(on: &connection) : 0
            if !view.hasSchema { try await connection.run(script: "CREATE SCHEMA vecsteward") }
            for (number, migration) in zip(1..., migrations) where number > applied {
                try await connection.run(script: String(decoding: migration, as: UTF8.self))
                _ = try await connection.query(Statement(PackageResources.schema_record_migration_sql, [number]))
            }
            try await passOnGrants(on: &connection)
            _ = try await connection.query("COMMIT")
            return true
        } catch {
            if connection.isUsable, connection.isInTransaction { _ = try? await connection.query("ROLLBACK") }
            throw error.sqlState == .lockNotAvailable ? error.becauseOfReaders : error
        }
    }

    /// Lets whoever may read the queue read the tables that came later too.
    private static func passOnGrants(on connection: inout Connection) async throws(PostgresError) {
        let grants = try await connection.queue(Statement(PackageResources.schema_grants_sql))
        for row in grants { try await connection.run(script: try row["statement", as: String.self]) }
    }

    private static func rest() async throws(PostgresError) {
        do {
            try await Task.sleep(for: pause)
        } catch {
            throw PostgresError(.cancelled, "cancelled while another session created or upgraded the schema vecsteward")
        }
    }
}

extension PostgresError {
    /// Adds a hint to an error about a lock on vecsteward's own tables.
    fileprivate var becauseOfReaders: PostgresError {
        var error = self
        error.hint =
            "Another session reads the tables in the schema vecsteward, as pg_dump does, so an upgrade is impossible now: "
            + "the next poll tries again."
        return error
    }
}
