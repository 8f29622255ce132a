import Advisor
import AdvisorFixture
import Reports

/// A report in which every rule finds something, every kind of job is planned, with every way to treat it, and one
/// database cannot be reached.
let richReport = report(richSection, unreachable)

private let richSection = section(
    [
        collection("unindexed", rows: 250_000, indexes: [], oid: 2),
        collection("leftover", indexes: [hnsw(), ownLeftover, ivfflat(builtAt: 5, isValid: false, oid: 11)], oid: 3),
        collection("wide", indexes: [], dimensions: 3_072, oid: 4),
        collection("too_early", rows: 80_000, source: .statistics, indexes: [ivfflat(builtAt: -1)], oid: 5),
        collection(
            "outgrown",
            rows: 200_000,
            source: .analyzed,
            indexes: [ivfflat(builtAt: 200_000, lists: 80)],
            statistics: analyzed(200_000),
            oid: 6
        ),
        collection(
            "guessed",
            rows: 300_000,
            indexes: [ivfflat(builtAt: 300_000, lists: 90, name: "by_hand")],
            statistics: analyzed(300_000),
            oid: 7
        ),
        collection("churned", indexes: [swollen], statistics: deleted(4_000, of: 14_000), oid: 14),
        searched(
            collection("twice", indexes: [hnsw(), hnsw(name: "second", scans: 9, oid: 21)], oid: 8),
            by: search(
                filters: [filter("tenant_id")],
                settings: ["hnsw.ef_search": SearchSetting("40", .client)]
            )
        ),
        collection("unused", indexes: [sampled], statistics: searched(10_000), oid: 9),
        collection("stale", rows: 5_000, source: .pages, statistics: fresh(2_000), oid: 10),
        collection(
            "not_ours",
            rows: 5_000,
            statistics: untouched(5_000),
            access: Collection.Access(isOwner: false),
            oid: 11
        ),
        collection("half", rows: 40_000, indexes: [], nullFraction: 0.5, oid: 15),
        collection("pending", rows: 40_000, indexes: [], nullFraction: 1, oid: 16),
        collection(
            "in_part",
            rows: 40_000,
            indexes: [ivfflat(builtAt: 4_000, lists: 30, predicate: "published")],
            oid: 18
        ),
        searched(
            collection("untold", rows: 900, indexes: [], nullFraction: nil, oid: 17),
            by: search(limit: .rows(5), source: .activity, calls: nil, rowsEach: nil)
        ),
        collection("sparse", source: .density, indexes: [], type: .sparsevec, oid: 12),
        collection("locked", source: .unknown, lockedBy: "an AccessExclusiveLock of process 42", oid: 13),
        brokenParts,
    ] + illSearched,
    layers: [PolicyLayer(rules: ["unindexed": RuleOverride(mode: .warn)])],
    server: roomy,
    builds: [
        ActiveBuild(
            processID: 77,
            tableOID: 9,
            indexOID: nil,
            phase: "building index: loading tuples",
            phaseFraction: 0.25,
            elapsedSeconds: 3_700
        )
    ],
    snapshotHolders: [SnapshotHolder(processID: 78, description: "role app, psql", ageSeconds: 86_400)],
    missingPrivileges: ["Role steward does not see what other roles are doing."],
    searchSources: SearchSources(statements: .notPermitted),
    queue: queue
)

/// An index that does not fit shared_buffers.
private let large: VectorIndex = {
    var index = hnsw(oid: 61)
    index.sizeBytes = 35 << 20
    return index
}()

/// A server on this host whose memory is known.
private let roomy: ServerFacts = {
    var server = facts(pgvector: "0.8.1")
    server.sharedBuffersBytes = 16 << 20
    server.hostMemoryBytes = 16 << 30
    return server
}()

