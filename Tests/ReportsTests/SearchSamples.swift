import Advisor
import AdvisorFixture
import Reports

/// A search with only what a case is about spelled out: ten nearest rows, 4,812 times an hour, 3.1 ms each.
func search(
    _ metric: DistanceMetric = .cosineDistance,
    kind: SearchShape.Kind = .nearest,
    on searched: SearchedExpression = .column,
    filters: [SearchFilter] = [],
    limit: RowsAsked = .some,
    obstacles: Set<SearchObstacle> = [],
    role: String? = "app",
    source: SearchSource = .statements,
    calls: Int64? = 9_624,
    milliseconds each: Double = 3.1,
    rowsEach: Double? = 10,
    blocksEach: (hit: Int64, read: Int64) = (0, 0),
    seconds: Double? = 7_200,
    settings: [String: SearchSetting] = [:]
) -> Search {
    let number = calls ?? 0
    return Search(
        SearchShape(
            kind: kind,
            distanceMetric: metric,
            searched: searched,
            filters: filters,
            limit: limit,
            obstacles: obstacles
        ),
        role: role,
        source: source,
        usage: SearchUsage(
            calls: calls,
            milliseconds: each * Double(number),
            rows: rowsEach.map { Int64($0 * Double(number)) },
            blocksHit: blocksEach.hit * number,
            blocksRead: blocksEach.read * number,
            seconds: seconds
        ),
        settings: settings
    )
}

/// A search that the configuration states.
func configured(
    _ metric: DistanceMetric = .cosineDistance,
    filters: [SearchFilter] = [],
    limit: RowsAsked = .some,
    perHour: Double? = nil
) -> Search {
    var search = search(
        metric,
        filters: filters,
        limit: limit,
        role: nil,
        source: .configuration,
        calls: nil,
        rowsEach: nil
    )
    search.stated.perHour = perHour
    return search
}

/// A condition on one column.
func filter(_ column: String) -> SearchFilter { SearchFilter("\(column) = ?", columns: [column], isEquality: true) }

/// The collection with these searches.
func searched(_ collection: Collection, by searches: Search...) -> Collection {
    var collection = collection
    collection.searches = searches
    return collection
}

/// A database as the command `searches` reports it.
func searchesOf(_ collections: [Collection], _ sources: SearchSources?, name: String = "app") -> SearchesReport.Database
{
    var snapshot = CatalogSnapshot(server: facts(), collections: collections)
    snapshot.searchSources = sources
    return SearchesReport.Database(
        name: name,
        target: "database \(name) on db1:5432 as steward",
        outcome: .read(snapshot)
    )
}

/// Searches that differ in everything that a report says about them.
let searchesReport = SearchesReport(
    programVersion: "1.2.3",
    databases: [
        searchesOf(
            [
                searched(
                    collection("docs", indexes: [hnsw()]),
                    by: search(
                        filters: [filter("tenant_id"), SearchFilter("(metadata ->> ?) = ?", columns: ["metadata"])],
                        blocksEach: (310, 12),
                        settings: [
                            "hnsw.ef_search": SearchSetting("100", .roleInDatabase("app")),
                            "hnsw.iterative_scan": SearchSetting("off", .builtIn),
                        ]
                    ),
                    search(.l2Distance, limit: .rows(5), source: .function("match_docs"), calls: 400, rowsEach: nil),
                    search(
                        limit: .all,
                        obstacles: [.noLimit],
                        role: nil,
                        calls: 12,
                        milliseconds: 1_400,
                        rowsEach: 10_000
                    ),
                    search(kind: .radius, limit: .all, calls: 7, rowsEach: 1, seconds: 36_000),
                    search(
                        obstacles: [.descending, .anotherKeyFirst],
                        source: .view("near_docs"),
                        calls: 3,
                        rowsEach: nil
                    ),
                    search(limit: .unknown, source: .activity, calls: nil, rowsEach: nil)
                ),
                searched(
                    collection("Halves", schema: "public", column: "embedding", indexes: [hnsw()], oid: 2),
                    by: search(on: .cast(.halfvec, dimensions: 64), calls: 96, rowsEach: nil),
                    search(
                        on: .other("binary_quantize(embedding)::bit(64)"),
                        source: .configuration,
                        calls: nil,
                        rowsEach: nil
                    )
                ),
                collection("silent", oid: 3),
            ],
            SearchSources(
                statements: .read(statements: 214, since: 1_789_000_000),
                notUnderstood: 2,
                notFound: 1
            )
        ),
        searchesOf([collection("docs")], SearchSources(statements: .notInstalled(isLoaded: false)), name: "shop"),
        SearchesReport.Database(
            name: "archive",
            target: "database archive on db2:5432 as steward",
            outcome: .failed(
                Failure(message: "connection refused", hint: "Check that the server runs.", sqlState: "08006")
            )
        ),
    ]
)
