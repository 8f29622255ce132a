/// The current state of the catalog for the table and the index names of one job.
public struct IndexJobContext: Sendable, Equatable {
    /// Whether a table of this name exists.
    public var hasTable: Bool
    /// Whether the table has the collection's column; dropping a column drops its indexes.
    public var hasColumn: Bool
    /// Whether this server can write: a standby cannot.
    public var isPrimary: Bool
    /// The index that has the name under which the job builds.
    public var building: CatalogIndex?
    /// The index that has the final name of the new one.
    public var finished: CatalogIndex?
    /// The index that has the name of the one to replace or drop.
    public var old: CatalogIndex?
    /// The index that has the name that the replaced one gets until it is dropped.
    public var retired: CatalogIndex?
    /// Whether another usable index of the table answers the same queries as the new one.
    public var hasEquivalentIndex: Bool
    /// The session that builds, reindexes or drops an index of the table; `nil` if there is none.
    public var worker: Worker?
    /// For a partition's index that is to be attached: the partitioned tables above the partition, from the collection's
    /// own down to its direct parent; empty if the partition does not belong to the collection.
    public var ancestors: [Ancestor]
    /// Names that the job gives or is about to give, and that a relation other than an index of its table has.
    public var foreignNames: Set<RelationName>
    /// The names of all indexes of the table.
    public var ownNames: Set<RelationName>

    /// A context; by default a primary with the table and nothing else.
    public init(
        hasTable: Bool = true,
        hasColumn: Bool = true,
        isPrimary: Bool = true,
        building: CatalogIndex? = nil,
        finished: CatalogIndex? = nil,
        old: CatalogIndex? = nil,
        retired: CatalogIndex? = nil,
        hasEquivalentIndex: Bool = false,
        worker: Worker? = nil,
        ancestors: [Ancestor] = [],
        foreignNames: Set<RelationName> = [],
        ownNames: Set<RelationName> = []
    ) {
        self.hasTable = hasTable
        self.hasColumn = hasColumn
        self.isPrimary = isPrimary
        self.building = building
        self.finished = finished
        self.old = old
        self.retired = retired
        self.hasEquivalentIndex = hasEquivalentIndex
        self.worker = worker
        self.ancestors = ancestors
        self.foreignNames = foreignNames
        self.ownNames = ownNames
    }

    /// An existing index.
    public struct CatalogIndex: Sendable, Equatable {
        /// Its name; `nil` if the job itself gave that name.
        public var name: String?
        /// Identifies the index and its build.
        public var identity: IndexIdentity
        /// Whether queries can use it: it is valid, ready and live.
        public var isUsable: Bool
        /// Whether it is on the job's table and has the method, operator class and parameters that the job asks for.
        public var fits: Bool
        /// The partitioned index that it is attached to; `nil` if there is none.
        public var attachedTo: UInt32?

        /// Describes an index.
        public init(
            identity: IndexIdentity,
            isUsable: Bool = true,
            fits: Bool = true,
            attachedTo: UInt32? = nil,
            name: String? = nil
        ) {
            self.identity = identity
            self.isUsable = isUsable
            self.fits = fits
            self.attachedTo = attachedTo
            self.name = name
        }
    }

    /// A partitioned table and its own index, which holds no data but links the indexes of its partitions.
    public struct Ancestor: Sendable, Equatable {
        /// The schema of the table and the index.
        public var schema: String
        /// The name of the table.
        public var table: String
        /// The index; `nil` if there is none yet.
        public var index: Index?

        /// Describes a partitioned table.
        public init(schema: String, table: String, index: Index? = nil) {
            self.schema = schema
            self.table = table
            self.index = index
        }

        /// A partitioned index.
        public struct Index: Sendable, Equatable {
            /// The object identifier of the index.
            public var oid: UInt32
            /// The name of the index.
            public var name: String
            /// Whether the index that the job builds can be attached to it.
            public var fits: Bool
            /// Whether it is the topmost index, or attached to the index of the table above.
            public var isAttached: Bool

            /// Describes an index.
            public init(oid: UInt32, name: String, fits: Bool = true, isAttached: Bool = true) {
                self.oid = oid
                self.name = name
                self.fits = fits
                self.isAttached = isAttached
            }
        }
    }

    /// A session that works on an index of the table.
    public struct Worker: Sendable, Equatable {
        /// The backend's process ID.
        public var processID: Int
        /// Whether it belongs to this job, started by this program or by one that was killed.
        public var isOwn: Bool

        /// Describes a session.
        public init(processID: Int, isOwn: Bool) {
            self.processID = processID
            self.isOwn = isOwn
        }
    }
}