/// A collection for each rule about searches.
private let illSearched: [Collection] = [
    searched(
        collection("by_another_operator", rows: 60_000, indexes: [hnsw(oid: 51)], oid: 50),
        by: search(.l2Distance),
        configured(.l2Distance, filters: [filter("tenant_id")], limit: .rows(10), perHour: 5_000)
    ),
    searched(
        collection("by_a_cast", rows: 60_000, indexes: [hnsw(oid: 53)], oid: 52),
        by: search(on: .cast(.halfvec, dimensions: 384))
    ),
    searched(
        collection("few_probes", rows: 160_000, indexes: [ivfflat(builtAt: 160_000, lists: 400, oid: 55)], oid: 54),
        by: search(settings: ["ivfflat.probes": SearchSetting("3", .role("app"))])
    ),
    searched(
        collection("many_rows", rows: 60_000, indexes: [hnsw(oid: 57)], oid: 56),
        by: search(limit: .rows(100), rowsEach: 40)
    ),
    searched(
        collection("filtered", rows: 60_000, indexes: [hnsw(oid: 59)], oid: 58),
        by: search(filters: [filter("tenant_id")], limit: .rows(10), rowsEach: 2.1)
    ),
    filteredUncounted(
        "filtered_by_values",
        oid: 62,
        FilterStatistics(
            columns: ["tenant_id": ColumnValues(count: 40, mostCommonShare: 0.125)],
            analyzedAt: facts().observedAt - 259_200
        )
    ),
    filteredUncounted("filtered_and_counted", oid: 64, countedByExtension),
    filteredAndScanned,
    measured,
    searched(
        collection("cold", rows: 60_000, indexes: [large], oid: 60),
        by: search(blocksEach: (hit: 20, read: 180))
    ),
]

/// A collection whose index was measured after its rebuild, and again after it grew.
private let measured = searched(
    collection("measured", rows: 60_000, indexes: [measuredIndex], oid: 66),
    by: search(settings: ["ivfflat.probes": SearchSetting("10", .role("app"))])
)

/// Its index.
let measuredIndex: VectorIndex = {
    func evidence(
        _ recall: Double,
        _ interval: ClosedRange<Double>,
        hoursAgo: Double,
        writes: Int64,
        before: Double? = nil
    ) -> IndexEvidence {
        var figures = [
            "recall": recall, "low": interval.lowerBound, "high": interval.upperBound, "k": 10, "queries": 100,
            "shareAtNineTenths": 0.48, "worstTwentieth": 0.36, "shortAnswers": 0, "vectorRows": 60_000,
            "medianMilliseconds": 2.25, "slowMilliseconds": 4.5,
        ]
        figures["beforeRebuild"] = before
        return IndexEvidence(
            kind: MeasuredRecall.evidenceKind,
            figures: figures,
            settings: ["ivfflat.probes": "10"],
            takenAt: facts().observedAt - hoursAgo * 3_600,
            rows: 60_000,
            writes: writes
        )
    }
    var index = ivfflat(builtAt: 60_000, lists: 60, oid: 67)
    index.evidence = [
        evidence(0.85, 0.81...0.88, hoursAgo: 2, writes: 60_000, before: 0.89),
        evidence(0.92, 0.89...0.94, hoursAgo: 240, writes: 50_000),
    ]
    return index
}()

/// What pg_qualstats has counted of a condition.
private let countedByExtension: FilterStatistics = {
    var statistics = FilterStatistics()
    statistics.counted = [
        FilterStatistics.Condition(column: "tenant_id", operation: "="): CountedCondition(rows: 8_000, dropped: 7_000)
    ]
    return statistics
}()

/// A collection with a filter in its searches, whose rows nothing counts.
private func filteredUncounted(_ table: String, oid: UInt32, _ statistics: FilterStatistics) -> Collection {
    var collection = collection(table, rows: 60_000, indexes: [hnsw(oid: oid + 1)], oid: oid)
    collection.relations[0].filterStatistics = statistics
    return searched(collection, by: search(filters: [filter("tenant_id")], rowsEach: nil))
}

/// A collection of whose filter nothing is known, but that the scans of its index end where they must.
private let filteredAndScanned: Collection = {
    var index = hnsw(oid: 69)
    index.scanCounts = ScanCounts(scans: 1_200, rows: 46_800)
    return searched(
        collection("filtered_and_scanned", rows: 60_000, indexes: [index], oid: 68),
        by: search(
            filters: [SearchFilter("metadata @> ?", columns: ["metadata"], test: .other, operation: "@>")],
            rowsEach: nil
        )
    )
}()

