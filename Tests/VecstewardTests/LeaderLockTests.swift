import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("A stranger who takes the leader lock", .timeLimit(.minutes(15)))
struct LeaderLockTests {
    /// Ways in which anybody who may connect keeps the lock.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case session = "SELECT pg_advisory_lock(1986356083, 1937007991)"
        case shared = "SELECT pg_advisory_lock_shared(1986356083, 1937007991)"
        case transaction = "BEGIN; SELECT pg_advisory_xact_lock(1986356083, 1937007991)"

        var testDescription: String { rawValue }
    }

    private static let situations: [(way: Way, hasState: Bool)] = [
        (.session, false), (.session, true), (.shared, true), (.transaction, false),
    ]

    /// A role that may do nothing but connect.
    private static func withNobody(
        _ database: TestDatabase,
        _ body: (ConnectionTarget, String) async throws -> Void
    ) async throws {
        let name = "nobody_\(database.name)"
        try await database.administer("CREATE ROLE \(name) LOGIN PASSWORD \(Literal(try database.server.password()))")
        do {
            try await body(try database.target().replacing(user: name), name)
        } catch {
            try? await database.administer("DROP ROLE \(name)")
            throw error
        }
        try await database.administer("DROP ROLE \(name)")
    }

    private static func take(_ way: Way, _ target: ConnectionTarget) async throws -> Connection {
        var stranger = try await Connection.open(target, timeout: .seconds(30), applicationName: "it's me")
        try await stranger.run(script: way.rawValue)
        return stranger
    }

    @Test("is reported by every command, which ends with 1", arguments: TestServer.all, situations)
    func commands(server: TestServer, situation: (way: Way, hasState: Bool)) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.fill("bare", rows: 1_200)
            if situation.hasState {
                let first = try await Daemon.start(on: [database], rules: "\"outgrown\": {\"mode\": \"off\"}")
                try await first.wait(for: "this instance is the leader")
                #expect(await first.end() == 0)
            }
            try await Self.withNobody(database) { target, name in
                let stranger = try await Self.take(situation.way, target)
                let process = stranger.processID
                let words = "process \(process) (role \"\(name)\", application 'it''s me', there for "
                for arguments in [
                    ["run", "--once"], ["create-index", "public.bare.vec"], ["rebuild", "public.docs.vec"],
                ] {
                    let run = try await database.run(arguments)
                    #expect(run.status == 1, "\(arguments): \(run.text)")
                    #expect(run.errors.contains(words), "\(arguments): \(run.text)")
                    #expect(run.errors.contains("SELECT pg_terminate_backend(\(process));"), "\(run.text)")
                }
                stranger.close()
                try await database.waitForEndOfSessions()
                let once = try await database.run(["run", "--once"])
                #expect(once.status == 0 || once.errors.contains("done in"), "\(once.text)")
                #expect(!once.errors.contains("has the lock"), "\(once.text)")
            }
        }
    }

    @Test("is reported by the daemon, which leads as soon as he goes", arguments: TestServer.all)
    func daemon(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.withNobody(database) { target, name in
                let stranger = try await Self.take(.session, target)
                let process = stranger.processID
                let daemon = try await Daemon.start(on: [database])
                try await daemon.wait(
                    for: "process \(process) (role \"\(name)\", application 'it''s me', there for "
                )
                try await daemon.wait(
                    for: "HINT: Run as a role that may: SELECT pg_terminate_backend(\(process));"
                )
                try await database.administer("SELECT pg_terminate_backend(\(process))")
                try await daemon.wait(for: "this instance is the leader")
                #expect(await daemon.end() == 0)
                #expect(daemon.text.components(separatedBy: "holds the leader lock").count == 2, "\(daemon.text)")
            }
        }
    }

    @Test("another vecsteward is none, whatever role of those that could it has", arguments: TestServer.all)
    func another(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let first = try await Daemon.start(on: [database])
            try await first.wait(for: "this instance is the leader")
            for user in [nil, try database.user(.superuser)] {
                let other = try await Daemon.start(on: [database], user: user)
                try await other.wait(for: "another instance is the leader")
                #expect(await other.end() == 0)
                #expect(!other.text.contains("cannot be that of a vecsteward"), "\(other.text)")
            }
            #expect(await first.end() == 0)
            // A superuser's session is taken for one.
            let superuser = try await Self.take(.session, try database.target())
            let once = try await database.run(["run", "--once"])
            #expect(once.status == 0, "\(once.text)")
            #expect(once.errors.contains("another instance is the leader"), "\(once.text)")
            superuser.close()
        }
    }

    @Test("who has the lock under which the schema is made is named, too", arguments: TestServer.all)
    func migration(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await Self.withNobody(database) { target, name in
                var stranger = try await Connection.open(target, timeout: .seconds(30), applicationName: "it's me")
                _ = try await stranger.query("SELECT pg_advisory_lock(8531334416649646692)")
                let process = stranger.processID
                let once = try await database.run(["run", "--once"])
                #expect(once.status != 0)
                #expect(
                    once.errors.contains("process \(process) (role \"\(name)\", application 'it''s me'"),
                    "\(once.text)"
                )
                #expect(once.errors.contains("SELECT pg_terminate_backend(\(process));"), "\(once.text)")
                stranger.close()
            }
        }
    }
}
