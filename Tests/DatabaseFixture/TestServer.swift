import Foundation
public import Postgres

/// A server that runs for the tests.
public struct TestServer: Sendable, CustomStringConvertible {
    /// Such as `16`.
    public let version: String
    /// A libpq connection string of its superuser, for the database `postgres`.
    public let conninfo: String

    /// Such as `PostgreSQL 16`, which is how tests name their cases.
    public var description: String { "PostgreSQL \(version)" }

    /// The servers that every test runs on, whether they are there or not: where they are not, using one fails.
    public static let all: [TestServer] = ["16", "18"].map { version in
        TestServer(version: version, conninfo: (try? read(version)) ?? "")
    }

    /// The server that counts statements with pg_stat_statements, which those of ``all`` do not have.
    public static let withStatements = TestServer(version: "17", conninfo: (try? read("17")) ?? "")

    /// Whether scripts/test starts ``withStatements``, which it cannot without root and then says so.
    public static let canCountStatements = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_UNCOUNTED"] == nil

    /// The superuser's way to the server.
    ///
    /// Throws what to do when it is not running.
    public func target() throws -> ConnectionTarget {
        if conninfo.isEmpty { _ = try Self.read(version) }
        return try ConnectionTarget(parsing: conninfo)
    }

    /// The superuser's password as written in the connection string, for tests that search output for it.
    public func password() throws -> String {
        _ = try target()
        return try LibPQURI(conninfo).password
    }

    /// What it has written to its log since it was started.
    public func log() throws -> String {
        _ = try target()
        guard let folder = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_SERVERS"] else { return "" }
        let file = URL(fileURLWithPath: folder).deletingLastPathComponent()
            .appendingPathComponent("postgresql-\(version)/server.log")
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    private static func read(_ version: String) throws -> String {
        guard let folder = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_SERVERS"] else {
            throw FixtureError("VECSTEWARD_TEST_SERVERS is not set: run scripts/test, which starts the servers")
        }
        let file = URL(fileURLWithPath: folder).appendingPathComponent(version)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw FixtureError("PostgreSQL \(version) is not running: run scripts/test, which starts the servers")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Why a fixture is not to be had, in a sentence.
public struct FixtureError: Error, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// An error with this sentence.
    public init(_ description: String) {
        self.description = description
    }
}