/// A partitioned table whose index is not valid: one partition has no part of it, and one is a foreign table.
private let brokenParts: Collection = {
    var part = hnsw()
    part.attachedTo = 40
    var collection = partitioned("parts", [(9_000, [part]), (9_500, [])])
    for position in collection.relations.indices { collection.relations[position].parentOID = 800 }
    collection.partitionedTables = [
        Collection.PartitionedTable(
            oid: 800,
            parentOID: nil,
            schema: "vecs",
            table: "parts",
            indexes: [hnsw(name: "of_all_parts", isValid: false, oid: 40)]
        )
    ]
    collection.foreignPartitions = [
        Collection.ForeignPartition(schema: "vecs", table: "remote", parentOID: 800, bound: "DEFAULT")
    ]
    return collection
}()

/// A job in each state, and what holds up the one that runs.
private let queue = QueueSnapshot(
    entries: [
        entry(12, rebuild("ix_vector_cosine_ops_ivfflat_nl80_0a1b2c3"), .running, on: "outgrown", attempts: 2),
        entry(
            9,
            rebuild("ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3"),
            .failed,
            on: "too_early",
            attempts: 4,
            oldIndex: IndexIdentity(oid: 10, relfilenode: 0),
            reason: "built on 0 rows",
            failure: QueueEntry.Failure(
                sqlState: "53100",
                message: "could not extend file: No space left on device",
                hint: "Check free disk space."
            )
        ),
        entry(
            13,
            Analyze(),
            .waiting,
            on: "stale",
            attempts: 1,
            reason: "never analyzed",
            isCancelRequested: true,
            notBefore: 1_790_000_300,
            failure: QueueEntry.Failure(sqlState: "40P01", message: "deadlock detected")
        ),
        entry(
            14,
            DropIndex(name: "left"),
            .queued,
            on: "elsewhere",
            origin: .person,
            reason: "",
            putOff: QueueEntry.PutOff(times: 2, since: 1_789_999_500),
            heldBy: LockingSession(processID: 90, role: "app", state: "active", transactionAgeSeconds: 3_700)
        ),
    ],
    total: 1_204,
    failed: 1,
    activities: [
        JobActivity(
            jobID: 12,
            processID: 80,
            seconds: 1_000,
            progress: JobProgress(phase: "building index: loading tuples", fraction: 0.45, secondsLeft: 720),
            waitsFor: [
                LockingSession(
                    processID: 81,
                    role: "app",
                    application: "psql",
                    state: "idle in transaction",
                    transactionAgeSeconds: 7_300
                ),
                LockingSession(processID: nil, role: "app", application: "gid", transactionAgeSeconds: 90),
            ],
            queue: [LockingSession(processID: 82, awaitedLock: "ShareUpdateExclusiveLock")]
        )
    ]
)

private let ownLeftover = VectorIndex(
    oid: 12,
    name: "vecsteward_build_0a1b2c3",
    method: .hnsw,
    operatorClass: "vector_cosine_ops",
    isValid: false,
    reltuples: -1,
    sizeBytes: 8 << 20
)

/// An HNSW index twice as large as 10,000 rows make it.
private let swollen: VectorIndex = {
    var index = hnsw()
    index.sizeBytes = 12 << 20
    index.isSizeMeasured = true
    return index
}()

/// An HNSW index whose use was sampled three days ago, when its table had been read 1,000 times.
private let sampled: VectorIndex = {
    var index = hnsw()
    index.sample = UseSample(
        takenAt: facts().observedAt - 259_200,
        scans: 0,
        sequentialScans: 1_000,
        sequentialRowsRead: 10_000_000
    )
    return index
}()

/// Statistics of a table with rows that are dead and not vacuumed.
private func deleted(_ dead: Int64, of rows: Int64) -> TableStatistics {
    var statistics = fresh(rows - dead)
    statistics.deadTuples = dead
    return statistics
}

/// Statistics of a table that was analyzed after its index was built, which so forgot the rows of its build.
private func analyzed(_ rows: Int64) -> TableStatistics {
    var statistics = fresh(rows)
    statistics.isVacuumed = true
    return statistics
}

/// Statistics of a table that is read from end to end, again and again.
private func searched(_ rows: Int64) -> TableStatistics {
    var statistics = fresh(rows)
    statistics.sequentialScans = 5_000
    statistics.sequentialRowsRead = 5_000 * rows
    return statistics
}
