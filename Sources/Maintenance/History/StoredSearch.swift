internal import Advisor
internal import Foundation

/// A search as the schema `vecsteward` keeps it, in JSON with the same text each time.
struct StoredSearch: Codable {
    private var kind: String
    private var measure: String
    private var type: String?
    private var dimensions: Int?
    private var expression: String?
    private var conditions: [Condition]
    private var rows: Int?
    private var limit: String
    private var obstacles: [String]
    private var source: String
    private var sourceName: String?
    /// Missing where it is not so, as in what earlier versions have written.
    private var isWithinDistance: Bool?

    private struct Condition: Codable {
        var text: String
        var columns: [String]
        var test: String
        var operation: String?
    }

    init(_ shape: SearchShape, _ source: SearchSource) {
        kind = shape.kind.rawValue
        measure = shape.distanceMetric.rawValue
        switch shape.searched {
        case .column: break
        case .cast(let vector, let count): (type, dimensions) = (vector.rawValue, count)
        case .other(let text): expression = text
        }
        conditions = shape.filters.map {
            Condition(
                text: $0.condition,
                columns: $0.columns,
                test: $0.test.rawValue,
                operation: $0.operation
            )
        }
        switch shape.limit {
        case .all: limit = "all"
        case .some: limit = "some"
        case .unknown: limit = "unknown"
        case .rows(let count): (limit, rows) = ("rows", count)
        }
        obstacles = shape.obstacles.sorted().map(\.rawValue)
        isWithinDistance = shape.isWithinDistance ? true : nil
        switch source {
        case .statements: self.source = "statements"
        case .activity: self.source = "activity"
        case .configuration: self.source = "configuration"
        case .function(let name): (self.source, sourceName) = ("function", name)
        case .view(let name): (self.source, sourceName) = ("view", name)
        }
    }

    /// The text that is kept; `nil` if it is too long for that.
    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self), data.count <= 65_536 else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// Reads a text; `nil` if another version of the program wrote it, and this one does not know its words.
    init?(text: String) {
        guard let stored = try? JSONDecoder().decode(StoredSearch.self, from: Data(text.utf8)) else { return nil }
        self = stored
    }

    /// What the statements have in common; `nil` for unknown words.
    var shape: SearchShape? {
        guard let kind = SearchShape.Kind(rawValue: kind), let metric = DistanceMetric(rawValue: measure) else {
            return nil
        }
        let searched: SearchedExpression
        if let type {
            guard let vector = VectorType(rawValue: type) else { return nil }
            searched = .cast(vector, dimensions: dimensions)
        } else {
            searched = expression.map { .other($0) } ?? .column
        }
        let asked: RowsAsked
        switch limit {
        case "all": asked = .all
        case "some": asked = .some
        case "rows": asked = rows.map { .rows($0) } ?? .some
        default: asked = .unknown
        }
        let known = obstacles.compactMap { SearchObstacle(rawValue: $0) }
        guard known.count == obstacles.count else { return nil }
        return SearchShape(
            kind: kind,
            distanceMetric: metric,
            searched: searched,
            filters: conditions.map {
                SearchFilter(
                    $0.text,
                    columns: $0.columns,
                    test: SearchFilter.Test(rawValue: $0.test) ?? .other,
                    operation: $0.operation
                )
            },
            limit: asked,
            obstacles: Set(known),
            isWithinDistance: isWithinDistance ?? false
        )
    }

    /// Where it was seen; `nil` for unknown words.
    var seen: SearchSource? {
        switch (source, sourceName) {
        case ("statements", _): .statements
        case ("activity", _): .activity
        case ("configuration", _): .configuration
        case ("function", let name?): .function(name)
        case ("view", let name?): .view(name)
        default: nil
        }
    }
}
