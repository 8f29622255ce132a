public import Advisor

/// An observation of one collection, with only what a case is about spelled out.
public func snapshot(
    rows: Int64 = 10_000,
    source: RowCount.Source = .analyzed,
    indexes: [VectorIndex] = [],
    type: VectorType = .vector,
    dimensions: Int? = 64,
    statistics: TableStatistics? = nil,
    builds: [ActiveBuild] = [],
    access: Collection.Access = Collection.Access(),
    lockedBy: String? = nil,
    countBlocker: String? = nil,
    nullFraction: Double? = 0,
    server: ServerFacts = facts()
) -> CatalogSnapshot {
    let relation = Relation(
        oid: 1,
        schema: "vecs",
        table: "docs",
        rows: RowCount(rows, source),
        nullFraction: nullFraction,
        statistics: statistics ?? fresh(rows),
        indexes: indexes,
        lockedBy: lockedBy,
        countBlocker: countBlocker
    )
    let collection = Collection(
        name: docs,
        owner: "app",
        type: type,
        dimensions: dimensions,
        relations: [relation],
        access: access
    )
    return CatalogSnapshot(server: server, collections: [collection], builds: builds)
}

/// The collection of most cases, as vecs names it.
public let docs = CollectionName(schema: "vecs", table: "docs", column: "vec")

/// Statistics of a table that was analyzed just now.
public func fresh(_ rows: Int64) -> TableStatistics {
    TableStatistics(reltuples: Double(rows), relpages: rows / 20 + 1, liveTuples: rows, inserted: rows, analyzeCount: 1)
}

/// Statistics of a table that nothing has analyzed, with counters that go back to its first row.
public func untouched(_ rows: Int64) -> TableStatistics {
    TableStatistics(reltuples: -1, relpages: 0, liveTuples: rows, inserted: rows)
}

/// A primary with a pgvector that has no known bug.
public func facts(
    versionNumber: Int = 160_014,
    pgvector: String? = "0.8.7",
    hasHNSW: Bool = true,
    isInRecovery: Bool = false
) -> ServerFacts {
    ServerFacts(
        database: "app",
        role: "steward",
        versionNumber: versionNumber,
        observedAt: 1_790_000_000,
        isInRecovery: isInRecovery,
        pgvector: pgvector.map {
            PgVector(version: PgVector.Version($0), schema: "public", hasHNSW: hasHNSW, hasIVFFlat: true)
        },
        maintenanceWorkMemoryBytes: 64 << 20,
        maxParallelMaintenanceWorkers: 2,
        maxParallelWorkers: 8,
        isAutovacuumOn: true,
        seesAllActivity: true
    )
}

/// An IVFFlat index that vecs made when there were so many rows.
public func ivfflat(
    builtAt rows: Double,
    lists: Int? = 30,
    name: String? = nil,
    predicate: String? = nil,
    isValid: Bool = true,
    isReady: Bool = true,
    scans: Int64 = 0,
    operatorClass: String = "vector_cosine_ops",
    oid: UInt32 = 10
) -> VectorIndex {
    VectorIndex(
        oid: oid,
        name: name ?? "ix_\(operatorClass)_ivfflat_nl\(lists ?? 0)_0a1b2c3",
        method: .ivfflat,
        operatorClass: operatorClass,
        options: lists.map { ["lists": String($0)] } ?? [:],
        indexedDimensions: 64,
        predicate: predicate,
        isValid: isValid,
        isReady: isReady,
        reltuples: rows,
        scans: scans
    )
}

/// An HNSW index that vecs made.
public func hnsw(
    name: String = "ix_vector_cosine_ops_hnsw_m16_efc64_0a1b2c3",
    operatorClass: String = "vector_cosine_ops",
    isValid: Bool = true,
    isReady: Bool = true,
    scans: Int64 = 0,
    oid: UInt32 = 20
) -> VectorIndex {
    VectorIndex(
        oid: oid,
        name: name,
        method: .hnsw,
        operatorClass: operatorClass,
        options: ["m": "16", "ef_construction": "64"],
        indexedDimensions: 64,
        isValid: isValid,
        isReady: isReady,
        reltuples: 100,
        scans: scans
    )
}

/// The rules that find something, in the order of the rule book.
public func rules(_ snapshot: CatalogSnapshot, layers: [PolicyLayer] = []) -> [String] {
    assess(snapshot, layers: layers).findings.map(\.rule)
}

/// What the rules and the planner make of an observation.
public func assess(
    _ snapshot: CatalogSnapshot,
    layers: [PolicyLayer] = [],
    limits: ResourceLimits = ResourceLimits(),
    queue: QueueSnapshot? = nil
) -> Assessment {
    Assessment(snapshot: snapshot, policies: PolicyBook(layers: layers), limits: limits, queue: queue)
}

/// A configuration in which every rule may act, and that says what searches order by.
public let everythingActs = PolicyLayer(
    rules: Dictionary(uniqueKeysWithValues: RuleBook.all.map { ($0.name, RuleOverride(mode: .act)) }),
    index: IndexOverride(distanceMetric: .cosineDistance)
)
