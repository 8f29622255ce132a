import Advisor
import AdvisorFixture
import Foundation
import SafeText
import Testing

@testable import Reports

@Suite("The line on the searches of a collection")
struct WorkloadLineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var searches: [Search]
        var indexes: [VectorIndex] = [hnsw()]
        var line: String
    }

    private static let probes = ["ivfflat.probes": SearchSetting("10", .client)]

    @Test(
        "says how often, by which metric, for how many rows, filtered by what, how fast and with which settings",
        arguments: [
            Case(
                testDescription: "all of it",
                searches: [search(filters: [filter("tenant_id")], settings: probes)],
                indexes: [ivfflat(builtAt: 10_000)],
                line: "4,812 searches an hour, cosine, 10 rows, filtered by tenant_id, 3.1 ms, probes 10 (client)"
            ),
            Case(
                testDescription: "two metrics, one without an index",
                searches: [search(calls: 900), search(.l2Distance, calls: 100)],
                line: "500 searches an hour, cosine 90 % and l2 10 %, 10 rows, 3.1 ms, no index serves 10 %"
            ),
            Case(
                testDescription: "short answers",
                searches: [search(limit: .rows(10), rowsEach: 7.5)],
                line: "4,812 searches an hour, cosine, 7.5 of 10 rows, 3.1 ms"
            ),
            Case(
                testDescription: "some with a filter, of two columns",
                searches: [
                    search(calls: 300), search(filters: [filter("a"), filter("b"), filter("a")], calls: 100),
                ],
                line: "200 searches an hour, cosine, 10 rows, 25 % filtered by a and b, 3.1 ms"
            ),
            Case(
                testDescription: "a filter on another table",
                searches: [search(filters: [SearchFilter("users.id = ?", columns: [])])],
                line: "4,812 searches an hour, cosine, 10 rows, filtered by other tables, 3.1 ms"
            ),
            Case(
                testDescription: "few",
                searches: [search(calls: 5, seconds: 86_400)],
                line: "5 searches a day, cosine, 10 rows, 3.1 ms"
            ),
            Case(
                testDescription: "one, since an unknown time",
                searches: [search(calls: 1, milliseconds: 1_234, rowsEach: 1, seconds: nil)],
                line: "1 search counted, cosine, 1 row, 1.2 s"
            ),
            Case(
                testDescription: "within a distance only",
                searches: [search(kind: .radius, limit: .all)],
                line: "4,812 searches an hour, all within a distance (cosine), 10 rows, 3.1 ms, no index serves them"
            ),
            Case(
                testDescription: "an index for another operator",
                searches: [search(.maxInnerProduct)],
                line: "4,812 searches an hour, ip, 10 rows, 3.1 ms, no index serves them"
            ),
            Case(
                testDescription: "no index at all, which the table says",
                searches: [search()],
                indexes: [],
                line: "4,812 searches an hour, cosine, 10 rows, 3.1 ms"
            ),
            Case(
                testDescription: "seen while it ran",
                searches: [search(limit: .rows(10), source: .activity, calls: nil, rowsEach: nil)],
                line: "searches seen while they ran, cosine, LIMIT 10"
            ),
            Case(
                testDescription: "configured",
                searches: [search(.l2Distance, source: .configuration, calls: nil, rowsEach: nil)],
                indexes: [hnsw(operatorClass: "vector_l2_ops")],
                line: "searches as configured, l2"
            ),
            Case(
                testDescription: "configured in two ways, with how often each runs",
                searches: [
                    configured(.l2Distance, filters: [filter("tenant_id")], limit: .rows(10), perHour: 5_000),
                    configured(limit: .rows(5), perHour: 60),
                ],
                line:
                    "5,060 searches an hour as configured, cosine and l2, some filtered by tenant_id, no index serves some"
            ),
            Case(
                testDescription: "configured and seen, each with its own numbers",
                searches: [
                    search(settings: ["hnsw.ef_search": SearchSetting("200", .configuration)]),
                    configured(.l2Distance, limit: .rows(10)),
                ],
                line: "4,812 searches an hour, cosine, 10 rows, 3.1 ms, ef_search 200 (configuration); "
                    + "searches as configured, l2, LIMIT 10, no index serves them"
            ),
            Case(
                testDescription: "settings that differ, and an iterative scan",
                searches: [
                    search(settings: [
                        "hnsw.ef_search": SearchSetting("40", .builtIn),
                        "hnsw.iterative_scan": SearchSetting("relaxed_order", .function("match")),
                    ]),
                    search(role: "batch", settings: ["hnsw.ef_search": SearchSetting("200", .role("batch"))]),
                ],
                line: "9,624 searches an hour, cosine, 10 rows, 3.1 ms, ef_search 40 (default) or 200 (role batch), "
                    + "iterative scan relaxed_order (function match)"
            ),
        ]
    )
    func line(_ item: Case) throws {
        var collection = collection("docs", indexes: item.indexes)
        collection.searches = item.searches
        #expect(try #require(WorkloadWords(collection)).line == item.line)
    }

    @Test("stands below the name of a collection with findings, and below the table of the healthy ones")
    func place() throws {
        let line = "4,812 searches an hour, cosine, 10 rows, 3.1 ms"
        let report = text(
            section([
                searched(collection("bad", indexes: []), by: search()),
                searched(collection("good", oid: 2), by: search()), collection("silent", oid: 3),
            ]),
            width: 120
        )
        let shown = lines(report)
        let bad = try #require(shown.firstIndex(of: "vecs.bad"))
        #expect(shown[bad + 1] == "  \(line)")
        #expect(healthyTable(report).last == "vecs.good: \(line)")
        #expect(!report.contains("vecs.silent:"))
    }

    @Test("replaces the note that nothing confirms the distance metric")
    func note() {
        let note = "nothing confirms the distance metric"
        #expect(text(section([collection("docs")]), width: 200).contains(note))
        #expect(!text(section([searched(collection("docs"), by: search())]), width: 200).contains(note))
    }
}

