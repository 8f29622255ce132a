internal import Advisor
internal import Maintenance
public import Postgres

/// A database of a test's own, and an application's, which is an ordinary role.
public struct TestDatabase: Sendable, CustomStringConvertible {
    /// The server that it is on.
    public let server: TestServer
    /// A name that no other test uses.
    public let name: String
    /// A libpq URI of the superuser for this database.
    public let conninfo: String

    /// The database and its server.
    public var description: String { "\(name) on \(server)" }

    /// A database that is there, on a server that has become another's copy.
    public init(named name: String, on server: TestServer) throws {
        self.server = server
        self.name = name
        conninfo = try LibPQURI(server.conninfo).uri(scheme: "postgresql", database: name)
    }

    /// Makes an empty database, with the extension `vector` unless told otherwise.
    public static func create(on server: TestServer, extension hasExtension: Bool = true) async throws -> TestDatabase {
        // Without vowels and digits it spells no word or number that a test seeks in an output, as a secret's part.
        let name = "test_" + String((0..<15).compactMap { _ in "bcdfghjklmnpqrstvwxz".randomElement() })
        let database = try TestDatabase(named: name, on: server)
        do {
            try await database.createOwner()
            let template = hasExtension ? try await Templates.shared.withExtension(on: server) : nil
            try await database.createCopy(of: template ?? "template0")
            if hasExtension, template == nil { try await database.administer("CREATE EXTENSION vector") }
        } catch {
            await database.drop()
            throw error
        }
        return database
    }

    /// The name of a role.
    ///
    /// All of them have the password of the superuser.
    public func user(_ role: TestRole) throws -> String {
        switch role {
        case .superuser: try server.target().user ?? ""
        case .application: "application_\(name)"
        case .steward: "steward_\(name)"
        }
    }

    /// A role's way to this database.
    public func target(as role: TestRole = .superuser) throws -> ConnectionTarget {
        try server.target().replacing(database: name).replacing(user: user(role))
    }

    /// A connection to this database.
    public func connect(
        as role: TestRole = .superuser,
        applicationName: String = "vecsteward tests"
    ) async throws -> Connection {
        try await Self.open(target(as: role), applicationName: applicationName)
    }

    /// Runs a text with any number of statements as the application, on a connection of its own.
    public func execute(_ sql: String) async throws {
        try await run(sql, on: connect(as: .application))
    }

    /// Runs a text with any number of statements as the superuser, on a connection of its own.
    public func administer(_ sql: String) async throws {
        try await run(sql, on: connect())
    }

    /// Runs a script, and waits until what the server counts of it shows: a session tells that when it has ended, at the
    /// latest, which nobody waits for.
    private func run(_ sql: String, on connection: consuming Connection) async throws {
        try await connection.run(script: sql)
        // The script may have ended its session, or left it in a transaction.
        guard connection.isUsable, !connection.isInTransaction else { return }
        _ = try? await connection.query("SELECT pg_catalog.pg_stat_force_next_flush()")
    }

    /// Runs one statement as the superuser, on a connection of its own.
    @discardableResult
    public func query(_ statement: Statement) async throws -> Rows {
        var connection = try await connect()
        return try await connection.query(statement)
    }

    /// A reserve of connections to this database, as the superuser or as somebody else.
    public func connections(_ target: ConnectionTarget? = nil) throws -> ConnectionPool {
        // Hundreds of tests share the machine with the servers.
        ConnectionPool(try target ?? self.target(), timeout: .seconds(60), applicationName: "vecsteward")
    }

    /// Gives the role of vecsteward what `vecsteward grants --for maintain` prints for the database as it is now.
    public func grant() async throws {
        let snapshot = try await Assessor(connections()).observe()
        // A standby has the roles of its primary.
        guard !snapshot.server.isInRecovery else { return }
        let role = try user(.steward)
        let script = GrantScript(snapshot: snapshot, role: role, purpose: .maintain).sql
        let password = Literal(try server.password())
        var connection = try await connect()
        try await connection.run(script: "SET default_transaction_read_only = off")
        try await connection.run(script: script + "ALTER ROLE \(Identifier(role)) PASSWORD \(password)")
    }

