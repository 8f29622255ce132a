/// What the catalog says, at this moment, of the table and the index names of one job.
public struct IndexJobContext: Sendable, Equatable {
    /// Whether the table is there under its name.
    public var hasTable: Bool
    /// Whether the table has the collection's column; an index goes with its column.
    public var hasColumn: Bool
    /// Whether this server can write: a standby cannot.
    public var isPrimary: Bool
    /// The index under the name of the job's build.
    public var building: CatalogIndex?
    /// The index under the name that the new one is to have.
    public var finished: CatalogIndex?
    /// The index under the name of the one to be replaced or dropped.
    public var old: CatalogIndex?
    /// The index under the name that the replaced one gets until it is dropped.
    public var retired: CatalogIndex?
    /// Whether another usable index of the table answers the same queries as the new one.
    public var hasEquivalentIndex: Bool
    /// The session that builds, reindexes or drops an index of the table.
    public var worker: Worker?
    /// For the index of a partition that is to be attached: the partitioned tables above it, from the collection's own
    /// down to the one that it belongs to; empty where it belongs to none of the collection's.
    public var ancestors: [Ancestor]
    /// Names that the job gives, or was about to give, and that a relation has which is no index of the job's table.
    public var foreignNames: Set<RelationName>
    /// The names of all indexes of the table.
    public var ownNames: Set<RelationName>

    /// Puts a site together.
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

    /// An index that is there.
    public struct CatalogIndex: Sendable, Equatable {
        /// Its name, where it is not one that the job itself has given.
        public var name: String?
        /// Which index, and which build of it.
        public var identity: IndexIdentity
        /// Valid, ready and live: queries use it.
        public var isUsable: Bool
        /// It is on the job's table and has the method, operator class and parameters that the job asks for.
        public var fits: Bool
        /// The partitioned index that it is attached to.
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

    /// A partitioned table and its own index, which holds nothing but ties those of its partitions together.
    public struct Ancestor: Sendable, Equatable {
        /// The schema of table and index.
        public var schema: String
        /// The table.
        public var table: String
        /// The index, where there is one by now.
        public var index: Index?

        /// Describes a partitioned table.
        public init(schema: String, table: String, index: Index? = nil) {
            self.schema = schema
            self.table = table
            self.index = index
        }

        /// A partitioned index.
        public struct Index: Sendable, Equatable {
            /// The object identifier.
            public var oid: UInt32
            /// Its name.
            public var name: String
            /// Whether the index that the job builds can be attached to it.
            public var fits: Bool
            /// Whether it is the uppermost, or attached to that of the table above.
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

    /// A session at work on an index of the table.
    public struct Worker: Sendable, Equatable {
        /// The backend.
        public var processID: Int
        /// Whether it is this job's own, of this program or of one that was killed.
        public var isOwn: Bool

        /// Describes a session.
        public init(processID: Int, isOwn: Bool) {
            self.processID = processID
            self.isOwn = isOwn
        }
    }
}
