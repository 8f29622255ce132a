import DatabaseFixture
import Foundation
import Testing

@testable import Postgres

@Suite("Settings that decide what statements mean", .timeLimit(.minutes(2)))
struct SessionSettingsTests {
    /// What somebody has set for the database, none of it what is pinned.
    private static let others = [
        "search_path": "public", "standard_conforming_strings": "off", "backslash_quote": "on",
        "transform_null_equals": "on", "array_nulls": "off", "quote_all_identifiers": "on", "extra_float_digits": "-3",
        "DateStyle": "German, DMY", "IntervalStyle": "sql_standard", "bytea_output": "escape",
        "client_min_messages": "error", "default_transaction_isolation": "serializable",
        "default_transaction_deferrable": "on", "exit_on_error": "on", "statement_timeout": "1h",
    ]

    private func settings(_ connection: inout Connection) async throws -> [String: String] {
        var settings: [String: String] = [:]
        for (name, _) in SessionSettings.pinned {
            let row = try await connection.query("SELECT pg_catalog.current_setting(\(name)) AS value").one()
            settings[name] = try row["value", as: String.self]
        }
        return settings
    }

    private func withOtherSettings(
        on server: TestServer,
        _ body: (TestDatabase, ConnectionTarget) async throws -> Void
    ) async throws {
        try await withDatabase(on: server, extension: false) { database in
            for (name, value) in Self.others {
                try await database.administer("ALTER DATABASE \(Identifier(database.name)) SET \(name) = '\(value)'")
            }
            try await body(database, try database.target())
        }
    }

    @Test("a reserve pins each of them, in every way in which it connects", arguments: TestServer.all)
    func pinned(server: TestServer) async throws {
        try await withOtherSettings(on: server) { _, target in
            let wanted = Dictionary(uniqueKeysWithValues: SessionSettings.pinned.map { ($0.name, $0.value) })
            let reserve = ConnectionPool(target, timeout: .seconds(30), applicationName: uniqueName())
            var opened = try await reserve.open()
            #expect(try await settings(&opened) == wanted)
            var taken = try await reserve.checkOut()
            #expect(try await settings(&taken) == wanted)
            reserve.openAhead()
            var ahead = try await reserve.checkOut()
            #expect(try await settings(&ahead) == wanted)
            let used = try await reserve.use { (connection) async throws(PostgresError) in
                try await connection.query("SELECT pg_catalog.current_setting('search_path')").one()[0, as: String.self]
            }
            #expect(used == "pg_catalog, pg_temp")
            let sibling = reserve.sibling(named: uniqueName()) { (_) async throws(PostgresError) in }
            var other = try await sibling.checkOut()
            #expect(try await settings(&other) == wanted)
        }
    }

    @Test("a session that a pooler may lend to others is left as it is", arguments: TestServer.all)
    func lent(server: TestServer) async throws {
        try await withOtherSettings(on: server) { _, target in
            var connection = try await open(target)
            let before = try await settings(&connection)
            #expect(before["search_path"]?.contains("public") == true)
            _ = try await connection.query(SessionSettings.forSession(ifServedBy: connection.processID &+ 1))
            #expect(try await settings(&connection) == before)
            _ = try await connection.pipeline(["BEGIN", SessionSettings.forTransaction, "COMMIT"])
            #expect(try await settings(&connection) == before)
            _ = try await connection.query(SessionSettings.forSession(ifServedBy: connection.processID))
            #expect(try await settings(&connection)["search_path"] == "pg_catalog, pg_temp")
        }
    }

    @Test("nothing outside the reserve connects")
    func onePlace() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            guard file.lastPathComponent != "ConnectionPool.swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("Connection.open("), "\(file.lastPathComponent)")
        }
    }
}