    /// Makes the schema `vecsteward` as an earlier version of the program left it, with the role of vecsteward as its owner.
    public func makeState(ofVersion version: Int) async throws {
        try await grant()
        try await administer("CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(Identifier(user(.steward)))")
        try await run(StateSchema.script(ofVersion: version), on: connect(as: .steward))
    }

    /// A URI of the application with another scheme, such as SQLAlchemy's `postgresql+psycopg2`.
    public func uri(scheme: String) throws -> String {
        try LibPQURI(server.conninfo).uri(scheme: scheme, database: name, user: user(.application))
    }

    /// Drops the database and its roles, and ends the sessions on it.
    ///
    /// That it may fail is of no interest to a test that is over.
    public func drop() async {
        // Not in the test's task: that may be cancelled by now, and the database has to go all the same.
        let server = server
        let roles = [TestRole.steward, .application].compactMap { try? user($0) }
        var statements: [Statement] = []
        if server.version == TestServer.withStatements.version {
            // Otherwise the statements of tests that are over push out those of one that runs.
            statements = [
                "CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
                "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = \(name)",
            ]
        }
        statements.append("DROP DATABASE IF EXISTS \(Identifier(name)) WITH (FORCE)")
        statements += roles.map { "DROP ROLE IF EXISTS \(Identifier($0))" }
        await Task.detached {
            guard var connection = try? await Self.open(server.target()) else { return }
            for statement in statements { _ = try? await connection.query(statement) }
        }.value
    }

    private func createOwner() async throws {
        let owner = Identifier(try user(.application))
        let password = Literal(try server.password())
        try await Self.run("CREATE ROLE \(owner) LOGIN PASSWORD \(password)", server.target())
    }

    /// Copies a database that nobody connects to; two copies of it may meet all the same, and then one of them has to come
    /// again.
    private func createCopy(of template: String) async throws {
        let owner = Identifier(try user(.application))
        let statement: Statement =
            "CREATE DATABASE \(Identifier(name)) TEMPLATE \(Identifier(template)) OWNER \(owner)"
        for _ in 0..<100 {
            do {
                var connection = try await Self.open(server.target())
                _ = try await connection.query(statement)
                return
            } catch let error as PostgresError where error.sqlState == .objectInUse {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        throw FixtureError("\(template) was in use for too long to make a database")
    }

    /// Databases with the extension, which are copied sooner than the extension is made thousands of times.
    private actor Templates {
        static let shared = Templates()

        private var templates: [String: Task<String, any Error>] = [:]

        /// The template of a server that serves all tests; nil for a server of a test's own, which makes few databases.
        func withExtension(on server: TestServer) async throws -> String? {
            guard (TestServer.all + [.withStatements]).contains(where: { $0.conninfo == server.conninfo }) else {
                return nil
            }
            let template =
                templates[server.conninfo]
                ?? Task {
                    // Another run of the tests on the same server has one of its own.
                    let database = try TestDatabase(named: "template_\(UInt32.random(in: .min ... .max))", on: server)
                    var connection = try await TestDatabase.open(server.target())
                    _ = try await connection.query("CREATE DATABASE \(Identifier(database.name)) TEMPLATE template0")
                    try await database.administer("CREATE EXTENSION vector")
                    return database.name
                }
            templates[server.conninfo] = template
            return try await template.value
        }
    }

    private static func run(_ script: String, _ target: ConnectionTarget) async throws {
        var connection = try await open(target)
        try await connection.run(script: script)
    }

    private static func open(
        _ target: ConnectionTarget,
        applicationName: String = "vecsteward tests"
    ) async throws -> Connection {
        try await Connection.open(target, timeout: .seconds(30), applicationName: applicationName)
    }
}

/// Runs a test with a database of its own, which is dropped whatever happens.
public func withDatabase<Result>(
    on server: TestServer,
    extension hasExtension: Bool = true,
    _ body: (TestDatabase) async throws -> Result
) async throws -> Result {
    let database = try await TestDatabase.create(on: server, extension: hasExtension)
    do {
        let result = try await body(database)
        await database.drop()
        return result
    } catch {
        await database.drop()
        throw error
    }
}
