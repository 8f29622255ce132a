import AdvisorFixture
import Testing

@testable import Advisor

@Suite("The settings of searches")
struct SearchSettingsTests {
    private static func probes(_ number: Int, _ source: SearchSetting.Source = .server) -> [String: SearchSetting] {
        ["ivfflat.probes": SearchSetting("\(number)", source)]
    }
    private static func efSearch(_ number: Int, iterative: String = "off") -> [String: SearchSetting] {
        [
            "hnsw.ef_search": SearchSetting("\(number)", .builtIn),
            "hnsw.iterative_scan": SearchSetting(iterative, .builtIn),
        ]
    }
    private static func lists(_ searches: Search..., lists: Int = 63) -> CatalogSnapshot {
        snapshot(indexes: [ivfflat(builtAt: 10_000, lists: lists)]).searched(searches)
    }
    private static func graph(_ searches: Search...) -> CatalogSnapshot {
        snapshot(indexes: [hnsw()]).searched(searches)
    }

    static let cases: [Case] = [
        Case("one probe by default", lists(search()), fires: true),
        Case("fewer probes than the root of the lists", lists(search(settings: probes(7))), fires: true),
        Case("as many", lists(search(settings: probes(8))), fires: false),
        Case("vecs' probes for its fewest lists", lists(search(settings: probes(10)), lists: 30), fires: false),
        Case("a single list", lists(search(), lists: 1), fires: false),
        Case("no LIMIT, so no index", lists(search(limit: .all)), fires: false),
        Case("no LIMIT, as seen in the text", lists(search(obstacles: [.noLimit])), fires: false),
        Case("another operator", lists(search(by: .l2Distance)), fires: false),
        Case(
            "index scans are off",
            lists(search(settings: ["enable_indexscan": SearchSetting("off", .server)])),
            fires: false
        ),
        Case("nothing is known", snapshot(indexes: [ivfflat(builtAt: 10_000, lists: 63)]), fires: false),
        Case("few of the searches", lists(search(calls: 901, settings: probes(8)), search(calls: 99)), fires: false),
        Case(
            "an HNSW index that the planner may take instead",
            snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000, lists: 63)]).searched([search()]),
            fires: false
        ),
        Case("more rows than candidates", graph(search(limit: .rows(41))), fires: true),
        Case("as many rows as candidates", graph(search(limit: .rows(40))), fires: false),
        Case("candidates for the rows", graph(search(limit: .rows(100), settings: efSearch(100))), fires: false),
        Case(
            "iterative scan",
            graph(search(limit: .rows(100), settings: efSearch(40, iterative: "strict_order"))),
            fires: false
        ),
        Case("a mean at the ceiling", graph(search(calls: 500, rows: 20_000)), fires: true),
        Case("a mean below the ceiling", graph(search(calls: 500, rows: 19_000)), fires: false),
        Case("a mean above the ceiling", graph(search(calls: 500, rows: 50_000)), fires: false),
        Case("one search at the ceiling", graph(search(calls: 1, rows: 40)), fires: false),
        Case("an unknown LIMIT, nothing counted", graph(search()), fires: false),
        Case("no LIMIT, and all candidates", graph(search(limit: .all, calls: 500, rows: 20_000)), fires: true),
        Case("no LIMIT, and nearly all", graph(search(limit: .all, calls: 500, rows: 18_000)), fires: true),
        Case("no LIMIT, and fewer", graph(search(limit: .all, calls: 500, rows: 17_900)), fires: false),
        Case("no LIMIT, and all rows", graph(search(limit: .all, calls: 500, rows: 5_000_000)), fires: false),
        Case("no LIMIT, and once", graph(search(limit: .all, calls: 1, rows: 40)), fires: false),
        Case("no LIMIT, nothing counted", graph(search(limit: .all)), fires: false),
        Case(
            "no LIMIT, of as many rows as there are",
            snapshot(rows: 44, indexes: [hnsw()]).searched([search(limit: .all, calls: 500, rows: 20_000)]),
            fires: false
        ),
        Case(
            "no LIMIT, and a filter",
            graph(search(filters: [SearchFilter("a", columns: ["a"])], limit: .all, calls: 500, rows: 20_000)),
            fires: false
        ),
        Case(
            "no LIMIT, within a distance",
            graph(search(limit: .all, isWithinDistance: true, calls: 500, rows: 20_000)),
            fires: false
        ),
        Case(
            "no LIMIT, and iterative scan",
            graph(
                search(limit: .all, calls: 500, rows: 20_000, settings: efSearch(40, iterative: "relaxed_order"))
            ),
            fires: false
        ),
        Case(
            "no LIMIT, and index scans are off",
            graph(
                search(
                    limit: .all,
                    calls: 500,
                    rows: 20_000,
                    settings: ["enable_indexscan": SearchSetting("off", .server)]
                )
            ),
            fires: false
        ),
        Case("a LIMIT that sessions showed", graph(search(limits: [41])), fires: true),
        Case("one of several that they showed", graph(search(limits: [41, 10])), fires: false),
        Case("probes that the server hides", lists(search(settings: hidden("ivfflat.probes"))), fires: false),
        Case(
            "candidates that the server hides",
            graph(search(limit: .rows(41), settings: hidden("hnsw.ef_search"))),
            fires: false
        ),
        Case(
            "iterative scan that the server hides",
            graph(search(limit: .rows(41), settings: hidden("hnsw.iterative_scan"))),
            fires: false
        ),
        Case("index scans that the server hides", lists(search(settings: hidden("enable_indexscan"))), fires: false),
        Case("nothing is known of the settings", lists(search().withUnknownSettings), fires: false),
        Case("nor of those for HNSW", graph(search(limit: .rows(41)).withUnknownSettings), fires: false),
    ]

    private static func hidden(_ name: String) -> [String: SearchSetting] { [name: .unknown(.client)] }

    @Test("search-settings", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("search-settings") == item.fires)
    }

    private func finding(_ seen: CatalogSnapshot) throws -> Finding {
        try #require(seen.finding(of: "search-settings"))
    }

    @Test("say the share of the lists, and are set for the role that searches")
    func roles() throws {
        let found = try finding(Self.lists(search(), search(role: "other"), search(role: "app")))
        #expect(
            found.summary.contains("read 1 of the 63 lists") && found.summary.contains("(1.6 %)"),
            "\(found.summary)"
        )
        #expect(found.severity == .warning)
        #expect(
            found.advised == [
                .set(.probes(8), for: .role("app", database: "app")),
                .set(.probes(8), for: .role("other", database: "app")),
            ]
        )
        #expect(try finding(Self.lists(search(settings: Self.probes(4)))).severity == .notice)
        #expect(try finding(Self.lists(search(role: nil))).advised == [.set(.probes(8), for: .database("app"))])
        let many = (1...6).map { search(role: "r\($0)") }
        let seen = snapshot(indexes: [ivfflat(builtAt: 10_000, lists: 63)]).searched(many)
        #expect(try finding(seen).advised == [.set(.probes(8), for: .database("app"))])
    }

    @Test("are set for the database where many roles search, and for each role whose own value outranks that")
    func outrankingRoles() throws {
        func advised(_ searches: [Search]) throws -> [AdvisedStatement] {
            let found = try finding(snapshot(indexes: [ivfflat(builtAt: 10_000, lists: 63)]).searched(searches))
            #expect(found.advice.count <= 1_000, "\(found.advice)")
            return found.advised
        }
        let five = (1...5).map { search(role: "r\($0)") }
        let own = [
            search(role: "b", settings: Self.probes(2, .roleInDatabase("b"))),
            search(role: "a", settings: Self.probes(2, .role("a"))),
        ]
        let ofOwn: [AdvisedStatement] = ["a", "b"].map { .set(.probes(8), for: .role($0, database: "app")) }
        let ofDatabase = AdvisedStatement.set(.probes(8), for: .database("app"))
        #expect(try advised(five + own) == [ofDatabase] + ofOwn)
        #expect(try advised([search(role: nil)] + own) == [ofDatabase] + ofOwn)
        #expect(try advised(own) == ofOwn)
        let all = (1...6).map { search(role: "r\($0)", settings: Self.probes(2, .role("r\($0)"))) }
        let ofAll: [AdvisedStatement] = (1...6).map { .set(.probes(8), for: .role("r\($0)", database: "app")) }
        #expect(try advised(all) == ofAll)
    }

    @Test("are set for the database where the role that searches cannot log in")
    func noLogin() throws {
        var one = search(role: "anon")
        one.roleCanLogIn = false
        let found = try finding(Self.lists(one))
        #expect(found.advised == [.set(.probes(8), for: .database("app"))])
        #expect(found.advice.contains("Role anon cannot log in") && found.advice.count <= 1_000, "\(found.advice)")
    }

    @Test("that the client or a function sets are changed there")
    func client() throws {
        let vecs = try finding(Self.lists(search(settings: Self.probes(10, .client)), lists: 400))
        #expect(vecs.advised == [] && vecs.advice.contains("query(probes=20)"), "\(vecs.advice)")
        let function = try finding(Self.lists(search(settings: Self.probes(2, .function("match_documents")))))
        #expect(function.advised == [] && function.advice.contains("Function match_documents"), "\(function.advice)")
    }

    @Test("of searches without LIMIT are compared with the rows that there are")
    func unlimited() throws {
        let found = try finding(Self.graph(search(limit: .all, calls: 500, rows: 19_500)))
        #expect(found.severity == .warning, "\(found.summary)")
        #expect(
            found.summary.contains("without LIMIT return 39 of 10,000 rows")
                && found.summary.contains("hnsw.ef_search"),
            "\(found.summary)"
        )
        #expect(found.advised == [.set(.iterativeScan(.hnsw), for: .role("app", database: "app"))])
        #expect(
            found.advice.contains("Write the LIMIT that is meant") && found.advice.count <= 1_000,
            "\(found.advice)"
        )
    }

    @Test("of HNSW become as many as the rows, or iterative scan where pgvector has no more")
    func candidates() throws {
        func advised(_ rows: Int, pgvector: String = "0.8.7") throws -> [AdvisedStatement] {
            let seen = snapshot(indexes: [hnsw()], server: facts(pgvector: pgvector))
            return try finding(seen.searched([search(limit: .rows(rows)), search(limit: .rows(41))])).advised
        }
        let role = AdvisedStatement.Sessions.role("app", database: "app")
        #expect(try advised(100) == [.set(.efSearch(100), for: role)])
        #expect(try advised(1_001) == [.set(.iterativeScan(.hnsw), for: role)])
        #expect(try advised(1_001, pgvector: "0.7.4") == [.set(.efSearch(1_000), for: role)])
        let ceiling = try finding(Self.graph(search(calls: 500, rows: 20_000)))
        #expect(ceiling.severity == .notice && ceiling.summary.contains("may"), "\(ceiling.summary)")
        #expect(ceiling.advised == [.set(.iterativeScan(.hnsw), for: role)])
    }
}
