/// Everything that one poll of one database read; the only input of the rules.
public struct CatalogSnapshot: Sendable, Equatable {
    /// The server, the database and the role of the poll.
    public var server: ServerFacts
    /// Every collection, ordered by name.
    public var collections: [Collection]
    /// The vector indexes that somebody is building now.
    public var builds: [ActiveBuild]
    /// The sessions whose snapshots a concurrent build would wait for, the oldest first.
    public var snapshotHolders: [SnapshotHolder]
    /// What this role may not read, as sentences that say how to fix it.
    public var missingPrivileges: [String]
    /// Names by schema that a plan wants to give to an index, and that another relation has: an index shares the names
    /// of its schema with tables, views and sequences, and a poll reads few of them.
    public var takenNames: [String: Set<String>] = [:]
    /// What could be read of the searches; `nil` if nobody asked.
    public var searchSources: SearchSources?
    /// What is known of the sessions of the roles that have run statements, by the names of the roles.
    public var roleSettings: [String: RoleSettings] = [:]

    /// Creates a snapshot.
    public init(
        server: ServerFacts,
        collections: [Collection],
        builds: [ActiveBuild] = [],
        snapshotHolders: [SnapshotHolder] = [],
        missingPrivileges: [String] = []
    ) {
        self.server = server
        self.collections = collections
        self.builds = builds
        self.snapshotHolders = snapshotHolders
        self.missingPrivileges = missingPrivileges
    }

    /// Changes indexes one by one.
    ///
    /// - Parameters:
    ///   - isWanted: Selects the collections; by default all.
    ///   - change: Gets an index, and its table without the indexes.
    public mutating func updateIndexes(
        ofCollections isWanted: (CollectionName) -> Bool = { _ in true },
        _ change: (inout VectorIndex, Relation) -> Void
    ) {
        for collection in collections.indices where isWanted(collections[collection].name) {
            for position in collections[collection].relations.indices {
                // Taken out, because a second reference would make each change copy all of them.
                var indexes: [VectorIndex] = []
                swap(&indexes, &collections[collection].relations[position].indexes)
                guard !indexes.isEmpty else { continue }
                let relation = collections[collection].relations[position]
                for index in indexes.indices { change(&indexes[index], relation) }
                collections[collection].relations[position].indexes = indexes
            }
        }
    }
}

/// The facts about a server and a database that decide what can be built there.
public struct ServerFacts: Sendable, Equatable {
    /// The database's name.
    public var database: String
    /// The role of the poll.
    public var role: String
    /// `server_version_num`: 160014 is 16.14.
    public var versionNumber: Int
    /// The time of the snapshot by the database's clock, in seconds since 1970 UTC.
    public var observedAt: Double
    /// When all counters of the server last started from zero, in seconds since 1970 UTC: when it was set up, or
    /// started after a crash, which empties its unlogged tables.
    public var cameUpAt: Double?
    /// Whether the server is a standby, which cannot build an index.
    public var isInRecovery: Bool
    /// The read-only default of transactions on a server that is no standby; `nil` if there is none.
    public var readOnly: ReadOnlyDefault?
    /// The pgvector installed in this database; `nil` if there is none.
    public var pgvector: PgVector?
    /// `maintenance_work_mem` of a new session, in bytes.
    public var maintenanceWorkMemoryBytes: Int64
    /// `max_parallel_maintenance_workers`.
    public var maxParallelMaintenanceWorkers: Int
    /// The smaller of `max_parallel_workers` and `max_worker_processes`: the most workers that a build can get.
    public var maxParallelWorkers: Int
    /// The processors of the server, if it runs on this host; otherwise `nil`.
    public var hostProcessors: Int?
    /// `shared_buffers`, in bytes; `nil` if unknown.
    public var sharedBuffersBytes: Int64?
    /// The memory of the server's host in bytes, if it runs on this host; otherwise `nil`.
    public var hostMemoryBytes: Int64?
    /// What the recorded builds of this database have shown.
    public var history: BuildHistory
    /// Whether autovacuum is on, without which statistics go stale.
    public var isAutovacuumOn: Bool
    /// `ivfflat.probes` if the database or role sets it; otherwise `nil`.
    public var probes: Int?
    /// Whether the role can read the activity of other roles (`pg_read_all_stats`).
    public var seesAllActivity: Bool
    /// The schema of vecsteward's queue and builds; `nil` if there is none.
    public var state: StateAccess?
    /// The schema of pg_stat_statements, if the extension is installed and not every role may use its schema; otherwise
    /// `nil`.
    public var closedStatementsSchema: String?