@Suite("The searches of a collection")
struct SearchesTests {
    @Test("come in the order of their time together, and so do collections, however the server gives them")
    func order() throws {
        let slow = search(.l2Distance, calls: 10, milliseconds: 500)
        let (first, second) = (search(filters: [filter("a")], calls: 100), search(filters: [filter("b")], calls: 100))
        let busy = searched(collection("z"), by: first, slow, second)
        let turned = searched(collection("z"), by: second, first, slow)
        let calm = searched(collection("a", oid: 2), by: search(calls: 1))
        func render(_ collections: [Collection]) -> String {
            let database = searchesOf(collections, SearchSources(statements: .read(statements: 4, since: nil)))
            let report = SearchesReport(programVersion: "1", databases: [database])
            return TextReport().render(report) + JSONReport.render(report)
        }
        #expect(render([calm, busy]) == render([turned, calm]))
        let shown = lines(render([calm, busy]))
        #expect(shown.filter { $0.hasPrefix("vecs.") } == ["vecs.z", "vecs.a"])
        #expect(shown.filter { $0.hasPrefix("  1. ") }.first?.contains("l2") == true)
    }

    @Test("are 20 as text, of 100 collections, with how many more there are; JSON has all")
    func limits() throws {
        var busy = collection("busy")
        busy.searches = (0..<25).map { search(filters: [filter("c\($0)")]) }
        let others = (0..<110).map { searched(collection("t\($0)", oid: UInt32($0 + 2)), by: search(calls: 1)) }
        let database = searchesOf([busy] + others, SearchSources(statements: .read(statements: 4, since: nil)))
        let report = SearchesReport(programVersion: "1", databases: [database])
        let shown = lines(TextReport().render(report))
        #expect(shown.contains("  ... and 5 more; --format json has all"))
        #expect(shown.contains("... and the searches of 11 more collections; --format json has all"))
        let collections = try #require(try databases(JSONReport.render(report))[0]["collections"] as? [[String: Any]])
        #expect(collections.count == 111)
        #expect((collections[0]["searches"] as? [Any])?.count == 25)
    }

