import AdvisorFixture
import Testing

@testable import Advisor

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
    func scanned(_ scans: Int64, rows: Int64) -> CatalogSnapshot {
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
