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
        Case("rows that nothing counts", graph(search(filters: tenant)), fires: false),
        Case("too few calls to count", graph(search(filters: tenant, calls: 9, rows: 3)), fires: false),
        Case("calls enough to count", graph(search(filters: tenant, calls: 10, rows: 3)), fires: true),
        Case("no filter", graph(search(limit: .rows(10), rows: 9_000)), fires: false),
        Case(
            "iterative scan",
            graph(search(filters: tenant, limit: .rows(10), rows: 9_000, settings: iterative)),
            fires: false
        ),
        Case("strict iterative scan", graph(search(filters: tenant, settings: strict)), fires: false),
        Case(
            "iterative scan of another method",
            snapshot(indexes: [ivfflat(builtAt: 10_000)])
                .searched([search(filters: tenant, rows: 20, settings: iterative)]),
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
        let exhausted = try finding(
            snapshot(indexes: [hnsw()]).searched([search(filters: Self.tenant)]).scanned(10, rows: 400)
        )
        #expect(exhausted.severity == .notice && exhausted.summary.contains("is not known"), "\(exhausted.summary)")
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

/// What is healthy has no finding: that a search has a filter says nothing by itself.
@Suite("Healthy searches with a filter")
struct HealthyFilterTests {
    private static let json = [SearchFilter("metadata @> ?", columns: ["metadata"], test: .other, operation: "@>")]
    private static let path = [SearchFilter("jsonb_path_match(metadata, ?)", columns: ["metadata"])]
    private static let undeleted = [SearchFilter("deleted_at IS NULL", columns: ["deleted_at"], test: .isNull)]
    private static let written = [SearchFilter("content IS NOT NULL", columns: ["content"], test: .isNotNull)]
    private static let live = [SearchFilter("live", columns: ["live"], test: .isTrue)]
    private static let kind = [SearchFilter("kind = ?", columns: ["kind"], isEquality: true)]
    private static let joined = [SearchFilter("owner.name = ?", columns: [])]
    private static let supabase = SearchSource.function("match_documents")

    private static func graph(_ searches: Search..., scans: Int64? = nil, rows: Int64 = 0) -> CatalogSnapshot {
        let seen = snapshot(rows: 10_000, indexes: [hnsw()]).searched(searches).described()
        return scans.map { seen.scanned($0, rows: rows) } ?? seen
    }
    private static func lists(_ searches: Search..., scans: Int64, rows: Int64) -> CatalogSnapshot {
        // A search reads 1,000 rows, which 3 of 30 lists have.
        snapshot(rows: 10_000, indexes: [ivfflat(builtAt: 10_000, lists: 30)]).searched(searches).described()
            .scanned(scans, rows: rows)
    }
    private static let probes = ["ivfflat.probes": SearchSetting("3", .server)]

    static let cases: [Case] = [
        // Supabase's match_documents, whose filter is '{}' where nobody filters.
        Case(
            "a function, of whose filter nothing is known",
            graph(search(filters: json, source: supabase)),
            fires: false
        ),
        Case(
            "a function whose scans end after ten rows",
            graph(search(filters: json, source: supabase), scans: 1_000, rows: 10_000),
            fires: false
        ),
        Case(
            "a function whose scans give all that they can",
            graph(search(filters: json, source: supabase), scans: 1_000, rows: 39_500),
            fires: true
        ),
        Case(
            "fewer of them do",
            graph(search(filters: json, source: supabase), scans: 1_000, rows: 35_000),
            fires: false
        ),
        Case("too few scans", graph(search(filters: json, source: supabase), scans: 9, rows: 360), fires: false),
        Case(
            "all of the rows that are asked for",
            graph(search(filters: json, limit: .rows(50), source: supabase), scans: 1_000, rows: 40_000),
            fires: false
        ),
        Case(
            "scans of others without a filter",
            graph(search(filters: json, calls: 100), search(calls: 900), scans: 1_000, rows: 40_000),
            fires: false
        ),
        Case(
            "a table that a scan gives the whole of",
            snapshot(rows: 40, indexes: [hnsw()]).searched([search(filters: json)]).scanned(1_000, rows: 40_000),
            fires: false
        ),
        Case("a cursor", graph(search(filters: json)), fires: false),
        Case("an open session", graph(search(filters: json, calls: nil, source: .activity)), fires: false),
        Case("a condition on another table", graph(search(filters: joined)), fires: false),
        Case("a function of the filter", graph(search(filters: path)), fires: false),
        Case("vecs without a filter, metadata @> '{}'", graph(search(filters: json, rows: 10_000)), fires: false),
        Case(
            "rows for several LIMITs, and no more are given",
            graph(search(filters: json, rows: 8_400), scans: 1_000, rows: 8_400),
            fires: false
        ),
        Case(
            "rows for several LIMITs, and more are given",
            graph(search(filters: json, rows: 8_400), scans: 1_000, rows: 9_400),
            fires: true
        ),
        Case(
            "several LIMITs that sessions showed",
            graph(search(filters: json, rows: 8_400, limits: [5, 10])),
            fires: false
        ),
        Case(
            "more than the LIMIT that one showed",
            graph(search(filters: json, rows: 8_400, limits: [5])),
            fires: false
        ),
        Case("one LIMIT that sessions showed", graph(search(filters: json, rows: 8_000, limits: [10])), fires: true),
        Case("as many as that", graph(search(filters: json, rows: 10_000, limits: [10])), fires: false),
        // Hardly any row is deleted, and all have a content.
        Case("nearly all rows match, uncounted", graph(search(filters: undeleted)), fires: false),
        Case("nearly all rows match, several LIMITs", graph(search(filters: undeleted, rows: 8_400)), fires: false),
        Case(
            "nearly all, fewer rows than asked for",
            graph(search(filters: written, limit: .rows(10), rows: 900)),
            fires: false
        ),
        Case("half of all, several LIMITs", graph(search(filters: live, rows: 8_400)), fires: true),
        Case(
            "nearly all of one condition, one unknown",
            graph(search(filters: undeleted + json, rows: 8_400)),
            fires: true
        ),
        // Ten rows of each kind: the planner reads the table for up to five times the LIMIT.
        Case("very few rows match", graph(search(filters: kind, limit: .rows(2))), fires: false),
        Case("more match", graph(search(filters: kind, limit: .rows(1))), fires: true),
        Case("few rows come, and no index was scanned", graph(search(filters: json, rows: 20), scans: 0), fires: false),
        Case("few rows come, and the index was scanned", graph(search(filters: json, rows: 20), scans: 1), fires: true),
        // Of those within a distance there may be few.
        Case(
            "fewer rows than asked for, within a distance",
            graph(search(filters: json, limit: .rows(10), isWithinDistance: true, rows: 7_000)),
            fires: false
        ),
        Case(
            "hardly any rows within a distance",
            graph(search(filters: json, isWithinDistance: true, rows: 20)),
            fires: false
        ),
        Case(
            "scans that give all, within a distance",
            graph(search(filters: json, isWithinDistance: true), scans: 1_000, rows: 40_000),
            fires: false
        ),
        Case(
            "lists that are left early",
            lists(search(filters: json, settings: probes), scans: 100, rows: 20_000),
            fires: false
        ),
        Case(
            "lists that are read to their end",
            lists(search(filters: json, settings: probes), scans: 100, rows: 95_000),
            fires: true
        ),
        Case(
            "an estimate of few rows, and scans that end early",
            graph(search(filters: kind, limit: .rows(1)), scans: 1_000, rows: 9_000),
            fires: false
        ),
        Case(
            "the same, where others end early",
            graph(
                search(filters: kind, limit: .rows(1), calls: 100),
                search(calls: 900),
                scans: 1_000,
                rows: 10_000
            ),
            fires: true
        ),
    ]

    @Test("are none of the rule filtered", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("filtered") == item.fires)
    }

    @Test("have what scans give, where they give all")
    func words() throws {
        let seen = Self.graph(search(filters: Self.json, source: Self.supabase), scans: 1_000, rows: 39_500)
        let found = try #require(seen.finding(of: "filtered"))
        #expect(found.severity == .notice, "\(found.summary)")
        #expect(
            found.summary.contains("a scan gives 40 rows on average, which is all that hnsw.ef_search 40 gives"),
            "\(found.summary)"
        )
        #expect(found.evidence.contains(.ratio("rowsPerScan", 39.5)), "\(found.evidence)")
    }
}

extension CatalogSnapshot {
    /// The same, with what the server counted of the scans of its only index.
    fileprivate func scanned(_ scans: Int64, rows: Int64) -> CatalogSnapshot {
        var seen = self
        seen.updateIndexes { index, _ in index.scanCounts = ScanCounts(scans: scans, rows: rows) }
        return seen
    }

    /// The same, with statistics of columns: hardly any row is deleted, half of them are live, each of a thousand kinds has ten.
    fileprivate func described() -> CatalogSnapshot {
        var seen = self
        seen.collections[0].relations[0].filterStatistics = FilterStatistics(
            columns: [
                "deleted_at": ColumnValues(nullShare: 0.995, count: 40), "content": ColumnValues(count: 10_000),
                "live": ColumnValues(count: 2, mostCommonShare: 0.5, trueShare: 0.5),
                "kind": ColumnValues(count: 1_000),
            ]
        )
        return seen
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