    /// Creates the facts.
    public init(
        database: String,
        role: String,
        versionNumber: Int,
        observedAt: Double,
        cameUpAt: Double? = nil,
        isInRecovery: Bool,
        readOnly: ReadOnlyDefault? = nil,
        pgvector: PgVector?,
        maintenanceWorkMemoryBytes: Int64,
        maxParallelMaintenanceWorkers: Int,
        maxParallelWorkers: Int,
        hostProcessors: Int? = nil,
        sharedBuffersBytes: Int64? = nil,
        hostMemoryBytes: Int64? = nil,
        history: BuildHistory = BuildHistory(),
        isAutovacuumOn: Bool,
        probes: Int? = nil,
        seesAllActivity: Bool,
        state: StateAccess? = nil,
        closedStatementsSchema: String? = nil
    ) {
        self.database = database
        self.role = role
        self.versionNumber = versionNumber
        self.observedAt = observedAt
        self.cameUpAt = cameUpAt
        self.isInRecovery = isInRecovery
        self.readOnly = readOnly
        self.pgvector = pgvector
        self.maintenanceWorkMemoryBytes = maintenanceWorkMemoryBytes
        self.maxParallelMaintenanceWorkers = maxParallelMaintenanceWorkers
        self.maxParallelWorkers = maxParallelWorkers
        self.hostProcessors = hostProcessors
        self.sharedBuffersBytes = sharedBuffersBytes
        self.hostMemoryBytes = hostMemoryBytes
        self.history = history
        self.isAutovacuumOn = isAutovacuumOn
        self.probes = probes
        self.seesAllActivity = seesAllActivity
        self.state = state
        self.closedStatementsSchema = closedStatementsSchema
    }

    /// The version as PostgreSQL spells it: `16.14`.
    public var version: String { "\(versionNumber / 10_000).\(versionNumber % 10_000)" }
}

/// What the role of the poll may do in the schema `vecsteward`.
public struct StateAccess: Sendable, Equatable {
    /// The owner of its tables.
    public var owner: String
    /// Whether the owner is a superuser.
    public var isOwnerSuperuser: Bool
    /// Whether the role may read what a report shows.
    public var isReadable: Bool

    /// Creates a description of the access.
    public init(owner: String, isOwnerSuperuser: Bool = false, isReadable: Bool = true) {
        self.owner = owner
        self.isOwnerSuperuser = isOwnerSuperuser
        self.isReadable = isReadable
    }
}

/// A vector index that somebody is building now.
public struct ActiveBuild: Sendable, Equatable {
    /// The backend that builds.
    public var processID: Int
    /// The object identifier of the table.
    public var tableOID: UInt32
    /// The index; `nil` while it is unknown (a build that is not concurrent).
    public var indexOID: UInt32?
    /// `pg_stat_progress_create_index.phase`.
    public var phase: String
    /// The finished share of the current phase, 0 to 1; `nil` if the phase has no counter.
    public var phaseFraction: Double?
    /// The seconds since the statement began; `nil` if the role may not read them.
    public var elapsedSeconds: Double?

    /// Creates a description of a build.
    public init(
        processID: Int,
        tableOID: UInt32,
        indexOID: UInt32?,
        phase: String,
        phaseFraction: Double?,
        elapsedSeconds: Double?
    ) {
        self.processID = processID
        self.tableOID = tableOID
        self.indexOID = indexOID
        self.phase = phase
        self.phaseFraction = phaseFraction
        self.elapsedSeconds = elapsedSeconds
    }
}

/// A session or prepared transaction whose snapshot a concurrent build waits for.
public struct SnapshotHolder: Sendable, Equatable {
    /// The backend, `nil` for a prepared transaction.
    public var processID: Int?
    /// The session in words: role and application, or the name of the prepared transaction.
    public var description: String
    /// How long its transaction has been open, in seconds.
    public var ageSeconds: Double

    /// Creates a description of a snapshot holder.
    public init(processID: Int?, description: String, ageSeconds: Double) {
        self.processID = processID
        self.description = description
        self.ageSeconds = ageSeconds
    }
}
