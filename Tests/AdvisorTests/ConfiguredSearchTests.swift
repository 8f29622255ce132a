import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Searches that the configuration states")
struct ConfiguredSearchTests {
    private static let cast = SearchedExpression.cast(.halfvec, dimensions: 64)

    /// A level that states searches of every collection, or of those of a pattern.
    private static func level(_ searches: [ConfiguredSearch], of pattern: String = "*") -> PolicyLayer {
        PolicyLayer(pattern: NamePattern(pattern), searches: searches)
    }

    /// What is seen, with the searches of the configuration.
    private static func taken(
        _ seen: CatalogSnapshot,
        _ searches: [ConfiguredSearch],
        columns: CatalogSnapshot.Columns? = nil,
        settings: [String: SearchSetting] = [:]
    ) -> CatalogSnapshot {
        var seen = seen
        seen.applySearches(
            of: PolicyBook(layers: [level(searches)]),
            columns: columns.map { [1: $0] } ?? [:],
            settings: settings
        )
        return seen
    }

    private static let l2 = ConfiguredSearch(distanceMetric: .l2Distance)
    private static let filtered = ConfiguredSearch(distanceMetric: .cosineDistance, filters: ["tenant_id"], limit: 10)

    /// A collection of which each of 20 tenants has as much.
    private static var described: CatalogSnapshot {
        var seen = snapshot(indexes: [hnsw()])
        seen.collections[0].relations[0].filterStatistics = FilterStatistics(columns: [
            "tenant_id": ColumnValues(count: 20)
        ])
        return seen
    }

    static let cases: [(rule: String, item: Case)] = [
        ("unindexed", Case("no index", taken(snapshot(), [l2]), fires: true)),
        ("wrong-measure", Case("an index for another operator", taken(snapshot(indexes: [hnsw()]), [l2]), fires: true)),
        (
            "wrong-measure",
            Case(
                "an index for it",
                taken(snapshot(indexes: [hnsw()]), [ConfiguredSearch(distanceMetric: .cosineDistance)]),
                fires: false
            )
        ),
        (
            "wrong-measure",
            Case(
                "very many others that were seen",
                taken(snapshot(indexes: [hnsw()]).searched([search(calls: 1_000_000)]), [l2]),
                fires: true
            )
        ),
        (
            "wrong-measure",
            Case(
                "a small part of those that are stated with how often they run",
                taken(
                    snapshot(indexes: [hnsw()]),
                    [
                        ConfiguredSearch(distanceMetric: .l2Distance, perHour: 9),
                        ConfiguredSearch(distanceMetric: .cosineDistance, perHour: 991),
                    ]
                ),
                fires: false
            )
        ),
        (
            "wrong-expression",
            Case(
                "another cast than that of the index",
                taken(snapshot(indexes: [hnsw()]), [ConfiguredSearch(distanceMetric: .cosineDistance, searched: cast)]),
                fires: true
            )
        ),
        (
            "search-settings",
            Case(
                "more rows than candidates",
                taken(snapshot(indexes: [hnsw()]), [ConfiguredSearch(distanceMetric: .cosineDistance, limit: 100)]),
                fires: true
            )
        ),
        (
            "search-settings",
            Case(
                "as many candidates as the application sets",
                taken(
                    snapshot(indexes: [hnsw()]),
                    [
                        ConfiguredSearch(
                            distanceMetric: .cosineDistance,
                            limit: 100,
                            settings: ["hnsw.ef_search": "100"]
                        )
                    ]
                ),
                fires: false
            )
        ),
        (
            "filtered",
            Case("a filter of which nothing is known", taken(snapshot(indexes: [hnsw()]), [filtered]), fires: false)
        ),
        (
            "filtered",
            Case(
                "a filter that keeps few rows",
                taken(described, [filtered], columns: ["tenant_id": true]),
                fires: true
            )
        ),
        (
            "filtered",
            Case(
                "a filter with iterative scan",
                taken(
                    snapshot(indexes: [hnsw()]),
                    [
                        ConfiguredSearch(
                            distanceMetric: .cosineDistance,
                            filters: ["tenant_id"],
                            settings: ["hnsw.iterative_scan": "relaxed_order"]
                        )
                    ]
                ),
                fires: false
            )
        ),
    ]

    @Test("are what rules go by", arguments: cases)
    func rules(rule: String, item: Case) {
        #expect(AdvisorFixture.rules(item.snapshot).contains(rule) == item.fires)
    }

