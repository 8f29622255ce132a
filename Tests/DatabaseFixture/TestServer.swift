import Foundation

/// A real PostgreSQL server that `scripts/test` has started, with pgvector to be installed in a database.
public struct TestServer: Sendable, CustomStringConvertible {
    /// The major version.
    public let version: Int
    /// A libpq connection string for its superuser.
    public let conninfo: String

    /// `PostgreSQL 16`.
    public var description: String { "PostgreSQL \(version)" }

    /// The servers that every test of behaviour on a server runs on.
    ///
    /// Without `scripts/test` they cannot be reached, and each test that needs one fails with the reason.
    public static let all: [TestServer] = [16, 18].map { version in
        let folder = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_SERVERS"] ?? ""
        let file = URL(fileURLWithPath: folder).appendingPathComponent(String(version))
        let conninfo = try? String(contentsOf: file, encoding: .utf8)
        return TestServer(version: version, conninfo: conninfo?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
    }

    func requireRunning() throws {
        if conninfo.isEmpty { throw FixtureError("\(self) is not running: run scripts/test, which starts the servers") }
    }
}

/// Why a fixture cannot serve a test.
public struct FixtureError: Error, CustomStringConvertible {
    /// The reason, in a sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}
