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
        Case(
            "nothing is known of the settings",
            graph(search(filters: tenant, limit: .rows(10), rows: 9_000).withUnknownSettings),
            fires: false
        ),
        Case(
            "fewer rows than asked for, of pages that may be the last",
            graph(search(filters: tenant, limit: .rows(10), rows: 9_000).withOffset),
            fires: false
        ),
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
