import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Searches with a filter")
struct FilteredTests {
    private static let tenant = [SearchFilter("tenant_id = ?", columns: ["tenant_id"], isEquality: true)]
    private static let json = [SearchFilter("(metadata ->> ?) = ?", columns: ["metadata"])]
    private static let iterative = ["hnsw.iterative_scan": SearchSetting("relaxed_order", .server)]
    private static let strict = ["hnsw.iterative_scan": SearchSetting("strict_order", .client)]

    private static func graph(_ searches: Search..., pgvector: String = "0.8.7") -> CatalogSnapshot {
        snapshot(indexes: [hnsw()], server: facts(pgvector: pgvector)).searched(searches)
    }
    private static func partial() -> VectorIndex {
        var index = hnsw(name: "part", oid: 22)
        index.predicate = "(tenant_id = 1)"
        return index
    }

    static let cases: [Case] = [
        Case("fewer rows than asked for", graph(search(filters: tenant, limit: .rows(10), rows: 9_000)), fires: true),
        Case("the rows asked for", graph(search(filters: tenant, limit: .rows(10), rows: 10_000)), fires: false),
        Case("nearly all", graph(search(filters: tenant, limit: .rows(10), rows: 9_900)), fires: false),
        Case("hardly any rows", graph(search(filters: json, rows: 20)), fires: true),
        Case("a mean that is not whole", graph(search(filters: json, rows: 8_400)), fires: true),
        Case("a whole mean", graph(search(filters: json, rows: 10_000)), fires: false),
        Case("rows that nothing counts", graph(search(filters: tenant)), fires: true),
        Case("too few calls to count", graph(search(filters: tenant, calls: 9, rows: 90)), fires: true),
        Case("calls enough to count", graph(search(filters: tenant, calls: 10, rows: 100)), fires: false),
        Case("no filter", graph(search(limit: .rows(10), rows: 9_000)), fires: false),
        Case(
            "iterative scan",
            graph(search(filters: tenant, limit: .rows(10), rows: 9_000, settings: iterative)),
            fires: false
        ),
        Case("strict iterative scan", graph(search(filters: tenant, settings: strict)), fires: false),
        Case(
            "iterative scan of another method",
            snapshot(indexes: [ivfflat(builtAt: 10_000)]).searched([search(filters: tenant, settings: iterative)]),
            fires: true
        ),
        Case("no index", snapshot().searched([search(filters: tenant, rows: 20)]), fires: false),
        Case("an index for another operator", graph(search(by: .l2Distance, filters: tenant, rows: 20)), fires: false),
        Case("no LIMIT, so no index", graph(search(filters: tenant, limit: .all, rows: 20)), fires: false),
        Case("descending", graph(search(filters: tenant, obstacles: [.descending])), fires: false),
        Case("a radius", graph(search(kind: .radius, filters: tenant)), fires: false),
        Case(
            "a partial index, which may be for the filter",
            snapshot(indexes: [partial()]).searched([search(filters: tenant)]),
            fires: false
        ),
        Case(
            "a partial index, and rows are missing",
            snapshot(indexes: [partial()]).searched([search(filters: tenant, rows: 20)]),
            fires: true
        ),
        Case("nothing is known", snapshot(indexes: [hnsw()]), fires: false),
    ]

