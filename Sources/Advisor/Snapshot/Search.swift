/// Searches of a collection that differ in constants alone, run by one role in one way.
public struct Search: Sendable, Equatable {
    /// What the searches have in common.
    public var shape: SearchShape
    /// The role that runs them; `nil` if that is unknown.
    public var role: String?
    /// Whether that role can log in: otherwise a session becomes it by SET ROLE, which changes no settings.
    public var roleCanLogIn = true
    /// Where they were seen.
    public var source: SearchSource
    /// How often they ran and what they cost, as the server counts.
    public var usage: SearchUsage
    /// The same for the last day, as the leader counted; `nil` if it did not.
    public var lastDay: SearchUsage?
    /// The same since the poll before; `nil` if this is the first one.
    public var sincePoll: SearchUsage?
    /// The settings that bear on them, by the name of the setting, each with its value and where that comes from.
    public var settings: [String: SearchSetting] = [:]
    /// Whether a setting that is not among them is known to have its default; otherwise nothing is known of it.
    public var knowsSettings: Bool
    /// What the configuration says of them that nothing counts.
    public var stated = StatedUse()

    /// The numbers that stood in its LIMIT where a session showed the text with its constants, while the shape has none.
    public var limitsSeen: Set<Int> = []
    /// Whether some of them skip rows by OFFSET; the number is a constant of the search, and is not kept.
    public var hasOffset = false

    /// How they are used now: in the last day if that is known, otherwise since the server began to count.
    public var recent: SearchUsage { lastDay ?? usage }
    /// The rows that one asks for, by its LIMIT, by the configuration or by the LIMIT that sessions showed; `nil` if that is
    /// unknown.
    public var rowsAsked: Int? {
        if case .rows(let rows) = shape.limit { return rows }
        return stated.rowsAsked ?? (hasSeveralLimits ? nil : limitsSeen.first)
    }
    /// Whether not all ask for as many rows, as their texts show, or more rows than the LIMIT in them.
    public var hasSeveralLimits: Bool {
        guard let limit = limitsSeen.first else { return false }
        return limitsSeen.count > 1 || recent.rowsPerCall.map { $0 > 1.001 * Double(limit) } ?? false
    }

    /// Puts what is known of a search together; without settings, nothing is known of those.
    public init(
        _ shape: SearchShape,
        role: String?,
        source: SearchSource,
        usage: SearchUsage,
        settings: [String: SearchSetting]? = nil
    ) {
        self.shape = shape
        self.role = role
        self.source = source
        self.usage = usage
        self.settings = settings ?? [:]
        knowsSettings = settings != nil
    }
}

/// Where a search was seen.
public enum SearchSource: Sendable, Hashable {
    /// pg_stat_statements.
    case statements
    /// pg_stat_activity: it ran at the time of a poll.
    case activity
    /// A function of this name, which a statement in pg_stat_statements calls.
    case function(String)
    /// A view of this name, which a statement in pg_stat_statements reads.
    case view(String)
    /// The configuration says so.
    case configuration

    /// Whether a statement that was seen searches the table itself, and calls no function and reads no view for it.
    public var isDirect: Bool { self == .statements || self == .activity }
}

/// What a person says in the configuration of how a search is used.
public struct StatedUse: Sendable, Equatable {
    /// How many run in an hour; `nil` if the configuration does not say.
    public var perHour: Double?
    /// The rows that one asks for, for a search whose own LIMIT is unknown.
    public var rowsAsked: Int?
    /// How much the search counts among those of the configuration, 1 or more: as often as it runs in an hour if the
    /// configuration says that of all of them, otherwise 1.
    public var weight: Int64 = 1

    /// Says nothing unless told otherwise.
    public init(perHour: Double? = nil, rowsAsked: Int? = nil, weight: Int64 = 1) {
        self.perHour = perHour
        self.rowsAsked = rowsAsked
        self.weight = weight
    }
}

/// How often searches ran, and what they cost.
public struct SearchUsage: Sendable, Equatable {
    /// How many ran; `nil` if nothing counts them.
    public var calls: Int64?
    /// Their time together, in milliseconds.
    public var milliseconds: Double
    /// The rows that they returned together; `nil` if those are not theirs, as for a cursor or a function.
    public var rows: Int64?
    /// The blocks that they found in shared buffers.
    public var blocksHit: Int64
    /// The blocks that they read from outside of shared buffers.
    public var blocksRead: Int64
    /// The seconds in which they were counted; `nil` if unknown.
    public var seconds: Double?

    /// Puts the counts together.
    public init(
        calls: Int64?,
        milliseconds: Double = 0,
        rows: Int64? = nil,
        blocksHit: Int64 = 0,
        blocksRead: Int64 = 0,
        seconds: Double? = nil
    ) {
        self.calls = calls
        self.milliseconds = milliseconds
        self.rows = rows
        self.blocksHit = blocksHit
        self.blocksRead = blocksRead
        self.seconds = seconds
    }

    /// The mean time of one, in milliseconds.
    public var meanMilliseconds: Double? { calls.flatMap { $0 > 0 ? milliseconds / Double($0) : nil } }
    /// The rows that one returned on average.
    public var rowsPerCall: Double? {
        guard let calls, calls > 0, let rows else { return nil }
        return Double(rows) / Double(calls)
    }
    /// How many run in an hour.
    public var perHour: Double? {
        guard let calls, let seconds, seconds >= 1 else { return nil }
        return Double(calls) * 3_600 / seconds
    }
}

/// A setting as it holds for a search.
public struct SearchSetting: Sendable, Hashable {
    /// The value, as SHOW writes it; empty if it is unknown.
    public var value: String
    /// Where it comes from.
    public var source: Source
    /// Whether the value is known, and not only where it comes from.
    public let isKnown: Bool

    /// Where a setting comes from, the strongest first.
    public enum Source: Sendable, Hashable {
        /// The configuration of vecsteward, which says what the application sets.
        case configuration
        /// A SET of the client.
        case client
        /// The function that searches.
        case function(String)
        /// ALTER ROLE ... IN DATABASE.
        case roleInDatabase(String)
        /// ALTER ROLE.
        case role(String)
        /// ALTER DATABASE.
        case database(String)
        /// The server's configuration.
        case server
        /// pgvector's default.
        case builtIn
        /// Nobody knows.
        case unknown
    }

    /// The defaults of pgvector 0.8, by the name of the setting.
    public static let builtIn = [
        "ivfflat.probes": "1", "hnsw.ef_search": "40", "hnsw.iterative_scan": "off", "ivfflat.iterative_scan": "off",
        "hnsw.max_scan_tuples": "20000",
    ]

    /// The greatest `hnsw.ef_search` that pgvector accepts.
    public static let mostCandidates = 1_000

    /// What vecs sets in each query unless its caller gives another value.
    public static let ofVecs = [
        "ivfflat.probes": SearchSetting("10", .client), "hnsw.ef_search": SearchSetting("40", .client),
    ]

    /// Creates a setting.
    public init(_ value: String, _ source: Source) {
        self.init(value, source, isKnown: true)
    }

    private init(_ value: String, _ source: Source, isKnown: Bool) {
        self.value = value
        self.source = source
        self.isKnown = isKnown
    }

    /// A setting of which at most its source is known.
    public static func unknown(_ source: Source) -> SearchSetting { SearchSetting("", source, isKnown: false) }
}
