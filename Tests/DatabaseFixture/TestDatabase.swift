public import Postgres

/// A database of a test's own.
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
        let admin = try server.target()
        let name = "test_" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let database = try TestDatabase(named: name, on: server)
        try await createCopy(name, admin)
        if hasExtension {
            do {
                try await database.execute("CREATE EXTENSION vector")
            } catch {
                await database.drop()
                throw error
            }
        }
        return database
    }

    /// The superuser's way to this database.
    public func target() throws -> ConnectionTarget {
        try server.target().replacing(database: name)
    }

    /// A connection of the superuser to this database.
    public func connect(applicationName: String = "vecsteward tests") async throws -> Connection {
        try await Self.open(target(), applicationName: applicationName)
    }

    /// Runs a text with any number of statements on a connection of its own.
    public func execute(_ sql: String) async throws {
        var connection = try await connect()
        try await connection.run(script: sql)
    }

    /// Runs one statement on a connection of its own.
    @discardableResult
    public func query(_ statement: Statement) async throws -> Rows {
        var connection = try await connect()
        return try await connection.query(statement)
    }

    /// A URI of the superuser with another scheme, such as SQLAlchemy's `postgresql+psycopg2`.
    public func uri(scheme: String) throws -> String {
        try LibPQURI(server.conninfo).uri(scheme: scheme, database: name)
    }

    /// Drops the database and ends the sessions on it.
    ///
    /// That it may fail is of no interest to a test that is over.
    public func drop() async {
        // Not in the test's task: that may be cancelled by now, and the database has to go all the same.
        let (server, name) = (server, name)
        await Task.detached {
            guard var connection = try? await Self.open(server.target()) else { return }
            _ = try? await connection.query("DROP DATABASE IF EXISTS \(Identifier(name)) WITH (FORCE)")
        }.value
    }

    /// Copies template0, because nobody can be connected to it; two copies of it may meet all the same, and then one of
    /// them has to come again.
    private static func createCopy(_ name: String, _ admin: ConnectionTarget) async throws {
        let statement: Statement = "CREATE DATABASE \(Identifier(name)) TEMPLATE template0"
        for _ in 0..<100 {
            do {
                var connection = try await open(admin)
                _ = try await connection.query(statement)
                return
            } catch let error as PostgresError where error.sqlState == .objectInUse {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        throw FixtureError("template0 was in use for too long to make a database")
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
