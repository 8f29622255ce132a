import AdvisorFixture
import Testing

@testable import Advisor

@Suite("What is expected of searches with a filter")
struct FilterOutlookTests {
    private static let tenant = SearchFilter("tenant_id = ?", columns: ["tenant_id"], isEquality: true)
    private static let kind = SearchFilter("kind = ?", columns: ["kind"], isEquality: true)
    private static let live = SearchFilter("live", columns: ["live"], test: .isTrue)
    private static let dead = SearchFilter("NOT live", columns: ["live"], test: .isFalse)
    private static let unset = SearchFilter("tenant_id IS NULL", columns: ["tenant_id"], test: .isNull)
    private static let json = SearchFilter("metadata @> ?", columns: ["metadata"], test: .other, operation: "@>")
    private static let range = SearchFilter("tenant_id > ?", columns: ["tenant_id"], test: .other, operation: ">")
    private static let byTenant = ValueIndex(name: "by_tenant", columns: ["tenant_id", "kind"])

    /// A table with an index, whose columns have so many values each.
    private static func table(
        _ filters: [SearchFilter],
        tenants: Double = 20,
        mostCommon: Double? = nil,
        indexes: [ValueIndex] = [],
        counted: [FilterStatistics.Condition: CountedCondition] = [:],
        limit: RowsAsked = .rows(10),
        index: VectorIndex? = hnsw(),
        rows: Int64 = 10_000,
        settings: [String: SearchSetting] = [:],
        source: SearchSource = .statements,
        pgvector: String = "0.8.7"
    ) -> CatalogSnapshot {
        var seen = snapshot(rows: rows, indexes: index.map { [$0] } ?? [], server: facts(pgvector: pgvector))
            .searched([search(filters: filters, limit: limit, source: source, settings: settings)])
        var statistics = FilterStatistics(
            columns: [
                "tenant_id": ColumnValues(nullShare: 0, count: tenants, mostCommonShare: mostCommon),
                "kind": ColumnValues(nullShare: 0.2, count: 8),
                "live": ColumnValues(count: 2, mostCommonShare: 0.7, trueShare: 0.3),
            ],
            indexes: indexes,
            analyzedAt: seen.server.observedAt - 3 * 86_400
        )
        statistics.counted = counted
        seen.collections[0].relations[0].filterStatistics = statistics
        return seen
    }

    private static func counted(_ operation: String, kept: Int64, of rows: Int64 = 1_000)
        -> [FilterStatistics.Condition: CountedCondition]
    {
        let column = operation == "@>" ? "metadata" : "tenant_id"
        return [.init(column: column, operation: operation): CountedCondition(rows: rows, dropped: rows - kept)]
    }

    private static func cost(_ page: String, _ cost: Double) -> [String: SearchSetting] {
        ["\(page)_page_cost": SearchSetting("\(cost)", .server)]
    }
    private static let lists = ["ivfflat.probes": SearchSetting("3", .server)]

