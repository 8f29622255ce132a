import Advisor
import DatabaseFixture
import Postgres

@testable import Maintenance

/// Assesses a test database as the role of vecsteward, or as whoever `conninfo` says.
func assess(
    _ database: TestDatabase,
    conninfo: String? = nil,
    scope: CollectionScope = CollectionScope(),
    layers: [PolicyLayer] = [],
    limits: ResourceLimits = ResourceLimits()
) async throws -> Assessment {
    let target = try await database.target(conninfo)
    return try await Assessor(
        try database.connections(target),
        scope: scope,
        policies: PolicyBook(layers: layers),
        limits: limits
    ).assess()
}

/// Assesses a test database as somebody does who is going to act, so that what decides is confirmed.
func confirmed(
    _ database: TestDatabase,
    conninfo: String? = nil,
    layers: [PolicyLayer] = [],
    statementTimeout: Duration = .seconds(30)
) async throws -> Assessment {
    let target = try await database.target(conninfo)
    let assessor = Assessor(
        try database.connections(target),
        policies: PolicyBook(layers: layers),
        statementTimeout: statementTimeout
    )
    return try await confirmed(by: assessor)
}

/// The same by an assessor that is kept.
func confirmed(by assessor: Assessor) async throws -> Assessment {
    var connection = try await assessor.connections.open()
    let estimate = try await assessor.estimate(on: &connection)
    return try await assessor.confirm(estimate, isActing: true, on: &connection)
}

extension Assessment {
    /// The collection of this name, as people write it.
    func collection(_ name: String) throws -> Collection {
        guard let found = snapshot.collections.first(where: { $0.name.description == name }) else {
            throw MissingCollection(name: name, seen: snapshot.collections.map(\.name.description))
        }
        return found
    }

    /// The rules that found something in a collection.
    func rules(_ name: String) -> [String] {
        findings.filter { $0.collection?.description == name }.map(\.rule)
    }

    /// The jobs for a collection.
    func jobs(_ name: String) -> [Job] { plan.jobs.filter { $0.collection.description == name } }
}

/// A collection that should have been seen and was not.
struct MissingCollection: Error {
    var name: String
    var seen: [String]
}

/// SQL that makes a table with this many rows of random vectors.
func table(_ name: String, rows: Int, type: String = "vector(8)", column: String = "vec") -> String {
    """
    CREATE TABLE \(name) (id bigint, \(column) \(type));
    INSERT INTO \(name)
    SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)::\(type)
    FROM generate_series(1, \(rows)) AS g;
    """
}

/// Carries out every job of an assessment by the SQL that a report prints, on one connection of the same role.
func carryOut(_ assessment: Assessment, on database: TestDatabase, conninfo: String? = nil) async throws {
    var connection = try await Connection.open(
        try await database.target(conninfo),
        timeout: .seconds(30),
        applicationName: "vecsteward tests"
    )
    for job in assessment.plan.jobs {
        for statement in JobStatements.statements(for: job) { _ = try await connection.query(Statement(statement)) }
    }
}

extension TestDatabase {
    /// The way of the role of vecsteward, which gets what it needs for the tables that are there now, or that of `conninfo`.
    func target(_ conninfo: String?) async throws -> ConnectionTarget {
        if let conninfo { return try ConnectionTarget(parsing: conninfo) }
        try await grant()
        return try target(as: .steward)
    }

    /// A connection string of another role.
    func conninfo(user: String, password: String) throws -> String {
        let target = try target()
        func quoted(_ value: String) -> String {
            "'" + value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
        }
        return "host=\(target.host ?? "") port=\(target.port ?? "") dbname=\(name) "
            + "user=\(quoted(user)) password=\(quoted(password))"
    }
}
