/// One vector index, as the catalog describes it.
public struct VectorIndex: Sendable, Equatable {
    /// The object identifier; `REINDEX CONCURRENTLY` changes it.
    public var oid: UInt32
    /// The index's name; its schema is that of its table.
    public var name: String
    /// The file that holds it; every rebuild changes it.
    public var relfilenode: UInt32
    /// The access method.
    public var method: IndexMethod
    /// The operator class, and the schema it is in.
    public var operatorClass: String
    /// The schema of the operator class.
    public var operatorClassSchema: String
    /// The storage parameters that were given, by name: `lists`, `m`, `ef_construction`.
    public var options: [String: String]
    /// The type that is indexed, which a cast in the expression may make another than the column's.
    public var indexedType: VectorType?
    /// The dimensions that are indexed, `nil` where the type has none.
    public var indexedDimensions: Int?
    /// The indexed expression (a cast, say), `nil` for the plain column.
    public var expression: String?
    /// The predicate of a partial index.
    public var predicate: String?
    /// The planner may use it.
    public var isValid: Bool
    /// Every write maintains it.
    public var isReady: Bool
    /// `pg_class.reltuples`: rows indexed at the build, until ANALYZE overwrites it; -1 for none or unknown.
    public var reltuples: Double
    /// Its size in bytes: exact where it was measured, else that of `pg_class.relpages`, which is exact at the build.
    public var sizeBytes: Int64
    /// Whether ``sizeBytes`` was measured.
    public var isSizeMeasured: Bool
    /// Scans since the statistics were reset, on this server.
    public var scans: Int64
    /// When it was built, in seconds since 1970 UTC, where `track_commit_timestamp` is on.
    public var builtAt: Double?
    /// Whether no index of the table, of whatever method, was built after this one, so that what its build has counted of the
    /// table still stands; `false` also where ANALYZE or VACUUM has counted since.
    public var isLatestBuild: Bool
    /// The index of the partitioned table that this one is attached to.
    public var attachedTo: UInt32?
    /// The tablespace, `nil` for that of the database; asked for only where a finding is about the index.
    public var tablespace: String?
    /// Whether the role that looked may keep an index there; asked for together with ``tablespace``.
    public var canCreateInTablespace: Bool
    /// The comment on it; asked for only where a finding is about the index.
    public var comment: String?
    /// The storage parameters as its owner wrote them, each as `name=value`, in their order; asked for only where a finding is
    /// about the index, and `nil` where it was not.
    public var writtenOptions: [String]?
    /// The statistics target of its expression, where that has one of its own; asked for together with ``writtenOptions``.
    public var statisticsTarget: Int?
    /// The extensions with which it goes, ordered by name; asked for together with ``writtenOptions``.
    public var extensions: [String]
    /// What is written down of its build, if it is still that build.
    public var recorded: LastBuild?
    /// What jobs in the background have found out about it; the latest of each kind.
    public var evidence: [IndexEvidence] = []
    /// What the statistics told of its build before an ANALYZE of vecsteward changed them.
    var baselineBeforeAnalysis: Baseline?
    /// What the rows of its table tell of its build; asked for only where nothing else tells.
    public var rowAges: RowAges?
    /// What its counters said when counting began; asked for only where its use is in doubt.
    public var sample: UseSample?

    /// Puts an index together.
    public init(
        oid: UInt32,
        name: String,
        relfilenode: UInt32 = 0,
        method: IndexMethod,
        operatorClass: String,
        operatorClassSchema: String = "public",
        options: [String: String] = [:],
        indexedType: VectorType? = .vector,
        indexedDimensions: Int? = nil,
        expression: String? = nil,
        predicate: String? = nil,
        isValid: Bool = true,
        isReady: Bool = true,
        reltuples: Double,
        sizeBytes: Int64 = 0,
        isSizeMeasured: Bool = false,
        scans: Int64 = 0,
        builtAt: Double? = nil,
        isLatestBuild: Bool = true,
        attachedTo: UInt32? = nil,
        tablespace: String? = nil,
        canCreateInTablespace: Bool = true,
        comment: String? = nil,
        writtenOptions: [String]? = nil,
        statisticsTarget: Int? = nil,
        extensions: [String] = [],
        recorded: LastBuild? = nil,
        sample: UseSample? = nil
    ) {
        self.oid = oid
        self.name = name
        self.relfilenode = relfilenode
        self.method = method
        self.operatorClass = operatorClass
        self.operatorClassSchema = operatorClassSchema
        self.options = options
        self.indexedType = indexedType
        self.indexedDimensions = indexedDimensions
        self.expression = expression
        self.predicate = predicate
        self.isValid = isValid
        self.isReady = isReady
        self.reltuples = reltuples
        self.sizeBytes = sizeBytes
        self.isSizeMeasured = isSizeMeasured
        self.scans = scans
        self.builtAt = builtAt
        self.isLatestBuild = isLatestBuild
        self.attachedTo = attachedTo
        self.tablespace = tablespace
        self.canCreateInTablespace = canCreateInTablespace
        self.comment = comment
        self.writtenOptions = writtenOptions
        self.statisticsTarget = statisticsTarget
        self.extensions = extensions
        self.recorded = recorded
        self.sample = sample
    }

    /// Whether its file is older than the index itself, as after an ALTER TABLE that changes a column's type and needs no
    /// new index for that: the file goes from the former index to a new one, whose row count in the catalog begins at none.
    ///
    /// Both numbers come out of one counter, and a build never takes a lower one for the file.
    var hasOlderFile: Bool { relfilenode != 0 && relfilenode < oid }

    /// Which index, and which build of it.
    public var identity: IndexIdentity { IndexIdentity(oid: oid, relfilenode: relfilenode) }

    /// A query can be answered with it.
    public var isUsable: Bool { isValid && isReady }

    /// What its operator class measures, `nil` for an operator class that is not pgvector's.
    public var distanceMetric: DistanceMetric? { DistanceMetric(operatorClass: operatorClass) }

    /// The lists that it has: as they were when this build was first seen, else as the catalog says, which is what the next
    /// build makes; `nil` for another method.
    public var lists: Int? { method == .ivfflat ? recorded?.lists ?? writtenLists : nil }

    /// `lists` as given, else pgvector's default.
    private var writtenLists: Int { options["lists"].flatMap { Int($0) } ?? Self.defaultLists }

    /// pgvector's default.
    static let defaultLists = 100

    /// `m` as given, else pgvector's default; `nil` for another method.
    public var m: Int? { method == .hnsw ? options["m"].flatMap { Int($0) } ?? 16 : nil }

    /// `ef_construction` as given, else pgvector's default; `nil` for another method.
    public var efConstruction: Int? {
        method == .hnsw ? options["ef_construction"].flatMap { Int($0) } ?? 64 : nil
    }

    /// Method and storage parameters, `nil` for a method that is not pgvector's.
    public var parameters: IndexDefinition.Parameters? {
        if let lists { return .ivfflat(lists: lists) }
        guard let m, let efConstruction else { return nil }
        return .hnsw(m: m, efConstruction: efConstruction)
    }
}
