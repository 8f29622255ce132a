/// Everything that one poll of one database saw: all that a rule may know.
public struct CatalogSnapshot: Sendable, Equatable {
    /// The server, the database and the role that looked.
    public var server: ServerFacts
    /// Every collection, ordered by name.
    public var collections: [Collection]
    /// Vector indexes that somebody is building at this moment.
    public var builds: [ActiveBuild]
    /// Who holds a snapshot that a concurrent build would have to wait for, the oldest first.
    public var snapshotHolders: [SnapshotHolder]
    /// What this role was not allowed to see, in sentences that say how to mend it.
    public var missingPrivileges: [String]
    /// Names in each schema that a plan wanted to give to an index, and that some relation has already: an index shares the
    /// names of its schema with tables, views and sequences, of which a poll sees few.
    public var takenNames: [String: Set<String>] = [:]

    /// Puts an observation together.
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

    /// Changes indexes, one after the other.
    ///
    /// - Parameters:
    ///   - isWanted: Of which collections; of all unless said otherwise.
    ///   - change: Takes an index, and its table as it was before any index of it was changed.
    public mutating func updateIndexes(
        ofCollections isWanted: (CollectionName) -> Bool = { _ in true },
        _ change: (inout VectorIndex, Relation) -> Void
    ) {
        for collection in collections.indices where isWanted(collections[collection].name) {
            for position in collections[collection].relations.indices {
                let relation = collections[collection].relations[position]
                for index in relation.indexes.indices {
                    change(&collections[collection].relations[position].indexes[index], relation)
                }
            }
        }
    }
}

/// The facts of a server and a database that decide what can be built there.
public struct ServerFacts: Sendable, Equatable {
    /// The database's name.
    public var database: String
    /// The role that looked.
    public var role: String
    /// `server_version_num`: 160014 is 16.14.
    public var versionNumber: Int
    /// The time of the observation by the database's clock, in seconds since 1970 UTC.
    public var observedAt: Double
    /// When all counters of the server last began at nought, in seconds since 1970 UTC: when it was set up, or came up after
    /// a crash, which empties its unlogged tables.
    public var cameUpAt: Double?
    /// Whether the server is a standby, which cannot build an index.
    public var isInRecovery: Bool
    /// Where transactions are read-only by default though the server is no standby, `nil` where they are not.
    public var readOnly: ReadOnlyDefault?
    /// The pgvector installed in this database, `nil` where there is none.
    public var pgvector: PgVector?
    /// `maintenance_work_mem` in bytes, as a new session gets it.
    public var maintenanceWorkMemoryBytes: Int64
    /// `max_parallel_maintenance_workers`.
    public var maxParallelMaintenanceWorkers: Int
    /// `max_parallel_workers` and `max_worker_processes`, the smaller one: what a build can have at all.
    public var maxParallelWorkers: Int
    /// The processors of the server, where it is on the host that looks; else `nil`.
    public var hostProcessors: Int?
    /// What the recorded builds of this database have shown.
    public var history: BuildHistory
    /// Whether autovacuum is on, without which statistics go stale.
    public var isAutovacuumOn: Bool
    /// `ivfflat.probes` where the database or role sets it, else `nil`.
    public var probes: Int?
    /// Whether the role sees the activity of other roles (`pg_read_all_stats`).
    public var seesAllActivity: Bool
    /// The schema in which vecsteward keeps its queue and its builds, `nil` where there is none.
    public var state: StateAccess?

    /// Puts the facts together.
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
        history: BuildHistory = BuildHistory(),
        isAutovacuumOn: Bool,
        probes: Int? = nil,
        seesAllActivity: Bool,
        state: StateAccess? = nil
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
        self.history = history
        self.isAutovacuumOn = isAutovacuumOn
        self.probes = probes
        self.seesAllActivity = seesAllActivity
        self.state = state
    }

    /// The version as PostgreSQL spells it: `16.14`.
    public var version: String { "\(versionNumber / 10_000).\(versionNumber % 10_000)" }
}

/// The schema `vecsteward`, as the role that looks may use it.
public struct StateAccess: Sendable, Equatable {
    /// Who owns its tables.
    public var owner: String
    /// Whether that is a superuser.
    public var isOwnerSuperuser: Bool
    /// Whether the role may read what a report tells.
    public var isReadable: Bool

    /// Describes the access.
    public init(owner: String, isOwnerSuperuser: Bool = false, isReadable: Bool = true) {
        self.owner = owner
        self.isOwnerSuperuser = isOwnerSuperuser
        self.isReadable = isReadable
    }
}

/// A vector index that somebody is building.
public struct ActiveBuild: Sendable, Equatable {
    /// The backend that builds.
    public var processID: Int
    /// The table, by its object identifier.
    public var tableOID: UInt32
    /// The index, `nil` while it is not known (a build that is not concurrent).
    public var indexOID: UInt32?
    /// `pg_stat_progress_create_index.phase`.
    public var phase: String
    /// The share of the present phase that is done, 0 to 1, `nil` where the phase does not count.
    public var phaseFraction: Double?
    /// Seconds since the statement began, `nil` where the role may not see it.
    public var elapsedSeconds: Double?

    /// Describes a build.
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
    /// Who it is, for people: role and application, or the name of the prepared transaction.
    public var description: String
    /// How long its transaction has been open, in seconds.
    public var ageSeconds: Double

    /// Describes a holder of a snapshot.
    public init(processID: Int?, description: String, ageSeconds: Double) {
        self.processID = processID
        self.description = description
        self.ageSeconds = ageSeconds
    }
}