    @Test("filtered", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("filtered") == item.fires)
    }

    private func finding(_ seen: CatalogSnapshot) throws -> Finding { try #require(seen.finding(of: "filtered")) }

    @Test("warn where rows are seen to be missing, and say may where they are not")
    func certainty() throws {
        let short = try finding(Self.graph(search(filters: Self.tenant, limit: .rows(10), rows: 420)))
        #expect(short.severity == .warning && short.summary.contains("return 0.42 of the 10 rows"), "\(short.summary)")
        #expect(short.summary.contains("filtered by tenant_id") && !short.summary.contains("may"))
        let nothing = try finding(Self.graph(search(filters: Self.json, rows: 20)))
        #expect(nothing.severity == .warning && nothing.summary.contains("they may miss rows"), "\(nothing.summary)")
        let uneven = try finding(Self.graph(search(filters: Self.json, rows: 8_400)))
        #expect(uneven.severity == .notice && uneven.summary.contains("may"), "\(uneven.summary)")
        let foreseen = try finding(Self.graph(search(filters: Self.tenant)))
        #expect(foreseen.severity == .notice && foreseen.summary.contains("is not known"), "\(foreseen.summary)")
        let worst = try finding(
            Self.graph(search(filters: Self.tenant), search(filters: Self.json, limit: .rows(10), rows: 9_000))
        )
        #expect(worst.severity == .warning && worst.summary.contains("filtered by metadata"), "\(worst.summary)")
    }

    @Test("get iterative scan first, then an index on the columns that they compare")
    func remedies() throws {
        let short = try finding(Self.graph(search(filters: Self.tenant + Self.json, rows: 20)))
        guard case .createFilterIndex(_, ["tenant_id"])? = short.advised.last else {
            Issue.record("\(short.advised)")
            return
        }
        #expect(short.advised.count == 2)
        #expect(short.advised.first == .set(.iterativeScan(.hnsw), for: .role("app", database: "app")))
        for word in [
            "First", "relaxed_order", "max_scan_tuples (20,000", "Second", "every write", "Third", "partitions",
        ] {
            #expect(short.advice.contains(word), "\(word): \(short.advice)")
        }
        #expect(short.advice.count <= 1_000, "\(short.advice.count)")
        let old = try finding(Self.graph(search(filters: Self.json, rows: 20), pgvector: "0.7.4"))
        #expect(old.advised == [] && old.advice.contains("update pgvector 0.7.4"), "\(old.advice)")
        let lists = snapshot(indexes: [ivfflat(builtAt: 10_000)]).searched([search(filters: Self.json, rows: 20)])
        #expect(try finding(lists).advised == [.set(.iterativeScan(.ivfflat), for: .role("app", database: "app"))])
    }
}

@Suite("An index that is missing for searches with a filter")
struct FilterWarningTests {
    private static let filters = [SearchFilter("a = ?", columns: ["a"])]

    @Test("is advised with what it does to them, and with what undoes that")
    func warning() throws {
        func finding(_ searches: [Search], pgvector: String = "0.8.7") throws -> Finding {
            let seen = snapshot(server: facts(pgvector: pgvector)).searched(searches)
            return try #require(seen.finding(of: "unindexed"))
        }
        let filtered = try finding([search(filters: Self.filters)])
        #expect(filtered.advice.contains("Its searches have a filter"), "\(filtered.advice)")
        #expect(filtered.advised == [.set(.iterativeScan(.hnsw), for: .role("app", database: "app"))])
        #expect(filtered.remedy == .createIndex && filtered.advice.count <= 1_000)
        let some = try finding([search(calls: 600), search(filters: Self.filters, calls: 400)])
        #expect(some.advice.contains("40 % of its searches have a filter"), "\(some.advice)")
        let old = try finding([search(filters: Self.filters)], pgvector: "0.7.4")
        #expect(old.advice.contains("takes pgvector 0.8.0") && old.advised == [])
        let iterative = ["hnsw.iterative_scan": SearchSetting("strict_order", .server)]
        for searches in [[search()], [search(filters: Self.filters, settings: iterative)]] {
            let silent = try finding(searches)
            #expect(!silent.advice.contains("filter") && silent.advised == [], "\(silent.advice)")
        }
    }
}

@Suite("An index that no longer fits shared buffers")
struct ColdTests {
    private static func graph(hit: Int64, read: Int64, calls: Int64 = 1_000, limit: RowsAsked = .some)
        -> CatalogSnapshot
    {
        snapshot(indexes: [hnsw()])
            .searched([search(limit: limit, calls: calls, blocksHit: hit, blocksRead: read)])
    }

    static let cases: [Case] = [
        Case("more blocks read than hit", graph(hit: 1_000, read: 1_001), fires: true),
        Case("as many", graph(hit: 1_000, read: 1_000), fires: false),
        Case("too few calls", graph(hit: 0, read: 1_000, calls: 999), fires: false),
        Case("no blocks", graph(hit: 0, read: 0), fires: false),
        Case("a scan of the table", graph(hit: 0, read: 1_000, limit: .all), fires: false),
        Case("no index", snapshot().searched([search(blocksRead: 1_000)]), fires: false),
    ]

