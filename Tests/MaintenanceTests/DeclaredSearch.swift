import Advisor
import DatabaseFixture

/// A search as the file of its client in Tests/Clients declares it.
struct DeclaredSearch: Decodable {
    struct Filter: Decodable {
        var expression: String
        var columns: [String]
        var table: String?
    }

    struct Setting: Decodable {
        var name: String
        var value: String
        var scope: String
    }

    /// The index that an expert would create.
    struct Index: Decodable {
        var key: String
        var operatorClass: String
        /// The first version of PostgreSQL whose planner takes it for the search.
        var since: Int?
    }

    var name: String
    var table: String
    var column: String
    var `operator`: String
    var cast: String?
    var expression: String?
    var direction: String?
    var key: Int
    var filters: [Filter]
    var limit: Int?
    var settings: [Setting]
    var index: Index?
    var standsAs: String
    var through: String?
    /// The rules that find something about the search once its index is there.
    var findings: [String]

    var metric: DistanceMetric? { DistanceMetric(distanceOperator: self.operator) }

    /// The index that the planner of a server takes for it; `nil` if it takes none.
    func index(on server: TestServer) -> Index? {
        index.flatMap { $0.since ?? 0 <= Int(server.version) ?? 0 ? $0 : nil }
    }

    /// The collection that it searches.
    func collection(of snapshot: CatalogSnapshot) -> Collection? {
        snapshot.collections.first { "\($0.name.schema).\($0.name.table)" == table && $0.name.column == column }
    }

    /// Its searches as they were read.
    func readings(_ snapshot: CatalogSnapshot) -> [Search] {
        (collection(of: snapshot)?.searches ?? []).filter { $0.shape.distanceMetric == metric }
    }

    /// What is read otherwise than it is.
    ///
    /// - Parameters:
    ///   - search: What was read.
    ///   - calls: How often it ran; `nil` if nothing counts that, so that its sessions show it.
    /// - Returns: A phrase for each difference.
    func differences(from search: Search, calls: Int?) -> [String] {
        var differences: [String] = []
        func compare(_ what: String, _ read: String, _ declared: String) {
            if read != declared { differences.append("\(what): read \(read), declared \(declared)") }
        }
        let shape = search.shape
        compare("kind", shape.kind.rawValue, direction == nil ? "radius" : "nearest")
        switch shape.searched {
        case .column:
            compare("searched", "column", cast ?? "column")
            let isWithin = !shape.obstacles.isDisjoint(with: [.withinExpression, .function])
            compare("within an expression", "\(isWithin)", "\(expression != nil)")
        case .cast(let type, let dimensions):
            compare("cast", type.rawValue + (dimensions.map { "(\($0))" } ?? ""), cast ?? expression ?? "column")
        case .other(let text): if expression == nil { compare("searched", text, cast ?? "column") }
        }
        // A condition on the distance is no filter.
        let conditions = filters.filter { !$0.expression.contains(self.operator) }
        let (read, own) = (Set(shape.filters.flatMap(\.columns)), conditions.filter { $0.table ?? table == table })
        compare("filters that are missing", "\(Set(own.flatMap(\.columns)).subtracting(read).sorted())", "[]")
        // A join compares columns that no filter names.
        if own.count == conditions.count {
            compare("filters that are none", "\(read.subtracting(own.flatMap(\.columns)).sorted())", "[]")
        }
        compare("descending", "\(shape.obstacles.contains(.descending))", "\(direction == "desc")")
        compare("another key first", "\(shape.obstacles.contains(.anotherKeyFirst))", "\(key > 1)")
        // The rows of a cursor are fetched by other statements.
        if direction != nil, standsAs != "cursor" {
            compare("without LIMIT", "\(shape.limit == .all)", "\(limit == nil)")
        }
        // PostgreSQL counts a prepared SET once, however often it runs, so most searches seem to be without it.
        let isCounted = name != "options"
        for setting in settings where isCounted {
            compare(setting.name, search.settings[setting.name]?.value ?? "", setting.value)
        }
        switch search.source {
        case .function(let name): compare("function", name, bare(through))
        case .view(let name): compare("view", name, bare(through))
        default:
            compare(
                "source",
                "\(search.source)",
                through == nil ? calls == nil ? "activity" : "statements" : bare(through)
            )
        }
        compare("calls", search.usage.calls.map { "\($0)" } ?? "", calls.map { "\($0)" } ?? "")
        return differences
    }

    private func bare(_ name: String?) -> String { name?.split(separator: ".").last.map(String.init) ?? "none" }
}
