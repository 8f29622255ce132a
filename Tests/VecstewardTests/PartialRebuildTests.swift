import DatabaseFixture
import Postgres
import Testing

@Suite("A rebuild of a partial index", .timeLimit(.minutes(15)))
struct PartialRebuildTests {
    @Test(
        "takes its lists from the rows that it holds, whatever has counted them last",
        arguments: TestServer.all,
        ["SELECT", "ANALYZE docs", "DELETE FROM docs WHERE id % 10 = 0; VACUUM docs"]
    )
    func lists(server: TestServer, counting: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(3));
                INSERT INTO docs
                SELECT g, ('[' || random() || ',' || random() || ',1]')::vector FROM generate_series(1, 60000) AS g;
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 10) WHERE id <= 2000;
                """
            )
            for statement in counting.split(separator: ";") { try await database.execute(String(statement)) }
            try await database.waitForEndOfSessions()
            let run = try await database.run(["rebuild", "docs"])
            #expect(run.status == 0, "\(run.errors)")
            let options = try await database.query(
                "SELECT reloptions[1] AS lists FROM pg_class WHERE relname = 'docs_idx'"
            )
            #expect(try options.one()["lists", as: String.self] == "lists=30")
        }
    }
}