    @Test("are counted by nobody, and no finding has their number")
    func uncounted() throws {
        let found = try #require(Self.taken(snapshot(indexes: [hnsw()]), [Self.l2]).finding(of: "wrong-measure"))
        #expect(
            found.summary.hasPrefix("the searches of the configuration order by <-> (l2_distance)"),
            "\(found.summary)"
        )
        #expect(
            found.advice.contains("The configuration states this search.") && !found.advice.contains("known"),
            "\(found.advice)"
        )
        #expect(found.evidence.contains(.count("configuredSearches", 1)))
        #expect(!found.evidence.contains { $0.key == "searches" })
        #expect(found.severity == .warning)
        let two = Self.taken(snapshot(indexes: [hnsw()]), [Self.l2, ConfiguredSearch(distanceMetric: .cosineDistance)])
        let some = try #require(two.finding(of: "wrong-measure"))
        #expect(some.summary.hasPrefix("some searches of the configuration"), "\(some.summary)")
        #expect(!some.advice.contains("%") && !some.summary.contains("%"))
        let hourly = Self.taken(
            snapshot(indexes: [hnsw()]),
            [ConfiguredSearch(distanceMetric: .l2Distance, perHour: 5_000)]
        )
        let frequent = try #require(hourly.finding(of: "wrong-measure"))
        #expect(
            frequent.advice.contains("The configuration states this search, 5,000 an hour."),
            "\(frequent.advice)"
        )
        #expect(hourly.collections[0].searches.allSatisfy { $0.usage.calls == nil && $0.recent.perHour == nil })
    }

    @Test("decide against those that were seen, and the finding says both")
    func difference() throws {
        let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
        let seen = snapshot().searched([search(calls: 4_812)])
        let both = Self.taken(seen, [Self.l2])
        let assessment = assess(both, layers: [act])
        #expect(assessment.plan.jobs.first?.definition?.operatorClass == "vector_l2_ops")
        #expect(assessment.plan.jobs.first?.disposition == .act)
        let finding = try #require(assessment.findings.first { $0.rule == "unindexed" })
        let difference =
            "The configuration states searches by <-> (l2_distance), and decides. What was seen differs: 4,812 by <=> "
            + "(cosine_distance). Correct"
        #expect(finding.advice.contains(difference), "\(finding.advice)")
        #expect(finding.advice.contains("pg_stat_statements of the last 3 days"), "\(finding.advice)")
        for alike in [snapshot().searched([search(by: .l2Distance)]), snapshot().searched([])] {
            #expect(Self.taken(alike, [Self.l2]).collections[0].searchDifference == nil)
        }
    }

    @Test("leave searches that were seen and that no index serves in the report, with a statement and without a job")
    func unserved() throws {
        let act = PolicyLayer(rules: ["wrong-measure": RuleOverride(mode: .act)])
        let seen = snapshot(indexes: [hnsw()]).searched([search(by: .l2Distance)])
        let both = Self.taken(seen, [ConfiguredSearch(distanceMetric: .cosineDistance)])
        let assessment = assess(both, layers: [act])
        let finding = try #require(assessment.findings.first { $0.rule == "wrong-measure" })
        #expect(finding.summary.hasPrefix("all searches that were seen order by <->"), "\(finding.summary)")
        #expect(finding.remedy == .byHand && finding.advised.count == 1)
        #expect(assessment.plan.jobs.allSatisfy { $0.spec is MeasureRecall })
        #expect(finding.advice.contains("The configuration states searches by <=>"), "\(finding.advice)")
    }

    @Test("win over a distance metric for more collections, and lose to one for fewer")
    func specificity() {
        func source(_ layers: [PolicyLayer]) -> [String] {
            var seen = snapshot()
            let book = PolicyBook(layers: layers)
            seen.applySearches(of: book)
            let known = DistanceMetricSource.distanceMetric(for: seen.collections[0], book.policy(for: docs).index)
            return [known.0.distanceOperator, known.1.word]
        }
        let inner = IndexOverride(distanceMetric: .maxInnerProduct)
        #expect(source([PolicyLayer(index: inner), Self.level([Self.l2])]) == ["<->", "searches"])
        #expect(source([PolicyLayer(index: inner), Self.level([])]) == ["<#>", "configured"])
        let narrow = PolicyLayer(pattern: NamePattern("vecs.docs"), index: inner)
        #expect(source([Self.level([Self.l2]), narrow]) == ["<#>", "configured"])
        #expect(source([Self.level([Self.l2]), Self.level([], of: "vecs.docs")]) == ["<=>", "assumed"])
        #expect(source([Self.level([Self.l2], of: "public.*")]) == ["<=>", "assumed"])
    }

    @Test("say of searches that were seen what nothing shows: their LIMIT, and what the application sets")
    func covering() throws {
        let tenant = [SearchFilter("tenant_id = ?", columns: ["tenant_id"], isEquality: true)]
        let counted = search(filters: tenant, calls: 100, rows: 400)
        let seen = snapshot(indexes: [hnsw()]).searched([counted])
        // A mean of four rows says nothing where the LIMIT is unknown.
        #expect(seen.finding(of: "filtered") == nil)
        let short = try #require(Self.taken(seen, [Self.filtered]).finding(of: "filtered"))
        #expect(short.summary.contains("return 4 of the 10 rows"), "\(short.summary)")
        let whole = snapshot(indexes: [hnsw()]).searched([search(filters: tenant, calls: 100, rows: 1_000)])
        #expect(Self.taken(whole, [Self.filtered]).finding(of: "filtered") == nil)

        let lists = snapshot(rows: 160_000, indexes: [ivfflat(builtAt: 160_000, lists: 400)])
            .searched([search(settings: ["ivfflat.probes": SearchSetting("1", .server)])])
        #expect(lists.finding(of: "search-settings") != nil)
        let probes = ConfiguredSearch(distanceMetric: .cosineDistance, settings: ["ivfflat.probes": "20"])
        #expect(Self.taken(lists, [probes]).finding(of: "search-settings") == nil)
        // Of another operator it says nothing.
        let other = ConfiguredSearch(distanceMetric: .l2Distance, settings: ["ivfflat.probes": "20"])
        #expect(Self.taken(lists, [other]).finding(of: "search-settings") != nil)
    }

    @Test("have the settings of the roles that run them, otherwise those of all roles, and in vecs those of the client")
    func settings() {
        let ofAll = ["ivfflat.probes": SearchSetting("7", .database("app"))]
        func probes(_ seen: CatalogSnapshot, _ stated: ConfiguredSearch) -> SearchSetting? {
            Self.taken(seen, [stated], settings: ofAll).collections[0].searches
                .last { $0.isConfigured }?.settings["ivfflat.probes"]
        }
        let cosine = ConfiguredSearch(distanceMetric: .cosineDistance)
        let ofRole = SearchSetting("12", .role("app"))
        #expect(probes(snapshot().searched([search(settings: ["ivfflat.probes": ofRole])]), cosine) == ofRole)
        #expect(probes(snapshot(), cosine) == SearchSetting("10", .client))
        var elsewhere = snapshot()
        elsewhere.collections[0].name = CollectionName(schema: "public", table: "docs", column: "vec")
        #expect(probes(elsewhere, cosine) == ofAll["ivfflat.probes"])
        let own = ConfiguredSearch(distanceMetric: .cosineDistance, settings: ["ivfflat.probes": "3"])
        #expect(probes(elsewhere, own) == SearchSetting("3", .configuration))
    }

    @Test("are taken once, however often, and go with the configuration")
    func again() {
        let seen = snapshot().searched([search()])
        let once = Self.taken(seen, [Self.l2, Self.filtered])
        #expect(Self.taken(once, [Self.l2, Self.filtered]) == once)
        #expect(once.collections[0].searches.count == 3)
        #expect(Self.taken(seen, []) == seen)
    }

    @Test("that cannot be are left out, and the sources say why")
    func misstated() throws {
        let stated = [
            ConfiguredSearch(distanceMetric: .hammingDistance),
            ConfiguredSearch(distanceMetric: .l2Distance, searched: Self.cast, searchedColumn: "embedding"),
            ConfiguredSearch(distanceMetric: .cosineDistance, filters: ["tenant_id", "tenat"]),
        ]
        let seen = Self.taken(snapshot().searched([]), stated, columns: ["tenant_id": true])
        let sentences = try #require(seen.searchSources).misstated
        let subject = "The configuration states a search of vecs.docs that"
        #expect(
            sentences == [
                "\(subject) orders by hamming_distance, which type vector does not have.",
                "\(subject) compares column embedding and not vec.",
                "\(subject) filters by tenat, which is no column of the table.",
            ]
        )
        let left = try #require(seen.collections[0].searches.first)
        #expect(seen.collections[0].searches.count == 1)
        #expect(left.shape.filters == [SearchFilter("tenant_id = ?", columns: ["tenant_id"], isEquality: true)])
    }
}
