internal import Advisor

/// The searches of a collection and where they are read from, as JSON.
enum SearchJSON {
    /// The value of the key `searchSources`; null if nobody asked.
    static func sources(of snapshot: CatalogSnapshot) -> JSONValue {
        guard let sources = snapshot.searchSources else { return .null }
        let words = SearchSourceWords(sources, role: snapshot.server.role)
        var read: (statements: Int?, since: Double?)
        if case .read(let statements, let since) = sources.statements { read = (statements, since) }
        return .object([
            ("status", .string(words.code)), ("statementsRead", JSONValue(read.statements)),
            ("countedSinceUnixSeconds", JSONValue(read.since)), ("obstacle", JSONValue(words.obstacle)),
            ("advice", JSONValue(words.remedy)), ("statements", .array(words.statements.map { .string($0) })),
            ("notUnderstood", .integer(Int64(sources.notUnderstood))),
            ("unread", .integer(Int64(sources.unread))),
            ("notFound", .integer(Int64(sources.notFound))),
            ("misstated", .array(sources.misstated.map { .string($0) })),
        ])
    }

    /// The value of the key `searches`.
    static func searches(of collection: Collection) -> JSONValue {
        .array(collection.workload.byTime.map { value($0, collection) })
    }

    private static func value(_ search: Search, _ collection: Collection) -> JSONValue {
        let words = SearchWords(search: search, collection: collection)
        let (shape, usage) = (search.shape, search.recent)
        let (asked, limit) = rowsAsked(shape.limit)
        let (source, sourceName) = source(search.source)
        return .object([
            ("kind", .string(shape.kind.rawValue)), ("measure", .string(shape.distanceMetric.rawValue)),
            ("operator", .string(shape.distanceMetric.distanceOperator)), ("searched", .string(words.searched)),
            ("filters", .array(shape.filters.map(filter))), ("rowsAsked", .string(asked)), ("limit", JSONValue(limit)),
            ("statedLimit", JSONValue(search.stated.rowsAsked)),
            ("sampledLimits", .array(search.limitsSeen.sorted().map { .integer(Int64($0)) })),
            ("obstacles", .array(shape.obstacles.sorted().map { .string($0.rawValue) })),
            ("role", JSONValue(search.role)), ("source", .string(source)), ("sourceName", JSONValue(sourceName)),
            ("calls", JSONValue(usage.calls)), ("countedSeconds", JSONValue(usage.seconds)),
            ("statedCallsPerHour", JSONValue(search.stated.perHour)),
            ("callsPerHour", JSONValue(usage.perHour)), ("meanMilliseconds", JSONValue(usage.meanMilliseconds)),
            ("totalMilliseconds", .number(usage.milliseconds)), ("rowsPerCall", JSONValue(usage.rowsPerCall)),
            ("blocksHit", .integer(usage.blocksHit)), ("blocksRead", .integer(usage.blocksRead)),
            ("searchSettings", .array(words.settings.map { setting($0.name, $0.setting) })),
            ("service", service(words)),
        ])
    }

    private static func filter(_ filter: SearchFilter) -> JSONValue {
        .object([
            ("condition", .string(filter.condition)), ("columns", .array(filter.columns.map { .string($0) })),
            ("isEquality", .bool(filter.isEquality)),
        ])
    }

    private static func rowsAsked(_ limit: RowsAsked) -> (word: String, number: Int?) {
        switch limit {
        case .all: ("all", nil)
        case .rows(let rows): ("limited", rows)
        case .some: ("limited", nil)
        case .unknown: ("unknown", nil)
        }
    }

    private static func source(_ source: SearchSource) -> (word: String, name: String?) {
        switch source {
        case .statements: ("statements", nil)
        case .activity: ("activity", nil)
        case .function(let name): ("function", name)
        case .view(let name): ("view", name)
        case .configuration: ("configuration", nil)
        }
    }

    /// A setting with its value and where that comes from.
    static func setting(_ name: String, _ setting: SearchSetting) -> JSONValue {
        let (source, owner): (String, String?) =
            switch setting.source {
            case .configuration: ("configuration", nil)
            case .client: ("client", nil)
            case .function(let name): ("function", name)
            case .roleInDatabase(let role): ("role_in_database", role)
            case .role(let role): ("role", role)
            case .database(let database): ("database", database)
            case .server: ("server", nil)
            case .builtIn: ("default", nil)
            case .unknown: ("unknown", nil)
            }
        return .object([
            ("name", .string(name)), ("value", setting.isKnown ? .string(setting.value) : .null),
            ("source", .string(source)),
            ("sourceName", JSONValue(owner)),
        ])
    }

    private static func service(_ words: SearchWords) -> JSONValue {
        let (indexes, reason) = words.service
        return .object([
            ("indexes", .array(indexes.map { .string($0) })), ("why", JSONValue(reason.map(code))),
            ("explanation", JSONValue(reason.map(words.words))),
        ])
    }

    private static func code(_ reason: SearchService.Reason) -> String {
        switch reason {
        case .noIndex: "no_index"
        case .shape: "shape"
        case .radius: "radius"
        case .distanceMetric: "measure"
        case .expression: "expression"
        case .predicate: "predicate"
        }
    }
}
