/// Searches that a finding is about, and how they are known.
struct SeenSearches {
    /// The least share of the searches for the nearest rows for which something is advised: an index costs every write, and
    /// somebody may have tried an operator once.
    static let minimumShare = Threshold(name: "minimumShare", defaultValue: 0.1, range: 0.001...1, isWhole: false)
    /// The fewest searches on which vecsteward acts by itself.
    static let minimumSearches = Threshold(
        name: "minimumSearches",
        defaultValue: 10,
        range: 1...1e12,
        isWhole: true
    )

    /// The searches: those of the configuration, then those that were seen, the most frequent first.
    let searches: [Search]
    /// Their share of the searches of the collection for the nearest rows, 0 to 1: of those that were seen or of those of the
    /// configuration, whichever is greater.
    var share: Double { max(shares.seen, shares.configured) }
    private let shares: (seen: Double, configured: Double)
    private let seen: [Search]
    private let configured: [Search]
    /// Whether the configuration states other searches of the collection.
    private let hasOthersConfigured: Bool
    private let sources: SearchSources?
    private let observedAt: Double

    /// Takes searches of a collection; `nil` without any.
    init?(_ searches: [Search], of collection: Collection, _ context: RuleContext) {
        guard !searches.isEmpty else { return nil }
        seen = searches.filter { !$0.isConfigured }
        configured = searches.filter(\.isConfigured)
        self.searches = configured + seen
        hasOthersConfigured = configured.isEmpty && !collection.workload.configured.isEmpty
        shares = collection.workload.sharesOfNearest(searches)
        sources = context.searchSources
        observedAt = context.server.observedAt
    }

    /// How many were seen.
    var number: Int64 { Workload.number(of: seen) }

    /// Whether the configuration states any of them.
    var areConfigured: Bool { !configured.isEmpty }

    /// How much a finding about them matters: somebody may have tried a few by hand, but nobody configures them so.
    var severity: Severity {
        number < Int64(Self.minimumSearches.defaultValue) && !areConfigured ? .notice : .warning
    }

    /// Their share as the subject of a sentence: `all searches`, `40 % of the searches`, `the searches of the
    /// configuration`.
    var words: String {
        if seen.isEmpty || shares.configured > shares.seen {
            return (shares.configured >= 0.995 ? "the" : "some") + " searches of the configuration"
        }
        let seen = hasOthersConfigured ? " that were seen" : ""
        if share >= 0.995 { return "all searches\(seen)" }
        return "\(Numbers.percent(min(share, 0.99))) of the searches\(seen)"
    }

    /// The places where they were seen, each once.
    private var places: [String] {
        var places: [String] = []
        func add(_ place: String) { if !places.contains(place) { places.append(place) } }
        for search in seen {
            switch search.source {
            case .statements: add(statements)
            case .activity: add("pg_stat_activity, while they ran")
            case .function(let name): add("function \(name), which statements call")
            case .view(let name): add("view \(name), which statements read")
            case .configuration: break
            }
        }
        return places
    }

    private var statements: String {
        guard case .read(_, let since?)? = sources?.statements, observedAt > since else { return "pg_stat_statements" }
        return "pg_stat_statements of the last \(Unused.words(observedAt - since))"
    }

    /// How many they are and where they were seen, and that the configuration states them, as a sentence.
    var source: String {
        if seen.isEmpty {
            return "The configuration states \(configured.count == 1 ? "this search" : "these searches")\(hourly)."
        }
        let shown = places.prefix(3).joined(separator: "; ") + (places.count > 3 ? "; and more" : "")
        return (number == 1 ? "1 search is known" : "\(Numbers.grouped(number)) searches are known")
            + ", from \(shown)" + (areConfigured ? "; the configuration states \(stated)\(hourly)." : ".")
    }

    /// How many those of the configuration are.
    private var stated: String {
        "\(Numbers.grouped(Int64(configured.count))) \(configured.count == 1 ? "search" : "searches")"
    }

    /// How often those of the configuration run, after a sentence; empty if it does not say.
    private var hourly: String {
        let known = configured.compactMap(\.stated.perHour)
        guard !known.isEmpty, known.count == configured.count else { return "" }
        return ", \(Numbers.grouped(max(1, Int64(known.reduce(0, +).rounded())))) an hour"
    }

    /// The numbers behind them; nobody counted those of the configuration.
    var evidence: [Evidence] {
        (seen.isEmpty ? [] : [.count("searches", number)])
            + (areConfigured ? [.count("configuredSearches", configured.count)] : [])
            + [.ratio("searchShare", share), .text("searchSource", sourceWords)]
    }

    /// The kinds of sources, for a program.
    private var sourceWords: String {
        var words: [String] = []
        for search in searches where !words.contains(search.source.word) { words.append(search.source.word) }
        return words.joined(separator: ", ")
    }

    /// The roles that run them, each once and by name; empty if one of them is unknown.
    var roles: [String] {
        let known = searches.compactMap(\.role)
        return known.count == searches.count ? Set(known).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } : []
    }

    /// Why vecsteward does not act on them alone; `nil` if they are enough.
    func withheld(_ context: RuleContext) -> String? {
        let minimum = context.settings.count(Self.minimumSearches)
        if areConfigured || number >= minimum { return nil }
        return "only \(Numbers.grouped(number)) searches were seen, and minimumSearches is \(Numbers.grouped(minimum))"
    }
}

extension SearchSource {
    /// The kind of the source in one word.
    var word: String {
        switch self {
        case .statements: "pg_stat_statements"
        case .activity: "pg_stat_activity"
        case .function: "function"
        case .view: "view"
        case .configuration: "configuration"
        }
    }
}

extension SearchedExpression {
    /// Whether it is neither the column nor a cast of it.
    var isOther: Bool { if case .other = self { true } else { false } }

    /// What is compared, after "compare" in a sentence.
    var words: String {
        switch self {
        case .column: "the plain column"
        case .cast(let type, let dimensions):
            "the column cast to \(type.rawValue)" + (dimensions.map { "(\($0))" } ?? " without dimensions")
        case .other(let expression): expression.count > 100 ? "a long expression" : expression
        }
    }
}

extension DistanceMetric {
    /// The operator with the name of the metric, for a sentence.
    var words: String { "\(distanceOperator) (\(rawValue))" }
}

extension SearchObstacle {
    /// What the search does, after its subject.
    var words: String {
        switch self {
        case .descending: "order by the distance DESC"
        case .withinExpression: "order by an expression with the distance in it"
        case .anotherKeyFirst: "order by another key before the distance"
        case .anotherKeyAfter: "order by another key after the distance, before PostgreSQL 17"
        case .function: "call a function in the place of the operator"
        case .noLimit: "have no LIMIT"
        case .grouped: "need all rows for DISTINCT, GROUP BY, an aggregate or a window function"
        }
    }
}
