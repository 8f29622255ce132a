internal import Advisor
internal import Postgres

extension ServerFacts {
    /// Reads a row of `poll_server_facts.sql`.
    init(_ row: Row) throws(PostgresError) {
        var pgvector: PgVector?
        if let version = try row["pgvector_version", as: String?.self] {
            pgvector = PgVector(
                version: PgVector.Version(version),
                schema: try row["pgvector_schema", as: String.self],
                hasHNSW: try row["has_hnsw", as: Bool.self],
                hasIVFFlat: try row["has_ivfflat", as: Bool.self],
                isUsable: try row["can_use_pgvector", as: Bool.self]
            )
        }
        var state: StateAccess?
        if let owner = try row["state_owner", as: String?.self] {
            state = StateAccess(
                owner: owner,
                isOwnerSuperuser: try row["is_state_owner_superuser", as: Bool.self],
                isReadable: try row["is_state_readable", as: Bool.self]
            )
        }
        let processID = try row["process_id", as: Int.self]
        let isHere = try row["is_near", as: Bool.self] && HostSpace.hasServerProcess(processID)
        self.init(
            database: try row["database", as: String.self],
            role: try row["role", as: String.self],
            versionNumber: try row["version_number", as: Int.self],
            observedAt: try row["observed_at", as: Double.self],
            cameUpAt: try row["came_up_at", as: Double?.self],
            isInRecovery: try row["is_in_recovery", as: Bool.self],
            readOnly: try ReadOnlyDefault(row),
            pgvector: pgvector,
            maintenanceWorkMemoryBytes: try row["maintenance_work_memory_bytes", as: Int64.self],
            maxParallelMaintenanceWorkers: try row["max_parallel_maintenance_workers", as: Int.self],
            maxParallelWorkers: try row["max_parallel_workers", as: Int.self],
            hostProcessors: isHere ? HostSpace.processors : nil,
            sharedBuffersBytes: try row["shared_buffers_bytes", as: Int64.self],
            hostMemoryBytes: isHere ? HostSpace.memoryBytes : nil,
            isAutovacuumOn: try row["is_autovacuum_on", as: Bool.self],
            probes: try row["probes", as: Int?.self],
            seesAllActivity: try row["sees_all_activity", as: Bool.self],
            state: state,
            closedStatementsSchema: try row["closed_statements_schema", as: String?.self]
        )
    }
}

extension ReadOnlyDefault {
    /// Reads a row with `read_only_source`, the `source` of `pg_settings`, `database` and `role`.
    ///
    /// In a read-only session, a statement that resets the setting needs READ WRITE first.
    init?(_ row: Row) throws(PostgresError) {
        guard let source = try row["read_only_source", as: String?.self] else { return nil }
        let database = Identifier(try row["database", as: String.self])
        let role = Identifier(try row["role", as: String.self])
        let name = "default_transaction_read_only"
        func reset(_ owner: String) -> String { "BEGIN READ WRITE; ALTER \(owner) RESET \(name); COMMIT;" }
        switch source {
        case "database": self.init(setter: .database, cure: reset("DATABASE \(database)"))
        case "user": self.init(setter: .role, cure: reset("ROLE \(role)"))
        case "database user": self.init(setter: .roleInDatabase, cure: reset("ROLE \(role) IN DATABASE \(database)"))
        case "client", "session":
            self.init(
                setter: .connection,
                cure: "Remove \(name) from the options of the connection, from PGOPTIONS, or from the pooler."
            )
        default:
            self.init(
                setter: .server,
                cure:
                    "ALTER SYSTEM SET \(name) = off; SELECT pg_reload_conf(); (Some providers set it while the disk is nearly "
                    + "full: free some space first.)"
            )
        }
    }
}

extension ActiveBuild {
    /// Reads a row of `poll_builds.sql`.
    init(_ row: Row) throws(PostgresError) {
        self.init(
            processID: try row["process_id", as: Int.self],
            tableOID: try row.oid("table_oid"),
            indexOID: try row["index_oid", as: Int64?.self].map { UInt32(truncatingIfNeeded: $0) },
            phase: try row["phase", as: String.self],
            phaseFraction: try row["phase_fraction", as: Double?.self],
            elapsedSeconds: try row["elapsed_seconds", as: Double?.self]
        )
    }
}

extension SnapshotHolder {
    /// Reads a row of `poll_snapshot_holders.sql`.
    init(_ row: Row) throws(PostgresError) {
        let application = try row["application", as: String?.self] ?? ""
        let role = try row["role", as: String?.self] ?? "unknown role"
        let state = try row["state", as: String?.self] ?? "unknown state"
        self.init(
            processID: try row["process_id", as: Int?.self],
            description: state == "prepared"
                ? "prepared transaction \(application) of \(role)"
                : "\(role)\(application.isEmpty ? "" : " (\(application))"), \(state)",
            ageSeconds: try row["age_seconds", as: Double.self]
        )
    }
}
