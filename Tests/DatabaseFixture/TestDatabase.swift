import Foundation
public import Postgres
import Synchronization

/// A database of its own for one test.
public struct TestDatabase: Sendable {
    /// The server it is on.
    public let server: TestServer
    /// Its name, which no other test has.
    public let name: String
    private let options: [String: String]

    /// A connection string for its superuser.
    public var conninfo: String { conninfo() }

    /// A connection string for another role, host or application; the names are libpq's.
    public func conninfo(user: String? = nil, password: String? = nil, _ changes: [String: String] = [:]) -> String {
        var options = options
        options["dbname"] = name
        if let user { options["user"] = user }
        if let password { options["password"] = password }
        options.merge(changes) { _, new in new }
        return options.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value))" }.joined(separator: " ")
    }

    /// The same as a SQLAlchemy URL.
    var url: String {
        func encoded(_ key: String) -> String {
            options[key]?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
        let address = "\(options["host"] ?? ""):\(options["port"] ?? "5432")"
        return "postgresql+psycopg2://\(encoded("user")):\(encoded("password"))@\(address)/\(name)"
    }

    private static let count = Mutex(0)

    static func create(on server: TestServer, extension hasExtension: Bool) async throws -> TestDatabase {
        try server.requireRunning()
        let number = count.withLock { count in
            count += 1
            return count
        }
        let database = TestDatabase(
            server: server,
            name: "test_\(ProcessInfo.processInfo.processIdentifier)_\(number)",
            options: parse(server.conninfo)
        )
        try await run("CREATE DATABASE \(Identifier(database.name)) TEMPLATE template0", server.conninfo)
        if hasExtension { try await database.execute("CREATE EXTENSION vector") }
        return database
    }

    func drop() async throws {
        try await Self.run("DROP DATABASE IF EXISTS \(Identifier(name)) WITH (FORCE)", server.conninfo)
    }

    /// Runs a script of one or more statements, as the superuser or as whoever `conninfo` says.
    public func execute(_ sql: String, conninfo: String? = nil) async throws {
        try await Self.run(sql, conninfo ?? self.conninfo)
    }

    /// Runs one statement and gives its rows.
    public func query(_ statement: Statement) async throws -> Rows {
        var connection = try await Connection.open(
            try ConnectionTarget(parsing: conninfo),
            timeout: .seconds(10),
            applicationName: "test"
        )
        let rows = try await connection.query(statement)
        connection.close()
        return rows
    }

    /// Runs a script by psql's own splitting of statements: each is sent alone, so that those that cannot run in a
    /// transaction block can be among them.
    private static func run(_ sql: String, _ conninfo: String) async throws {
        let psql = Process()
        psql.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        psql.arguments = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-f", "-"]
        let output = try await psql.output(input: sql)
        if output.status != 0 { throw FixtureError("\(output.error)\nin:\n\(sql)") }
    }

    private static func quoted(_ value: String) -> String {
        "'" + value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }

    /// The servers' own strings are `key=value` pairs without quotes.
    private static func parse(_ conninfo: String) -> [String: String] {
        var options: [String: String] = [:]
        for pair in conninfo.split(separator: " ") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { options[String(parts[0])] = String(parts[1]) }
        }
        return options
    }
}

/// Gives a test a database of its own, and drops it in the end.
public func withDatabase(
    on server: TestServer,
    extension hasExtension: Bool = true,
    _ body: (TestDatabase) async throws -> Void
) async throws {
    let database = try await TestDatabase.create(on: server, extension: hasExtension)
    do {
        try await body(database)
    } catch {
        try? await database.drop()
        throw error
    }
    try await database.drop()
}
