internal import Advisor
internal import Postgres

/// The checks before a build starts, as far as they are possible from here.
struct Preflight {
    /// What blocks the build; the job is retried, because a full disk may pass.
    private(set) var blocker: PostgresError?
    /// What could not be checked, as a sentence that says how to fix that.
    private(set) var missingPrivilege: String?
    /// The number of parallel workers, if it is not the planned one, and a note to report about it.
    private(set) var workers: (number: Int, note: String?)?
    /// The old transactions that the build will have to wait for before it finishes.
    private(set) var holders: [LockingSession]

    /// The statements that read what the checks need.
    static func statements(_ job: Job) -> [Statement] {
        [
            Statement(PackageResources.preflight_sql, [job.definition?.tablespace, job.spec is RebuildIndex]),
            Statement(PackageResources.poll_snapshot_holders_sql),
        ]
    }

    /// Evaluates the results of ``statements(_:)``, and checks the disks if the server runs on this host.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - results: The results of the statements.
    ///   - isHostKnown: Whether to check the disks of this host; otherwise only the results count.
    /// - Throws: When a result cannot be decoded.
    init(_ job: Job, _ results: [Rows], checkingHost isHostKnown: Bool) throws(PostgresError) {
        holders = []
        for row in results[1] {
            holders.append(
                LockingSession(
                    processID: try row["process_id", as: Int?.self],
                    role: try row["role", as: String?.self],
                    application: try row["application", as: String?.self],
                    state: try row["state", as: String?.self],
                    transactionAgeSeconds: try row["age_seconds", as: Double?.self]
                )
            )
        }
        guard isHostKnown, let row = results[0].first else { return }
        let place = try FilePlace(row)
        guard place.isHere else { return }
        blocker = job.prediction.flatMap { place.blocker(to: $0) }
        missingPrivilege = place.missingPrivilege
        workers = job.settings.flatMap { place.workers(for: $0, isHNSW: job.definition?.method == .hnsw) }
    }
}

/// The place where an index will be stored.
private struct FilePlace {
    let isHere: Bool
    private let role: Identifier
    private let tablespace: String
    private let path: String?
    private let dataDirectory: String?
    private let maxWALBytes: Int64
    private let usesSharedMemoryFiles: Bool

    init(_ row: Row) throws(PostgresError) {
        let isNear = try row["is_near", as: Bool.self]
        let processID = try row["process_id", as: Int.self]
        isHere = isNear && HostSpace.hasServerProcess(processID)
        role = Identifier(try row["role", as: String.self])
        tablespace = try row["tablespace", as: String.self]
        dataDirectory = try row["data_directory", as: String?.self]
        maxWALBytes = try row["max_wal_bytes", as: Int64.self]
        usesSharedMemoryFiles = try row["shared_memory_type", as: String.self] == "posix"
        let location = try row["location", as: String?.self] ?? ""
        // Empty for the default tablespace; relative for one in the data directory.
        path = location.hasPrefix("/") ? location : dataDirectory.map { location.isEmpty ? $0 : "\($0)/\(location)" }
    }

    var missingPrivilege: String? {
        guard path == nil else { return nil }
        return "free disk space was not checked: role \(role) cannot read data_directory; to fix: "
            + "GRANT pg_read_all_settings TO \(role);"
    }

    func blocker(to prediction: Prediction) -> PostgresError? {
        guard let path, let free = HostSpace.freeBytes(at: path) else { return nil }
        // A tenth more, because predictions are accurate to a few hundredths; and the WAL until it is recycled.
        var needed = prediction.diskBytes / 10 * 11
        var log = ""
        if isWithLog(path) {
            let bytes = min(prediction.diskBytes, maxWALBytes)
            needed += bytes
            log = " and its WAL up to \(Numbers.size(bytes: bytes))"
        }
        guard needed > free else { return nil }
        var error = PostgresError(
            .server,
            "the new index takes about \(Numbers.size(bytes: prediction.diskBytes))\(log), and tablespace "
                + "\(Identifier(tablespace)) has \(Numbers.size(bytes: free)) free: free "
                + "\(Numbers.size(bytes: needed - free)) more",
            hint: "The build has not started, and vecsteward retries; an index can also be in another tablespace."
        )
        error.sqlState = .diskFull
        return error
    }

    /// Whether the WAL is on the same disk; if that is unknown, whether the index is on the disk of the data directory.
    private func isWithLog(_ path: String) -> Bool {
        guard let dataDirectory else { return false }
        return HostSpace.isShared(path, "\(dataDirectory)/pg_wal") ?? HostSpace.isShared(path, dataDirectory) ?? false
    }

    /// The number of parallel workers; `nil` for the planned one.
    ///
    /// The leader process builds too. More processes than processors do not make a build faster (HNSW on two processors:
    /// 3.8 s with two workers, 3.7 s with one), but make writers wait for a processor. IVFFlat leaves one to them, because
    /// workers help it little (100,000 rows, 384 dimensions, 100 lists: 1.06 s with one, 1.03 s without; 300,000 rows,
    /// 1,000 lists: 4.3 and 5.5 s).
    func workers(for settings: BuildSessionSettings, isHNSW: Bool) -> (number: Int, note: String?)? {
        if isHNSW, let reason = serialReason(settings) { return (0, reason) }
        let most = max(0, HostSpace.processors - (isHNSW ? 1 : 2))
        return settings.parallelWorkers > most ? (most, nil) : nil
    }

    /// A parallel HNSW build takes all of its memory from `/dev/shm` at once, and fails if that is too small.
    private func serialReason(_ settings: BuildSessionSettings) -> String? {
        guard usesSharedMemoryFiles, settings.parallelWorkers > 0, let free = HostSpace.freeBytes(at: "/dev/shm"),
            free < settings.maintenanceWorkMemoryBytes
        else { return nil }
        return "/dev/shm has \(Numbers.size(bytes: free)) free and a parallel build takes "
            + "\(Numbers.size(bytes: settings.maintenanceWorkMemoryBytes)) of it: building without parallel workers"
    }
}
