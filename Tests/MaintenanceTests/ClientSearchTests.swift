import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import Maintenance

/// Real clients search, and what is read of it is compared with what people know of them.
@Suite(
    "The searches of real clients",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root"),
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long"),
    .serialized
)
struct ClientSearchTests {
    static let clients = [
        "vecs", "langchain_pgvector", "langchain_pgvectorstore", "llama_index", "django", "sqlalchemy", "haystack",
        "mem0",
        "psycopg", "psycopg2", "asyncpg", "postgrest",
    ]

    @Test("are read as they are", arguments: clients)
    func reading(client: String) async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            let program = ClientProgram(client: client, database: database)
            let searches = try await program.searches()
            try #require(!searches.isEmpty)
            try await program.run("prepare")
            for search in searches {
                try await database.resetStatements()
                try await program.run("search", ["--search", search.name, "--times", "3"])
                let assessment = try await assess(database, conninfo: database.conninfo)
                let found = assessment.snapshot.collections.first {
                    "\($0.name.schema).\($0.name.table)" == search.table && $0.name.column == search.column
                }
                let readings = (found?.searches ?? []).filter { $0.shape.distanceMetric == search.metric }
                #expect(readings.count == 1, "\(client) \(search.name): \(found?.searches.map(\.shape) ?? [])")
                guard let reading = readings.first else { continue }
                #expect(search.differences(from: reading) == [], "\(client) \(search.name)")
                #expect(assessment.snapshot.searchSources?.notUnderstood == 0, "\(client) \(search.name)")
            }
            try await program.run("drop")
        }
    }

    @Test("are all those that there are")
    func all() async throws {
        let database = try TestDatabase(named: "postgres", on: .withStatements)
        let names = try await ClientProgram(client: nil, database: database).names()
        #expect(names == Self.clients)
    }
}

/// Tests/Clients/clients.py.
struct ClientProgram {
    /// The client; `nil` for all of them.
    let client: String?
    let database: TestDatabase

    private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Clients/clients.py").path

    /// A client as its file declares it.
    private struct Declared: Decodable {
        var name: String
        var searches: [DeclaredSearch]
    }

    private func list() async throws -> [Declared] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Declared].self, from: Data(try await run("list", ["--json"]).utf8))
    }

    func searches() async throws -> [DeclaredSearch] { try await list().flatMap(\.searches) }

    func names() async throws -> [String] { try await list().map(\.name) }

    @discardableResult
    func run(_ command: String, _ arguments: [String] = []) async throws -> String {
        guard let python = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_CLIENTS_PYTHON"] else {
            throw FixtureError(
                "VECSTEWARD_TEST_CLIENTS_PYTHON is not set: run scripts/test --long, which installs the clients"
            )
        }
        let ended = try await Command.run(
            python,
            [Self.program, command] + (client.map { [$0] } ?? []) + ["--dimensions", "8", "--rows", "200"] + arguments,
            adding: ["VECSTEWARD_TEST_URI": database.conninfo]
        )
        guard ended.status == 0 else {
            throw FixtureError("clients.py \(command) ended with \(ended.status): \(ended.errors)")
        }
        return ended.output
    }
}

/// A search as the file of its client declares it.
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
    var standsAs: String
    var through: String?

    var metric: DistanceMetric? { DistanceMetric(distanceOperator: self.operator) }

    /// What is read otherwise than it is.
    func differences(from search: Search) -> [String] {
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
        // A condition on the distance is no filter, and those that a view has are not read.
        let conditions = filters.filter { !$0.expression.contains(self.operator) && standsAs != "view" }
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
        default: compare("source", "\(search.source)", through == nil ? "statements" : bare(through))
        }
        compare("calls", "\(search.usage.calls ?? 0)", "3")
        return differences
    }

    private func bare(_ name: String?) -> String { name?.split(separator: ".").last.map(String.init) ?? "none" }
}
