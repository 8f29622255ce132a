internal import Advisor

/// What all forms of a report say of one search.
struct SearchWords {
    let search: Search
    let collection: Collection

    /// What is compared with the vector that is searched for, in SQL.
    var searched: String { Self.sql(search.shape.searched, column: collection.name.column) }

    /// How many rows are asked for, and whether others are skipped before.
    var limit: String {
        search.hasOffset ? "\(rows), an OFFSET whose number is not kept" : rows
    }

    private var rows: String {
        let isUnknown = search.shape.limit == .some || search.shape.limit == .unknown
        if isUnknown, let rows = search.stated.rowsAsked { return "LIMIT \(rows) by the configuration" }
        if isUnknown, search.hasSeveralLimits { return "LIMITs of several numbers, as open sessions show" }
        if isUnknown, let rows = search.rowsAsked { return "LIMIT \(rows), as open sessions show" }
        if search.isConfigured, search.shape.limit == .some { return "a LIMIT" }
        return switch search.shape.limit {
        case .all: "no LIMIT"
        case .rows(let rows): "LIMIT \(rows)"
        case .some: "a LIMIT whose number is not recorded"
        case .unknown: "a text that is cut before any LIMIT"
        }
    }

    /// Where it was seen, after its subject.
    var source: String {
        switch search.source {
        case .statements: "seen in pg_stat_statements"
        case .activity: "seen in pg_stat_activity, while it ran"
        case .function(let name): "seen in function \(name), which statements call"
        case .view(let name): "seen in view \(name), which statements read"
        case .configuration: "named in the configuration"
        }
    }

    /// The indexes that can serve it, each name once, and why there are none.
    var service: (indexes: [String], reason: SearchService.Reason?) {
        switch collection.service(of: search.shape) {
        case .served(let indexes):
            var names: [String] = []
            for index in indexes where !names.contains(index) { names.append(index) }
            return (names, nil)
        case .unserved(let reason): return ([], reason)
        }
    }

    /// Why no index can serve it, in words.
    func words(for reason: SearchService.Reason) -> String {
        let metric = search.shape.distanceMetric
        return switch reason {
        case .noIndex: "there is no usable vector index"
        case .shape(let obstacles):
            "the search \(obstacles.sorted().map(\.words).joined(separator: " and ")), and no index gives that"
        case .radius: "it takes all rows within a distance, and no vector index serves that"
        case .distanceMetric(let metrics):
            "none is for \(metric.distanceOperator) (\(metric.shortName)), only for "
                + metrics.map { "\($0.distanceOperator) (\($0.shortName))" }.joined(separator: ", ")
        case .expression(let others):
            "none for \(metric.shortName) is on \(searched), only on "
                + others.map { Self.sql($0, column: collection.name.column) }.joined(separator: ", ")
        case .predicate(let predicate):
            "the only one is partial, WHERE \(predicate), and nothing shows that the search keeps to that"
        }
    }

    /// Its settings by name.
    var settings: [(name: String, setting: SearchSetting)] {
        search.settings.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }

    private static func sql(_ expression: SearchedExpression, column: String) -> String {
        let column = SQLName.short(column)
        return switch expression {
        case .column: column
        case .cast(let type, let dimensions): "\(column)::\(type.rawValue)" + (dimensions.map { "(\($0))" } ?? "")
        case .other(let text): text
        }
    }
}

/// Names in SQL.
enum SQLName {
    /// A name, in double quotes only where it has other characters than most names.
    static func short(_ name: String) -> String {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isPlain =
            !name.isEmpty && !digits.contains(name.utf8.first ?? 0)
            && name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
        return isPlain ? name : quoted(name)
    }

    /// A name in double quotes.
    static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension SearchObstacle {
    /// What a search does, after its subject.
    fileprivate var words: String {
        switch self {
        case .descending: "orders by the distance DESC"
        case .withinExpression: "orders by an expression with the distance in it"
        case .anotherKeyFirst: "orders by another key before the distance"
        case .anotherKeyAfter: "orders by another key after the distance, before PostgreSQL 17"
        case .function: "calls a function in the place of the operator"
        case .noLimit: "has no LIMIT"
        case .grouped: "needs all rows for DISTINCT, GROUP BY, an aggregate or a window function"
        }
    }
}

extension SearchSetting {
    /// The value, and where it comes from.
    var words: String {
        let value = isKnown ? self.value : "unknown"
        return switch source {
        case .configuration: "\(value) (configuration)"
        case .client: "\(value) (client)"
        case .function(let name): "\(value) (function \(name))"
        case .roleInDatabase(let role): "\(value) (role \(role) in this database)"
        case .role(let role): "\(value) (role \(role))"
        case .database(let database): "\(value) (database \(database))"
        case .server: "\(value) (server)"
        case .builtIn: "\(value) (default)"
        case .unknown: value
        }
    }
}

extension DistanceMetric {
    /// Its name where there is little room.
    var shortName: String {
        switch self {
        case .cosineDistance: "cosine"
        case .l2Distance: "l2"
        case .l1Distance: "l1"
        case .maxInnerProduct: "ip"
        case .hammingDistance: "hamming"
        case .jaccardDistance: "jaccard"
        }
    }
}
