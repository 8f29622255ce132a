import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Over a local socket", .timeLimit(.minutes(15)))
struct LocalSocketTests {
    @Test("peer authentication takes no password, and who it does not let in is told why", arguments: TestServer.all)
    func peer(server: TestServer) async throws {
        let user = String(cString: try #require(getpwuid(geteuid())).pointee.pw_name)
        try await withPrivateServer(version: server.version) { own in
            let database = try await TestDatabase.create(on: own.server)
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.grant()
            let steward = try database.user(.steward)
            try await own.authenticate(
                access: ["local all all peer map=service"],
                map: ["service \(user) \(steward)"]
            )
            let port = try own.server.target().port ?? ""
            let place = "host=\(TestDatabase.quoted(own.socketFolder)) port=\(port) dbname=\(database.name)"
            func run(_ arguments: [String], _ connection: String) async throws -> ProgramRun {
                try await ProgramRun.of(
                    arguments + ["--database", connection] + ProgramRun.patiently,
                    in: TemporaryFolder()
                )
            }

            let once = try await run(["run", "--once"], "\(place) user=\(steward)")
            #expect(once.status == 0, "\(once.errors)")
            #expect(try await database.isRebuilt())

            // A role that the map does not name, and the one that is asked for where nobody says which.
            for (connection, role) in [("\(place) user=postgres", "postgres"), (place, user)] {
                let refused = try await run(["--dry-run"], connection)
                #expect(refused.status == 77, "\(refused.errors)")
                #expect(refused.errors.contains("Peer authentication failed for user \"\(role)\""), "\(refused.errors)")
                #expect(refused.errors.contains("HINT: Over a local socket"), "\(refused.errors)")
                #expect(refused.errors.contains("pg_ident.conf"), "\(refused.errors)")
            }

            // What the hint says fixes it: a role of the system user's name needs no map.
            try await own.authenticate(access: ["local all \(user) peer"], map: [])
            try await database.administer("CREATE ROLE \(Identifier(user)) LOGIN")
            let fixed = try await run(["--dry-run"], place)
            #expect(fixed.status == 0, "\(fixed.errors)")
        }
    }
}
