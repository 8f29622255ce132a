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
    /// The operator class.
    public var operatorClass: String
    /// The schema of the operator class.
    public var operatorClassSchema: String
    /// The operator of pgvector's that it orders by, for a method of another extension; otherwise the name of the operator
    /// class tells.
    public var distanceOperator: String?
    /// The storage parameters as set, by name: `lists`, `m`, `ef_construction`.
    public var options: [String: String]
    /// The indexed type; a cast in the expression may make it differ from the column's type.
    public var indexedType: VectorType?
    /// The indexed dimensions; `nil` if the type has none.
    public var indexedDimensions: Int?
    /// The indexed expression, such as a cast; `nil` for the plain column.
    public var expression: String?
    /// The predicate of a partial index.
    public var predicate: String?
    /// Whether the planner may use it.
    public var isValid: Bool
    /// Whether every write maintains it.
    public var isReady: Bool
    /// `pg_class.reltuples`: rows indexed at the build, until ANALYZE overwrites it; -1 for none or unknown.
    public var reltuples: Double
    /// Its size in bytes: exact if measured, otherwise from `pg_class.relpages`, which is exact at the build.
    public var sizeBytes: Int64
    /// Whether ``sizeBytes`` was measured.
    public var isSizeMeasured: Bool
    /// Scans since the statistics were reset, on this server.
    public var scans: Int64
    /// When it was built, in seconds since 1970 UTC, if `track_commit_timestamp` is on.
    public var builtAt: Double?
    /// Whether no index of the table, of any method, was built after this one, so the counts that its build made of the
    /// table still stand; read only if table and index were counted differently, and `false` until then.
    public var isLatestBuild: Bool
    /// The index of the partitioned table that this one is attached to.
    public var attachedTo: UInt32?
    /// The tablespace; `nil` for that of the database; read only if a finding is about the index.
    public var tablespace: String?
    /// Whether the role of the poll may create an index there; read together with ``tablespace``.
    public var canCreateInTablespace: Bool
    /// The comment on it; read only if a finding is about the index.
    public var comment: String?
    /// The storage parameters as its owner wrote them, each as `name=value`, in their order; read only if a finding is
    /// about the index, otherwise `nil`.
    public var writtenOptions: [String]?
    /// The statistics target of its expression, if it has its own; read together with ``writtenOptions``.
    public var statisticsTarget: Int?
    /// The extensions that it depends on, ordered by name; read together with ``writtenOptions``.
    public var extensions: [String]
    /// The record of its build, if it is still that build.
    public var recorded: LastBuild?
    /// The evidence that jobs in the background have gathered about this build: of each kind the latest, then the first.
    public var evidence: [IndexEvidence] = []
    /// What the statistics said about its build before an ANALYZE of vecsteward changed them.
    var baselineBeforeAnalysis: Baseline?
    /// What the rows of its table reveal about its build; read only if nothing else does.
    public var rowAges: RowAges?
    /// What a search must compare for the index to serve it; `nil` if that is unknown, or the index is on a plain column.
    public var searchedExpression: SearchedExpression?
    /// Its counters when counting began; read only if its use is in doubt.
    public var sample: UseSample?
    /// What its scans gave; read only if searches with a filter may take it.
    public var scanCounts: ScanCounts?

    /// Creates a description of an index.
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

    /// Whether its file is older than the index itself, as after an ALTER TABLE that changes a column's type without
    /// rebuilding the index: the new index takes over the file, and its row count in the catalog starts from none.
    ///
    /// Both numbers come from one counter, and a build never uses a lower one for the file.
    var hasOlderFile: Bool { relfilenode != 0 && relfilenode < oid }

    /// The identity of this build of the index.
    public var identity: IndexIdentity { IndexIdentity(oid: oid, relfilenode: relfilenode) }

    /// Whether a query can use it.
    public var isUsable: Bool { isValid && isReady }

    /// The distance metric of its operator class; `nil` if it orders by none of pgvector's.
    public var distanceMetric: DistanceMetric? {
        distanceOperator.flatMap { DistanceMetric(distanceOperator: $0) }
            ?? DistanceMetric(operatorClass: operatorClass)
    }

    /// Its lists: those recorded when this build was first seen, otherwise those in the catalog, which apply to the
    /// next build; `nil` for another method.
    public var lists: Int? { method == .ivfflat ? recorded?.lists ?? writtenLists : nil }

    /// `lists` as set, otherwise pgvector's default.
    private var writtenLists: Int { options["lists"].flatMap { Int($0) } ?? Self.defaultLists }

    /// pgvector's default for `lists`.
    static let defaultLists = 100

    /// `m` as set, otherwise pgvector's default; `nil` for another method.
    public var m: Int? { method == .hnsw ? options["m"].flatMap { Int($0) } ?? 16 : nil }

    /// `ef_construction` as set, otherwise pgvector's default; `nil` for another method.
    public var efConstruction: Int? {
        method == .hnsw ? options["ef_construction"].flatMap { Int($0) } ?? 64 : nil
    }

    /// Method and storage parameters; `nil` for a method that is not pgvector's.
    public var parameters: IndexDefinition.Parameters? {
        if let lists { return .ivfflat(lists: lists) }
        guard let m, let efConstruction else { return nil }
        return .hnsw(m: m, efConstruction: efConstruction)
    }
}
