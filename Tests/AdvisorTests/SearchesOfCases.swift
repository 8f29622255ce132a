import AdvisorFixture

@testable import Advisor

/// Searches of a case, with only what it is about spelled out.
func search(
    by distanceMetric: DistanceMetric = .cosineDistance,
    on searched: SearchedExpression = .column,
    kind: SearchShape.Kind = .nearest,
    filters: [SearchFilter] = [],
    limit: RowsAsked = .some,
    obstacles: Set<SearchObstacle> = [],
    isWithinDistance: Bool = false,
    calls: Int64? = 1_000,
    rows: Int64? = nil,
    blocksHit: Int64 = 0,
    blocksRead: Int64 = 0,
    role: String? = "app",
    source: SearchSource = .statements,
    settings: [String: SearchSetting] = [:],
    limits: Set<Int> = []
) -> Search {
    var search = Search(
        SearchShape(
            kind: kind,
            distanceMetric: distanceMetric,
            searched: searched,
            filters: filters,
            limit: limit,
            obstacles: obstacles,
            isWithinDistance: isWithinDistance
        ),
        role: role,
        source: source,
        usage: SearchUsage(calls: calls, rows: rows, blocksHit: blocksHit, blocksRead: blocksRead),
        settings: settings
    )
    search.limitsSeen = limits
    return search
}

extension Search {
    /// The same search, of whose settings nothing is known.
    var withUnknownSettings: Search {
        var search = self
        (search.settings, search.knowsSettings) = ([:], false)
        return search
    }

    /// The same search with an OFFSET.
    var withOffset: Search {
        var search = self
        search.hasOffset = true
        return search
    }
}

extension CatalogSnapshot {
    /// The same collection with these searches, which pg_stat_statements counted for three days.
    func searched(_ searches: [Search]) -> CatalogSnapshot {
        var seen = self
        seen.collections[0].searches = searches
        seen.searchSources = SearchSources(
            statements: .read(statements: 100, since: server.observedAt - 3 * 86_400)
        )
        return seen
    }

    /// The finding of a rule.
    func finding(of rule: String, layers: [PolicyLayer] = []) -> Finding? {
        assess(self, layers: layers).findings.first { $0.rule == rule }
    }
}
