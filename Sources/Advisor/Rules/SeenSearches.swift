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

    /// The searches, the most frequent first.
    let searches: [Search]
    /// Their share of the searches of the collection for the nearest rows, 0 to 1.
    let share: Double
    private let sources: SearchSources?
    private let observedAt: Double

    /// Takes searches of a collection; `nil` without any.
    init?(_ searches: [Search], of collection: Collection, _ context: RuleContext) {
        guard !searches.isEmpty else { return nil }
        self.searches = searches
        share = collection.workload.shareOfNearest(searches)
        sources = context.searchSources
        observedAt = context.server.observedAt
    }

    /// How many they are.
    var number: Int64 { Workload.number(of: searches) }

    /// How much a finding about them matters: somebody may have tried a few by hand.
    var severity: Severity { number < Int64(Self.minimumSearches.defaultValue) ? .notice : .warning }

    /// Their share as the subject of a sentence: `all searches`, `40 % of the searches`.
    var words: String {
        if share >= 0.995 { return "all searches" }
        return "\(Numbers.percent(min(share, 0.99))) of the searches"
    }

    /// The places where they were seen, each once.
    private var places: [String] {
        var places: [String] = []
        func add(_ place: String) { if !places.contains(place) { places.append(place) } }
        for search in searches {
            switch search.source {
            case .statements: add(statements)
            case .activity: add("pg_stat_activity, while they ran")
            case .function(let name): add("function \(name), which statements call")
            case .view(let name): add("view \(name), which statements read")
            case .configuration: add("the configuration")
            }
        }
        return places
    }

    private var statements: String {
        guard case .read(_, let since?)? = sources?.statements, observedAt > since else { return "pg_stat_statements" }
        return "pg_stat_statements of the last \(Unused.words(observedAt - since))"
    }

    /// How many they are and where they were seen, as a sentence.
    var source: String {
        let shown = places.prefix(3).joined(separator: "; ") + (places.count > 3 ? "; and more" : "")
        return (number == 1 ? "1 search is known" : "\(Numbers.grouped(number)) searches are known")
            + ", from \(shown)."
    }

    /// The numbers behind them.
    var evidence: [Evidence] {
        [.count("searches", number), .ratio("searchShare", share), .text("searchSource", sourceWords)]
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
        if searches.contains(where: \.isConfigured) || number >= minimum { return nil }
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
