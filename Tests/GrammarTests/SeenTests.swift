import Foundation
import Grammar
import Testing

/// What a server showed of the searches of real clients, in Tests/Clients/seen.
@Suite("The searches of clients as a server shows them")
struct SeenTests {
    private struct Seen: Decodable {
        struct Search: Decodable {
            var name: String
            var statements: [Statement]
        }
        struct Statement: Decodable {
            var text: String
            var expected: Expected?
        }
        var searches: [Search]
    }

    /// What a person says of a statement.
    struct Expected: Decodable {
        struct Filter: Decodable {
            var expression: String
            var columns: [String]
        }
        var standsAs: String
        var through: String?
        var column: String
        var `operator`: String
        var cast: String?
        var direction: String?
        var key: Int
        var filters: [Filter]
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Clients/seen")
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    @Test("there are files of all clients")
    func all() {
        #expect(Self.files.count >= 12)
    }

    @Test("are read as their clients mean them, and nothing else is taken for a search", arguments: files)
    func reading(file: String) async throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let seen = try decoder.decode(Seen.self, from: Data(contentsOf: Self.folder.appendingPathComponent(file)))
        for search in seen.searches {
            #expect(search.statements.contains { $0.expected != nil }, "\(search.name)")
            for shown in search.statements {
                let read = await StatementReader().read(shown.text).statements
                if let expected = shown.expected {
                    #expect(expected.differences(from: read) == [], "\(search.name): \(shown.text)")
                } else {
                    #expect(read.allSatisfy { $0.searches.isEmpty }, "\(search.name): \(shown.text)")
                }
            }
        }
    }
}

extension SeenTests.Expected {
    /// What is read otherwise than a person says.
    func differences(from statements: [Statement]) -> [String] {
        if standsAs == "function" {
            let called = statements.flatMap(\.calls).map(\.name.description)
            return called.contains(through ?? "") ? [] : ["the calls are \(called)"]
        }
        // Where a query has a limited subquery, that is the search.
        guard let search = statements.flatMap(\.searches).first(where: { !$0.isReranking }) else {
            return ["no search"]
        }
        var differences: [String] = []
        func compare(_ what: String, _ read: String, _ expected: String) {
            if read != expected { differences.append("\(what): read \(read), expected \(expected)") }
        }
        compare("kind", search.kind?.rawValue ?? "none", direction == nil ? "radius" : "nearest")
        let columns = search.distance?.searched.columns.map(\.column) ?? []
        // A view may give the column another name.
        if standsAs != "view" { compare("column", "\(columns)", "\([column])") }
        if search.distance?.spelling == .operator {
            compare("operator", search.distance?.name.name ?? "", self.operator)
        }
        if direction != nil {
            let place = search.order.firstIndex { $0.distance != nil } ?? 0
            compare("key", "\(place + 1)", "\(key)")
            compare("descending", "\(search.order[place].isDescending)", "\(direction == "desc")")
        }
        if case .cast(_, let type) = search.distance?.searched {
            compare("cast", "\(type)", cast ?? "none")
        } else {
            compare("cast", "none", cast ?? "none")
        }
        let own = search.filters.filter { $0.distances.isEmpty }.flatMap(\.columns).map(\.column)
        // A condition on the distance is no filter, and those of a view stand in its definition.
        let conditions = filters.filter { !$0.expression.contains(self.operator) && standsAs != "view" }
        let missing = conditions.flatMap(\.columns).filter { !own.contains($0) }
        compare("columns of filters that are missing", "\(missing)", "[]")
        return differences
    }
}
