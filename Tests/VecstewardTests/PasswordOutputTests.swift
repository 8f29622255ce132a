import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("No password of a real server in any output", .serialized)
struct PasswordOutputTests {
    /// Every character that a URI, a connection string or JSON treats in a way of its own.
    private static let password = ##"zeb:ra/2 %40@'"\#?é"##
    private static let encoded = "zeb%3Ara%2F2%20%2540%40%27%22%5C%23%3F%C3%A9"

    private let folder = TemporaryFolder()

    /// One way to hand over a password.
    private struct Way {
        var arguments: [String]
        var environment: [String: String] = [:]
        var status: Int32
    }

    /// Runs each command in each way, and looks for the password in all that comes of it.
    private func expectNoPassword(_ ways: [Way]) async throws {
        for way in ways {
            for command in [
                ["--dry-run"], ["--dry-run", "--format", "json", "--output", "report"],
                ["grants", "--role", "steward", "--for", "maintain"],
            ] {
                let run = try await ProgramRun.of(command + way.arguments, in: folder, environment: way.environment)
                #expect(run.status == way.status, "\(way): \(run.text)")
                let text = run.text + folder.contents("report")
                // The beginning and the end of it, however the rest is quoted.
                #expect(!text.lowercased().contains("zeb") && !text.contains("é") && !text.contains("%A9"), "\(text)")
                #expect(text.contains("postgres") || way.status != 0)
            }
        }
    }

    /// A connection string with a password, as keywords and as a URI.
    private func connections(_ database: TestDatabase, _ user: String, name: String? = nil) throws -> [String] {
        let target = try database.target()
        let name = name ?? database.name
        return [
            try database.connection(user: user, database: name) + " password=\(TestDatabase.quoted(Self.password))",
            "postgresql://\(user):\(Self.encoded)@\(target.host ?? ""):\(target.port ?? "")/\(name)",
            "postgresql://\(target.host ?? ""):\(target.port ?? "")/\(name)?user=\(user)&password=\(Self.encoded)",
        ]
    }

    private func ways(_ connections: [String], _ status: Int32) throws -> [Way] {
        try connections.enumerated().flatMap { number, connection in
            let path = try configurationFile([("app", connection)], in: folder)
            try FileManager.default.moveItem(atPath: path, toPath: "\(folder.path)/\(status).\(number).json")
            return [
                Way(arguments: ["--database", connection] + ProgramRun.patiently, status: status),
                Way(arguments: ["--config", "\(status).\(number).json"], status: status),
            ]
        }
    }

    @Test("neither a right nor a wrong one, nor with an error of the server", arguments: TestServer.all)
    func connections(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let role = "postgres_\(database.name)"
            let literal = "'" + Self.password.replacingOccurrences(of: "'", with: "''") + "'"
            try await database.administer("CREATE ROLE \(Identifier(role)) LOGIN PASSWORD \(literal)")
            try await expectNoPassword(try ways(connections(database, role), 0))
            try await expectNoPassword(try ways(connections(database, "postgres"), 77))
            try await expectNoPassword(try ways(connections(database, role, name: "nowhere"), 69))
            try await expectNoPassword(try elsewhere(database, role))
            try await database.administer("DROP ROLE \(Identifier(role))")
        }
    }

    /// The password outside of the connection: right in the environment and in a file, and wrong.
    private func elsewhere(_ database: TestDatabase, _ role: String) throws -> [Way] {
        let connection = try database.connection(user: role)
        let target = try database.target()
        folder.make(
            "service.conf",
            "[app]\nhost=\(target.host ?? "")\nport=\(target.port ?? "")\nuser=\(role)\npassword=\(Self.password)\n"
        )
        let field = Self.password.replacingOccurrences(of: #"\"#, with: #"\\"#)
            .replacingOccurrences(of: ":", with: #"\:"#)
        #expect(chmod(folder.make("pgpass", "*:*:*:*:\(field)\n"), 0o600) == 0)
        let service = ["PGSERVICEFILE": "\(folder.path)/service.conf"]
        let named = "service=app dbname=\(database.name)"
        return [
            Way(
                arguments: ["--database", connection] + ProgramRun.patiently,
                environment: ["PGPASSWORD": Self.password],
                status: 0
            ),
            Way(
                arguments: ["--database", connection] + ProgramRun.patiently,
                environment: ["PGPASSWORD": Self.password + "x"],
                status: 77
            ),
            Way(
                arguments: ["--database", connection] + ProgramRun.patiently,
                environment: ["PGPASSFILE": "\(folder.path)/pgpass"],
                status: 0
            ),
            Way(arguments: ["--database", named] + ProgramRun.patiently, environment: service, status: 0),
            Way(
                arguments: ["--database", named + " user=postgres"] + ProgramRun.patiently,
                environment: service,
                status: 77
            ),
        ]
    }
}
