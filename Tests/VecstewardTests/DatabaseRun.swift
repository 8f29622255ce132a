import DatabaseFixture
import Foundation
import Postgres

// The program, run on databases that are there.

extension TestDatabase {
    /// How the role of vecsteward reaches this database, with what it needs for the tables that are there now.
    func stewardConnection() async throws -> String {
        try await grant()
        return try connection(user: user(.steward))
    }

    /// How the superuser, or another role, reaches this database or another one; the password is left out.
    func connection(user: String? = nil, database: String? = nil) throws -> String {
        let target = try target()
        let parts = [
            ("host", target.host), ("port", target.port), ("dbname", database ?? name), ("user", user ?? target.user),
        ]
        return parts.map { "\($0)=\(Self.quoted($1 ?? ""))" }.joined(separator: " ")
    }

    /// A value as libpq's connection strings spell it.
    static func quoted(_ value: String) -> String {
        "'" + value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }

    /// Runs lines of SQL one by one in one session, as psql does with what is pasted into it.
    func paste(_ lines: [String], user: String? = nil, password: String? = nil) async throws {
        var target = try target()
        if let user { target = target.replacing(user: user) }
        if let password { target = target.replacing(password: password) }
        var connection = try await Connection.open(target, timeout: .seconds(30), applicationName: "paste")
        for line in lines { try await connection.run(script: line) }
    }

    /// Waits until nobody else but an application is connected, so that what they did is in the counters.
    func waitForEndOfSessions(besides application: String = "") async throws {
        let others = """
            SELECT count(*) AS number FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                AND application_name NOT IN ('vecsteward tests', '\(application)')
            """
        while try await number(others) > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// A number, from a query that calls it `number`.
    func number(_ sql: String) async throws -> Int64 {
        try await query(Statement(sql)).one()["number", as: Int64.self]
    }
}

extension ProgramRun {
    /// Options that give a server more time than tests on a busy machine can need.
    static let patiently = ["--config", patience.make("config.json", patientConfiguration)]
    private static let patience = TemporaryFolder()
    private static let patientConfiguration =
        "{\"connectTimeout\": \"2min\", \"statementTimeout\": \"2min\", \"databases\": [{\"connection\": \"dbname=no\"}]}"

    /// Reports on a database, as the role of vecsteward where nobody is named; the password comes from the environment.
    static func dryRun(
        on database: TestDatabase,
        _ arguments: [String] = [],
        user: String? = nil,
        password: String? = nil,
        in folder: TemporaryFolder = TemporaryFolder()
    ) async throws -> ProgramRun {
        let connection =
            if let user { try database.connection(user: user) } else { try await database.stewardConnection() }
        return try await of(
            ["--dry-run", "--database", connection] + patiently + arguments,
            in: folder,
            environment: ["PGPASSWORD": password ?? database.server.password()]
        )
    }

    /// The report, where it is JSON.
    func report() throws -> ReadReport { try JSONDecoder().decode(ReadReport.self, from: Data(output.utf8)) }

    /// The lines of SQL in a text report.
    func sql() -> [String] {
        let lines = output.split(separator: "\n")
        let commands = ["SET ", "RESET ", "CREATE ", "ALTER ", "DROP ", "ANALYZE ", "REINDEX ", "BEGIN;", "COMMIT;"]
        return lines.filter { $0.hasPrefix("     ") }.map { String($0.dropFirst(5)) }
            .filter { line in commands.contains { line.hasPrefix($0) } }
    }

    /// The statements of a text report; settings share a line there.
    var statements: [String] {
        sql().flatMap { line -> [String] in
            let settings =
                line.hasPrefix("SET ") || line.hasPrefix("RESET ")
                ? line.split(separator: "; ").map(String.init) : [line]
            return settings.map { $0.hasSuffix(";") ? String($0.dropLast()) : $0 }
        }
    }
}

/// A configuration with these databases, in a file.
func configurationFile(
    _ databases: [(name: String, connection: String)],
    connectTimeout: String = "2min",
    rules: [String: [String: String]] = [:],
    in folder: TemporaryFolder
) throws -> String {
    struct File: Encodable {
        var databases: [[String: String]]
        var connectTimeout: String
        var rules: [String: [String: String]]
    }
    let file = File(
        databases: databases.map { ["name": $0.name, "connection": $0.connection] },
        connectTimeout: connectTimeout,
        rules: rules
    )
    return folder.make("config.json", String(decoding: try JSONEncoder().encode(file), as: UTF8.self))
}

/// What these tests read of a report in JSON.
struct ReadReport: Decodable {
    var hasWork: Bool
    var databases: [Database]

    struct Database: Decodable {
        var name: String
        var target: String
        var status: String
        var failure: Failure?
        var server: Server?
        var blindSpots: [String]?
        var collections: [Collection]?
        var jobs: [Job]?

        /// The rules that found something in a collection, in the order of the report.
        func rules(_ name: String) -> [String] {
            (collections ?? []).filter { $0.name == name }.flatMap(\.findings).map(\.rule)
        }

        /// The jobs for a collection.
        func jobs(for name: String) -> [Job] { (jobs ?? []).filter { $0.collection == name } }
    }

    struct Failure: Decodable {
        var message: String
        var hint: String?
        var sqlState: String?
    }

    struct Server: Decodable {
        var database: String
        var role: String
        var pgvectorVersion: String?
    }

    struct Collection: Decodable {
        var name: String
        var schema: String
        var table: String
        var column: String
        var dimensions: Int?
        var rows: Rows
        var findings: [Finding]
    }

    struct Rows: Decodable {
        var value: Int64
        var source: String
    }

    struct Finding: Decodable {
        var rule: String
        var summary: String
        var advice: String
    }

    struct Job: Decodable {
        var kind: String
        var collection: String
        var disposition: String
        var why: String?
        var statements: [String]
    }
}
