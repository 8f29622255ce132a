/// What the catalog says, at this moment, of the table and the index names of one job.
public struct WorkSite: Sendable, Equatable {
    /// Whether the table is there under its name.
    public var hasTable: Bool
    /// Whether this server can write: a standby cannot.
    public var isPrimary: Bool
    /// The index under the name of the job's build.
    public var building: SeenIndex?
    /// The index under the name that the new one is to have.
    public var finished: SeenIndex?
    /// The index under the name of the one to be replaced or dropped.
    public var old: SeenIndex?
    /// The index under the name that the replaced one gets until it is dropped.
    public var retired: SeenIndex?
    /// Whether another usable index of the table answers the same queries as the new one.
    public var hasRival: Bool
    /// The session that builds, reindexes or drops an index of the table.
    public var worker: Worker?

    /// Puts a site together.
    public init(
        hasTable: Bool = true,
        isPrimary: Bool = true,
        building: SeenIndex? = nil,
        finished: SeenIndex? = nil,
        old: SeenIndex? = nil,
        retired: SeenIndex? = nil,
        hasRival: Bool = false,
        worker: Worker? = nil
    ) {
        self.hasTable = hasTable
        self.isPrimary = isPrimary
        self.building = building
        self.finished = finished
        self.old = old
        self.retired = retired
        self.hasRival = hasRival
        self.worker = worker
    }

    /// An index that is there.
    public struct SeenIndex: Sendable, Equatable {
        /// Which index, and which build of it.
        public var identity: IndexIdentity
        /// Valid, ready and live: queries use it.
        public var isUsable: Bool
        /// It is on the job's table and has the method, operator class and parameters that the job asks for.
        public var fits: Bool

        /// Describes an index.
        public init(identity: IndexIdentity, isUsable: Bool = true, fits: Bool = true) {
            self.identity = identity
            self.isUsable = isUsable
            self.fits = fits
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