    static let cases: [Case] = [
        // 40 of 10,000 rows, of which 4 have one of ten values.
        Case("a share of a tenth", table([tenant], tenants: 10), fires: true),
        Case("a share of a quarter", table([tenant], tenants: 4), fires: false),
        Case("just less than a quarter", table([tenant], tenants: 4.1), fires: true),
        Case("a quarter, and eleven rows", table([tenant], tenants: 4, limit: .rows(11)), fires: true),
        Case("a tenth, and four rows", table([tenant], tenants: 10, limit: .rows(4)), fires: false),
        Case("a LIMIT that is unknown stands for ten", table([tenant], tenants: 4, limit: .some), fires: false),
        Case("a LIMIT that is unknown, and fewer", table([tenant], tenants: 5, limit: .some), fires: true),
        Case("two columns of which each would do", table([tenant, kind], tenants: 4), fires: true),
        Case("true in three rows of ten", table([live]), fires: false),
        Case("false in seven of ten", table([dead]), fires: false),
        Case("true, and of 13 rows 12", table([live], limit: .rows(13)), fires: true),
        Case("false, and of 13 rows 28", table([dead], limit: .rows(13)), fires: false),
        Case("NULL, of which there is none", table([unset]), fires: false),
        Case("an operator on jsonb tells nothing", table([json]), fires: false),
        Case("a range tells nothing", table([range]), fires: false),
        Case("enough of one condition and nothing of another", table([tenant, json], tenants: 2), fires: false),
        Case("too few of one condition and nothing of another", table([tenant, json], tenants: 20), fires: true),
        // 50 of 10,000 rows.
        Case("so few rows match that the planner reads all", table([tenant], tenants: 200), fires: false),
        Case("a few more match", table([tenant], tenants: 190), fires: true),
        Case(
            "few, where pages at random are cheap",
            table([tenant], tenants: 200, settings: cost("random", 1.1)),
            fires: true
        ),
        Case("fewer, where they are", table([tenant], tenants: 700, settings: cost("random", 1.1)), fires: false),
        Case("few, where all pages are dear", table([tenant], tenants: 1_000, settings: cost("seq", 100)), fires: true),
        Case(
            "few beside lists",
            table([tenant], tenants: 500, index: ivfflat(builtAt: 10_000, lists: 30), settings: lists),
            fires: false
        ),
        Case(
            "a few more beside lists",
            table([tenant], tenants: 450, index: ivfflat(builtAt: 10_000, lists: 30), settings: lists),
            fires: true
        ),
        Case(
            "a view, which has a filter on the table's column",
            table([tenant], tenants: 2, source: .view("v")),
            fires: false
        ),
        Case(
            "more candidates",
            table([tenant], tenants: 20, settings: ["hnsw.ef_search": SearchSetting("200", .server)]),
            fires: false
        ),
        Case(
            "fewer rows match than are asked for, and all are found",
            table([tenant], tenants: 20, rows: 40),
            fires: false
        ),
        // 3 of 30 lists are 1,000 rows.
        Case(
            "lists with enough rows",
            table([tenant], tenants: 100, index: ivfflat(builtAt: 10_000, lists: 30), settings: lists),
            fires: false
        ),
        Case(
            "lists with too few rows",
            table([tenant], tenants: 101, index: ivfflat(builtAt: 10_000, lists: 30), settings: lists),
            fires: true
        ),
        // 200 of 10,000 rows.
        Case("few rows match, by a B-tree", table([tenant], tenants: 50, indexes: [byTenant]), fires: false),
        Case("more rows than it is taken for", table([tenant], tenants: 49, indexes: [byTenant]), fires: true),
        Case("few of both columns of it", table([tenant, kind], tenants: 6, indexes: [byTenant]), fires: false),
        Case("its second column alone", table([kind], tenants: 50, indexes: [byTenant]), fires: true),
        Case("few by it, and one unknown", table([tenant, json], tenants: 50, indexes: [byTenant]), fires: false),
        Case("counted to keep a quarter", table([json], counted: counted("@>", kept: 250)), fires: false),
        Case("counted to keep less", table([json], counted: counted("@>", kept: 240)), fires: true),
        Case("too few rows counted", table([json], counted: counted("@>", kept: 9, of: 999)), fires: false),
        Case("counted of another operator", table([json], counted: counted("=", kept: 10)), fires: false),
        Case(
            "what is counted comes before the statistics",
            table([tenant], tenants: 20, counted: counted("=", kept: 900)),
            fires: false
        ),
        Case(
            "what is counted of one condition holds for those beside it",
            table([tenant, kind], tenants: 20, counted: counted("=", kept: 900)),
            fires: false
        ),
    ]