    @Test("of the configuration have no count, and what it states falsely is said")
    func configuration() throws {
        var sources = SearchSources(statements: .read(statements: 4, since: nil))
        sources.misstated = ["The configuration states what cannot be."]
        var seen = search()
        seen.stated.rowsAsked = 10
        let database = searchesOf([searched(collection("docs"), by: seen, configured(perHour: 5_000))], sources)
        let report = SearchesReport(programVersion: "1", databases: [database])
        let shown = lines(TextReport(style: .init(width: 200)).render(report))
        #expect(shown.contains("  ! The configuration states what cannot be."))
        #expect(shown.contains("  1. the nearest rows by cosine, vec <=> ?, LIMIT 10 by the configuration"), "\(shown)")
        #expect(shown.contains("     5,000 an hour by the configuration; nothing counts these searches"))
        #expect(shown.contains("     named in the configuration"))
        let found = try databases(JSONReport.render(report))[0]
        #expect((found["searchSources"] as? [String: Any])?["misstated"] as? [String] == sources.misstated)
        let searches = (found["collections"] as? [[String: Any]])?[0]["searches"] as? [[String: Any]]
        #expect(searches?.map { $0["statedCallsPerHour"] as? Double } == [nil, 5_000])
        #expect(searches?.map { $0["statedLimit"] as? Int } == [10, nil])
        #expect(searches?.map { $0["calls"] as? Int } == [9_624, nil])
    }

    @Test("are said to be unseen where there are none")
    func none() {
        func last(_ collections: [Collection]) -> String? {
            let report = SearchesReport(programVersion: "1", databases: [searchesOf(collections, nil)])
            return lines(TextReport().render(report)).dropLast().last
        }
        #expect(last([collection("a")]) == "No search of vecs.a was seen.")
        #expect(last([collection("a"), collection("b", oid: 2)]) == "No search of any of 2 collections was seen.")
        #expect(last([]) == "app has no such collection.")
    }

    @Test(
        "say why no index can serve one",
        arguments: [
            (search(), [] as [VectorIndex], "there is no usable vector index"),
            (search(.l2Distance), [hnsw()], "none is for <-> (l2), only for <=> (cosine)"),
            (
                search(on: .cast(.halfvec, dimensions: 64)), [hnsw()],
                "none for cosine is on vec::halfvec(64), only on vec"
            ),
            (search(kind: .radius), [hnsw()], "it takes all rows within a distance, and no vector index serves that"),
            (
                search(obstacles: [.withinExpression]), [hnsw()],
                "the search orders by an expression with the distance in it, and no index gives that"
            ),
            (
                search(), [ivfflat(builtAt: 100, predicate: "published")],
                "the only one is partial, WHERE published, and nothing shows that the search keeps to that"
            ),
        ]
    )
    func unserved(search: Search, indexes: [VectorIndex], why: String) {
        let database = searchesOf([searched(collection("docs", indexes: indexes), by: search)], nil)
        let text = TextReport(style: .init(width: 200)).render(
            SearchesReport(programVersion: "1", databases: [database])
        )
        #expect(lines(text).contains("     no index: \(why)"), "\(text)")
    }

    @Test("have names that somebody chose to mislead in one line each", arguments: HostileNameTests.attacks)
    func hostile(attack: String) throws {
        let name = "x\(attack)FORGED"
        let hostile = search(
            on: .other(name),
            filters: [SearchFilter(name, columns: [name])],
            role: name,
            source: .function(name),
            settings: [name: SearchSetting(name, .roleInDatabase(name))]
        )
        let report = SearchesReport(
            programVersion: "1",
            databases: [
                searchesOf(
                    [searched(collection(name), by: hostile)],
                    SearchSources(statements: .refused(name)),
                    name: name
                )
            ]
        )
        for width in [60, 100, 200] {
            let text = TextReport(style: .init(width: width)).render(report)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !SafeText.isUnsafe($0) })
            #expect(!lines(text).contains { $0.hasPrefix("FORGED") })
        }
        let found = try databases(JSONReport.render(report))
        let searches = (found[0]["collections"] as? [[String: Any]])?[0]["searches"] as? [[String: Any]]
        #expect((searches?[0]["role"] as? String).map { Array($0.utf8) } == Array(name.utf8))
    }
}
