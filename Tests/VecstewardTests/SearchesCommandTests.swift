import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("searches")
struct SearchesCommandTests {
    private func searches(_ arguments: [String], on database: TestDatabase) async throws -> ProgramRun {
        try await ProgramRun.of(
            ["searches"] + arguments + ["--database", database.stewardConnection()] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()]
        )
    }

    private func withItems(
        on server: TestServer,
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE items (id bigint, first vector(3), second vector(3));
                CREATE TABLE docs (id bigint, vec vector(3));
                """
            )
            try await body(database)
        }
    }

    @Test("shows all collections, or those that a name means, and changes nothing", arguments: TestServer.all)
    func collections(server: TestServer) async throws {
        try await withItems(on: server) { database in
            func names(_ arguments: [String]) async throws -> [String] {
                let run = try await searches(arguments + ["--format", "json"], on: database)
                #expect((run.status, run.errors) == (0, ""))
                let report = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
                let database = (report?["databases"] as? [[String: Any]])?.first
                return (database?["collections"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
            }
            #expect(try await names([]) == ["public.docs.vec", "public.items.first", "public.items.second"])
            #expect(try await names(["items"]) == ["public.items.first", "public.items.second"])
            #expect(try await names(["public.items.second"]) == ["public.items.second"])
            let text = try await searches(["docs"], on: database)
            #expect((text.status, text.errors) == (0, ""))
            #expect(text.output.contains("No search of public.docs.vec was seen."), "\(text.output)")
            let made = try await database.query("SELECT relname FROM pg_class WHERE relname = 'job'")
            #expect(made.isEmpty)
        }
    }

    @Test("of a name that no collection has names the nearest", arguments: TestServer.all)
    func unknown(server: TestServer) async throws {
        try await withItems(on: server) { database in
            let run = try await searches(["itmes"], on: database)
            #expect((run.status, run.output) == (64, ""))
            #expect(
                run.errors == """
                    vecsteward: collection itmes does not exist
                    HINT: Did you mean items?

                    """
            )
        }
    }

    @Test("takes its options before and after its name, and says why a database is not there")
    func unreachable() async throws {
        for arguments in [
            ["searches", "--format", "json", "--database", refusedConnection],
            ["--format", "json", "--database", refusedConnection, "searches"],
        ] {
            let run = try await ProgramRun.of(arguments, in: TemporaryFolder())
            #expect(run.status == 69)
            #expect(run.errors.hasPrefix("vecsteward: database app: "))
            #expect(run.output.contains("\"status\": \"failed\""), "\(run.output)")
        }
        let named = try await ProgramRun.of(
            ["searches", "docs", "--database", refusedConnection],
            in: TemporaryFolder()
        )
        #expect((named.status, named.output) == (69, ""))
    }
}
