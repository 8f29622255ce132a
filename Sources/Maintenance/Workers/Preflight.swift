internal import Advisor
internal import Postgres

/// What is looked at before a build begins, as far as it can be seen from here.
struct Preflight {
    /// What stands in the way: a full disk passes, so the job is tried again.
    private(set) var blocker: PostgresError?
    /// What could not be looked at, as a sentence that says how to mend it.
    private(set) var missingPrivilege: String?
    /// With how many parallel workers to build, where that is not as planned, and what is to be told of that.
    private(set) var workers: (number: Int, note: String?)?
    /// The old transactions that the build is going to wait for at its end, where there are any.
    private(set) var holders: [LockingSession]

    /// What is asked of the server.
    static func statements(_ job: Job) -> [Statement] {
        [
            Statement(PackageResources.preflight_sql, [job.definition?.tablespace, job.spec is RebuildIndex]),
            Statement(PackageResources.poll_snapshot_holders_sql),
        ]
    }

    /// Judges the answers to ``statements(_:)``, and looks at the disks where the server is on this host.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - results: The answers.
    ///   - isHostKnown: Whether the disks of this host may be looked at; else only the answers count.
    /// - Throws: When an answer is not what was asked for.
    init(_ job: Job, _ results: [Rows], lookingAtHost isHostKnown: Bool) throws(PostgresError) {
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

/// Where an index is going to be kept.
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
        // Empty for the default one; relative for one that is kept in the data directory.
        path = location.hasPrefix("/") ? location : dataDirectory.map { location.isEmpty ? $0 : "\($0)/\(location)" }
    }

    var missingPrivilege: String? {
        guard path == nil else { return nil }
        return "the free disk space is not looked at, because role \(role) does not see where the data directory is: "
            + "GRANT pg_read_all_settings TO \(role); mends it"
    }

    func blocker(to prediction: Prediction) -> PostgresError? {
        guard let path, let free = HostSpace.freeBytes(at: path) else { return nil }
        // A tenth more, because predictions are good to a few hundredths; and the log, until it is written out.
        var needed = prediction.diskBytes / 10 * 11
        var log = ""
        if isWithLog(path) {
            let bytes = min(prediction.diskBytes, maxWALBytes)
            needed += bytes
            log = " and its log up to \(Numbers.size(bytes: bytes))"
        }
        guard needed > free else { return nil }
        var error = PostgresError(
            .server,
            "the new index takes about \(Numbers.size(bytes: prediction.diskBytes))\(log), and tablespace "
                + "\(Identifier(tablespace)) has \(Numbers.size(bytes: free)) free: free "
                + "\(Numbers.size(bytes: needed - free)) more",
            hint: "Nothing was begun, and it is tried again; an index can also be kept in another tablespace."
        )
        error.sqlState = .diskFull
        return error
    }

    /// Whether the write-ahead log is on the same disk; where that cannot be seen, it is if the index is where all is.
    private func isWithLog(_ path: String) -> Bool {
        guard let dataDirectory else { return false }
        return HostSpace.isShared(path, "\(dataDirectory)/pg_wal") ?? HostSpace.isShared(path, dataDirectory) ?? false
    }

    /// With how many workers to build; `nil` for as many as planned.
    ///
    /// The leader builds too. More processes than processors make no build faster (HNSW on two processors: 3.8 s with two
    /// workers, 3.7 s with one), but let writers wait for a processor. IVFFlat leaves one to them: workers help it little
    /// (100,000 rows, 384 dimensions, 100 lists: 1.06 s with one, 1.03 s without; 300,000 rows, 1,000 lists: 4.3 and 5.5 s).
    func workers(for settings: BuildSessionSettings, isHNSW: Bool) -> (number: Int, note: String?)? {
        if isHNSW, let reason = serialReason(settings) { return (0, reason) }
        let most = max(0, HostSpace.processors - (isHNSW ? 1 : 2))
        return settings.parallelWorkers > most ? (most, nil) : nil
    }

    /// A parallel HNSW build takes all of its memory from `/dev/shm` at once, and fails where that is too small.
    private func serialReason(_ settings: BuildSessionSettings) -> String? {
        guard usesSharedMemoryFiles, settings.parallelWorkers > 0, let free = HostSpace.freeBytes(at: "/dev/shm"),
            free < settings.maintenanceWorkMemoryBytes
        else { return nil }
        return "/dev/shm has \(Numbers.size(bytes: free)) free and a parallel build takes "
            + "\(Numbers.size(bytes: settings.maintenanceWorkMemoryBytes)) of it: building without parallel workers"
    }
}