    @Test("cold", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("cold") == item.fires)
    }

    /// What a cold index of this size is advised on a server.
    private static func advice(
        _ gigabytes: Int64,
        buffers: Int64?,
        host: Int64? = nil,
        dimensions: Int = 768,
        type: VectorType = .vector
    ) throws -> Finding {
        var server = facts()
        server.sharedBuffersBytes = buffers.map { $0 << 30 }
        server.hostMemoryBytes = host.map { $0 << 30 }
        var index = hnsw(operatorClass: "\(type.rawValue)_cosine_ops")
        index.sizeBytes = gigabytes << 30
        (index.indexedDimensions, index.indexedType) = (dimensions, type)
        let seen = snapshot(rows: 1_000_000, indexes: [index], type: type, dimensions: dimensions, server: server)
            .searched([search(blocksHit: 100, blocksRead: 900)])
        return try #require(seen.finding(of: "cold"))
    }

    @Test(
        "is compared with shared_buffers and, if that is this host, with its memory",
        arguments: [
            (Int64(4), nil, nil, "Give the server shared_buffers for the index"),
            (4, 8, 16, "4 GB alone would fit shared_buffers (8 GB)"), (8, 8, nil, "8 GB alone would fit"),
            (9, 8, nil, "9 GB do not fit shared_buffers (8 GB): raise shared_buffers if the host has the memory"),
            (9, 8, 32, "less than 40 % of the memory of the host (32 GB): raise shared_buffers"),
            (9, 8, 20, "more than 40 % of the memory of the host (20 GB), beyond which shared_buffers seldom help"),
            (40, 8, 32, "40 GB fit neither shared_buffers (8 GB) nor the memory of the host (32 GB)"),
        ] as [(Int64, Int64?, Int64?, String)]
    )
    func memory(gigabytes: Int64, buffers: Int64?, host: Int64?, words: String) throws {
        let found = try Self.advice(gigabytes, buffers: buffers, host: host)
        #expect(found.advice.contains(words), "\(found.advice)")
        #expect(found.evidence.contains { $0.key == "sharedBuffersBytes" } == (buffers != nil))
        #expect(found.evidence.contains { $0.key == "hostMemoryBytes" } == (host != nil))
    }

    @Test("comes with what would fit, by its size: half of it, bits, fewer dimensions")
    func fitting() throws {
        // A row of 768 dimensions takes half a page of 8 kB, as halfvec a quarter, as bits a 20th.
        let large = try Self.advice(8, buffers: 5)
        #expect(large.advice.contains("halfvec(768) it takes about 4 GB, which fits shared_buffers"), "\(large.advice)")
        #expect(large.advice.contains("binary_quantize it takes about 819 MB, which fits"), "\(large.advice)")
        #expect(large.advice.contains("rank those again"))
        let dimensions = try #require(large.advice.firstMatch(of: /With (\d+) dimensions or fewer/)).1
        #expect((400...480).contains(Int(dimensions) ?? 0), "\(large.advice)")
        let small = try Self.advice(8, buffers: 1)
        #expect(small.advice.contains("halfvec(768) it takes about 4 GB;"), "\(small.advice)")
        let fitting = try Self.advice(4, buffers: 8)
        #expect(!fitting.advice.contains("dimensions or fewer"), "\(fitting.advice)")
        let halves = try Self.advice(8, buffers: 5, type: .halfvec)
        #expect(!halves.advice.contains("halfvec(") && halves.advice.contains("binary_quantize"), "\(halves.advice)")
    }

    @Test("gets one of half the size")
    func smaller() throws {
        let found = try #require(Self.graph(hit: 100, read: 900).finding(of: "cold"))
        #expect(found.summary.contains("90 %") && found.severity == .notice, "\(found.summary)")
        guard case .createIndex(_, let index, _)? = found.advised.first else {
            Issue.record("\(found.advised)")
            return
        }
        #expect(index.type == .halfvec && index.dimensions == 64)
    }
}
