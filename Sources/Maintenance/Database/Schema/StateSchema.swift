public import Postgres

/// The schema `vecsteward`, in which the queue and the baselines are kept, in the database that they are about.
public enum StateSchema {
    /// The version that this program makes and reads.
    public static var version: Int { migrations.count }

    /// What there is of the schema.
    public enum Status: Sendable, Equatable {
        /// It can be read and written.
        case ready
        /// It can be read, but this server is a standby or the role's transactions are read-only.
        case readOnly(isStandby: Bool)
        /// It is not there, and was not to be made.
        case missing
        /// It is of an older version, and was not to be brought up to date.
        case outdated(version: Int)
    }

    /// Looks at the schema, and makes it or brings it up to date where it is to be.
    ///
    /// Sessions that do so at once take turns under an advisory lock. It is only ever tried for: a session that waits
    /// for a lock has a snapshot, which a concurrent build of an index would wait for in turn.
    ///
    /// - Parameters:
    ///   - connection: An open connection, with no transaction begun.
    ///   - createIfMissing: Whether to change anything.
    ///   - patience: How long to try for the lock.
    /// - Returns: What there is now.
    /// - Throws: `.unsupported` for a schema newer than this program; `.server` with SQLSTATE 42501 where a privilege is
    ///   missing, the hint being the SQL that grants it, and with 25006 where it should be changed but nothing can be
    ///   written; `.timedOut` when another session keeps the lock.
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
        // As schema_lock.sql has it, in the two halves that pg_locks shows.
        let holder = try await LockHolder.find(
            classID: lock >> 32,
            objectID: lock & 0xffff_ffff,
            subID: 1,
            on: &connection
        )
        throw PostgresError(
            .timedOut,
            "\(holder?.words ?? "another session") has the lock under which the schema vecsteward is made",
            hint: "Try again, since a vecsteward has it for moments only."
                + (holder.map { " To end it, as somebody who may: \($0.ending)" } ?? "")
        )
    }

    private static let lock: Int64 = 8_531_334_416_649_646_692

    private static let migrations = [
        PackageResources.migration_0001_sql, PackageResources.migration_0002_sql, PackageResources.migration_0003_sql,
        PackageResources.migration_0004_sql, PackageResources.migration_0006_sql, PackageResources.migration_0009_sql,
        PackageResources.migration_0010_sql, PackageResources.migration_0011_sql, PackageResources.migration_0012_sql,
        PackageResources.migration_0013_sql,
    ]
    /// The tables of the schema.
    package static let tables = [
        "migration", "job", "build_job", "build", "finding", "altered_index", "index_use", "evidence",
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
                "the schema vecsteward is of version \(found), and this program knows versions up to \(version)",
                hint: "Use the version of vecsteward that made it, or a later one."
            )
        }
        return found
    }

    /// Applies what is missing; false when another session is at it.
    private static func migrate(on connection: inout Connection) async throws(PostgresError) -> Bool {
        do {
            // Not the database's default: under the lock it has to see what the one before it has done.
            _ = try await connection.query("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED")
            // A dump reads these tables for hours, and whoever reads them after that would wait behind this session.
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
            throw PostgresError(.cancelled, "cancelled while another session made the schema vecsteward")
        }
    }
}

extension PostgresError {
    /// A lock on the state's own tables that could not be had.
    fileprivate var becauseOfReaders: PostgresError {
        var error = self
        error.hint =
            "Somebody reads the tables in the schema vecsteward, as pg_dump does, while they are to be brought up to date: it "
            + "is tried again at the next look."
        return error
    }
}