    @Test("decides whether filtered fires where nothing was counted", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("filtered") == item.fires)
    }

    private func finding(_ seen: CatalogSnapshot, rule: String = "filtered") throws -> Finding {
        try #require(seen.finding(of: rule))
    }

    @Test("is said with the share, the candidates and where it is from")
    func words() throws {
        let found = try finding(Self.table([Self.tenant], tenants: 20, mostCommon: 0.12))
        #expect(found.severity == .notice && found.summary.contains("about 2 of the 10 rows"), "\(found.summary)")
        #expect(
            found.advice.hasPrefix(
                "This is an estimate by the planner's statistics (pg_stats, 3 days old): the filter keeps 5 % (for the most "
                    + "common value 12 %) of the 40 rows that hnsw.ef_search 40 gives."
            ),
            "\(found.advice)"
        )
        #expect(found.advice.count <= 1_000, "\(found.advice.count)")
        for evidence: Evidence in [
            .ratio("filterShare", 0.05), .ratio("mostCommonShare", 0.12), .ratio("expectedRows", 2),
            .count("efSearch", 40), .count("matchingRows", 500), .count("rowsAsked", 10),
            .text("filterShareSource", "pg_stats"),
            .count("statisticsAgeSeconds", 259_200),
        ] {
            #expect(found.evidence.contains(evidence), "\(evidence) \(found.evidence)")
        }
        let counted = try finding(Self.table([Self.json], counted: Self.counted("@>", kept: 10)))
        #expect(counted.advice.contains("pg_qualstats counted of 1,000 rows: the filter keeps 1 %"))
        #expect(counted.evidence.contains(.text("filterShareSource", "pg_qualstats")))
        let unlimited = try finding(Self.table([Self.tenant], limit: .some))
        #expect(unlimited.evidence.contains(.count("rowsAssumed", 10)))
        #expect(unlimited.summary.contains("LIMIT is not known"), "\(unlimited.summary)")
        var hidden = Self.table([Self.tenant])
        hidden.collections[0].relations[0].filterStatistics = FilterStatistics(unreadable: ["tenant_id"])
        #expect(!rules(hidden).contains("filtered"))
        hidden.updateIndexes { index, _ in index.scanCounts = ScanCounts(scans: 100, rows: 4_000) }
        #expect(try finding(hidden).advice.contains("may not read the statistics of tenant_id"))
    }

    @Test("gives way to the rows that were counted")
    func seen() throws {
        var enough = Self.table([Self.tenant], tenants: 20)
        enough.collections[0].searches = [search(filters: [Self.tenant], limit: .rows(10), rows: 10_000)]
        #expect(!rules(enough).contains("filtered"))
        var short = Self.table([Self.tenant], tenants: 50, indexes: [Self.byTenant])
        short.collections[0].searches = [search(filters: [Self.tenant], limit: .rows(10), rows: 2_000)]
        #expect(try finding(short).severity == .warning)
        // Two rows match, and two come.
        var few = Self.table([Self.tenant], tenants: 5_000)
        few.collections[0].searches = [search(filters: [Self.tenant], limit: .rows(10), rows: 2_000)]
        #expect(!rules(few).contains("filtered"))
        // pg_qualstats has counted rows near by, of which none match.
        var none = Self.table([Self.tenant], tenants: 20, counted: Self.counted("=", kept: 0))
        none.collections[0].searches = [search(filters: [Self.tenant], limit: .rows(10), rows: 0)]
        #expect(rules(none).contains("filtered"))
        // One value has more rows than come.
        few.collections[0].relations[0].filterStatistics?.columns["tenant_id"]?.mostCommonShare = 0.001
        #expect(rules(few).contains("filtered"))
    }

    private static func creations(_ finding: Finding) -> [[String]] {
        finding.advised.compactMap { if case .createFilterIndex(_, let columns) = $0 { columns } else { nil } }
    }

    @Test("decides which index on the filter is advised: none that is there, none that the planner would not take")
    func indexes() throws {
        let tooMany = try finding(Self.table([Self.tenant], tenants: 20))
        #expect(Self.creations(tooMany) == [] && tooMany.advice.contains("here about 500 do"), "\(tooMany.advice)")
        let few = try finding(Self.table([Self.tenant], tenants: 100))
        #expect(Self.creations(few) == [["tenant_id"]] && few.advice.contains("the about 100 rows"), "\(few.advice)")
        let together = try finding(Self.table([Self.tenant, Self.kind], tenants: 20))
        #expect(Self.creations(together) == [["tenant_id", "kind"]], "\(together.advised)")
        let hash = ValueIndex(name: "there", columns: ["tenant_id"])
        var seen = Self.table([Self.tenant], tenants: 50, indexes: [hash])
        seen.collections[0].searches = [search(filters: [Self.tenant], limit: .rows(10), rows: 2_000)]
        let there = try finding(seen)
        #expect(Self.creations(there) == [])
        #expect(there.advice.contains("index there on the filter is there"), "\(there.advice)")
    }

    @Test("decides for how many values partial indexes are advised")
    func values() throws {
        func partial(_ seen: CatalogSnapshot) throws -> AdvisedStatement.PartialIndexes? {
            try finding(seen).advised.lazy.compactMap {
                if case .writePartialIndexes(_, let indexes) = $0 { indexes } else { nil }
            }
            .first
        }
        let twenty = try #require(try partial(Self.table([Self.tenant], tenants: 20)))
        #expect(twenty.filterColumn == "tenant_id" && twenty.most == 20 && twenty.method == .hnsw)
        #expect(try partial(Self.table([Self.tenant], tenants: 21)) == nil)
        #expect(try partial(Self.table([Self.tenant], tenants: 21, mostCommon: 0.05)) != nil)
        let many = try finding(Self.table([Self.tenant], tenants: 1_000, rows: 100_000))
        #expect(many.advice.contains("too many values, about 1,000"), "\(many.advice)")
    }

    @Test("is said of a new index, and decides what comes before it")
    func newIndex() throws {
        let short = try finding(Self.table([Self.tenant], index: nil), rule: "unindexed")
        #expect(short.advice.contains("expected to get about 2 of 10 rows"), "\(short.advice)")
        #expect(short.advice.contains("the filter keeps 5 %") && short.advice.count <= 1_000, "\(short.advice)")
        #expect(short.advised == [.set(.iterativeScan(.hnsw), for: .role("app", database: "app"))])
        let few = try finding(Self.table([Self.tenant], tenants: 100, index: nil), rule: "unindexed")
        #expect(few.advice.contains("an index on tenant_id comes first"), "\(few.advice)")
        #expect(Self.creations(few) == [["tenant_id"]] && few.advised.count == 2, "\(few.advised)")
        for silent in [
            Self.table([Self.tenant], tenants: 4, index: nil),
            Self.table([Self.tenant], tenants: 50, indexes: [Self.byTenant], index: nil),
        ] {
            #expect(try !finding(silent, rule: "unindexed").advice.contains("filter"))
        }
    }

    @Test("makes auto take lists where hnsw cannot continue a scan")
    func auto() throws {
        func choice(_ seen: CatalogSnapshot) throws -> IndexChoice {
            try IndexChoice.choose(
                for: seen.collections[0],
                rows: 10_000,
                preferences: IndexPreferences(),
                pgvector: seen.server.pgvector,
                limits: ResourceLimits()
            )
            .get()
        }
        // 1 of 30 lists is 333 rows.
        let old = try choice(Self.table([Self.tenant], index: nil, pgvector: "0.7.4"))
        #expect(old.definition.method == .ivfflat && old.reason.contains("no iterative scan"), "\(old.reason)")
        #expect(try choice(Self.table([Self.tenant], index: nil)).definition.method == .hnsw)
        let enough = Self.table([Self.tenant], tenants: 4, index: nil, pgvector: "0.7.4")
        #expect(try choice(enough).definition.method == .hnsw)
        let neither = Self.table([Self.tenant], tenants: 34, index: nil, pgvector: "0.7.4")
        #expect(try choice(neither).definition.method == .hnsw)
    }
}
