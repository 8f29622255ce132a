import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// Code of a table's owner that would run at a moment which only a job knows.
@Suite("Jobs on tables with code of their owners", .timeLimit(.minutes(15)))
struct ForeignCodeJobTests {
    @Test(
        "an index that somebody puts in the place of a partition's, or of the parent's, is not attached",
        arguments: TestServer.all,
        ["partition", "parent"]
    )
    func attachment(server: TestServer, place: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                PlantedCode.functions() + """
                    CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
                    CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (4000);
                    INSERT INTO docs
                    SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 1999) AS g;
                    ANALYZE docs;
                    """
            )
            let record = try #require(try await jobRecords(database, kind: "create_index").first)
            guard let creation = record.job.spec as? CreateIndex, let parent = creation.parent,
                case .hnsw(let m, let efConstruction) = creation.definition.parameters
            else {
                Issue.record("it is to \(record.job.kind)")
                return
            }
            let (name, table) =
                place == "parent" ? (parent.name, "ONLY docs") : (record.job.targets[0].finishedName, "docs_1")
            let swap = """
                DROP INDEX \(Identifier(name));
                CREATE INDEX \(Identifier(name)) ON \(table)
                USING hnsw (vec \(creation.definition.operatorClass))
                WITH (m = \(m), ef_construction = \(efConstruction)) WHERE planted('attachment');
                """
            let target = try database.target(as: .application)
            var hasSwapped = false
            let runner = JobExecutor(try database.connections(try await database.target(nil)))
            let outcome = try await runner.carryOut(record) { (saved) throws(PostgresError) in
                var connection = try await Connection.open(target, timeout: .seconds(30), applicationName: "owner")
                let hasName = try await connection.query(
                    "SELECT FROM pg_class WHERE relname = \(record.job.targets[0].finishedName)"
                )
                // The last word of the job before it attaches.
                guard saved.state == .swapping, !hasName.isEmpty, !hasSwapped else { return }
                hasSwapped = true
                try await connection.run(script: swap)
            }
            #expect(hasSwapped)
            guard case .failed(let error) = outcome else {
                Issue.record("it is not refused: \(outcome)")
                return
            }
            #expect(
                error.message.contains("attaching the index would run the code in it with vecsteward's privileges")
            )
            #expect(try PlantedCode.hasRun("attachment", as: .application, in: database), "CREATE INDEX has run it")
            #expect(try !PlantedCode.hasRun("attachment", as: .steward, in: database))
            // What this is kept from.
            let child = Identifier(record.job.targets[0].finishedName)
            let attaching = "ALTER INDEX \(Identifier(parent.name)) ATTACH PARTITION \(child)"
            // Which fails, after it has computed what both hold.
            _ = try? await database.administer(attaching)
            #expect(try PlantedCode.hasRun("attachment", as: .superuser, in: database))
        }
    }

    @Test("a value that runs code when it is read is in no statement of a build", arguments: TestServer.all)
    func value(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                PlantedCode.functions() + outgrown("docs_index") + """
                    CREATE DOMAIN part AS int CHECK (public.planted('value') OR VALUE = 0);
                    CREATE TYPE whole AS (part part);
                    CREATE INDEX partial ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 10)
                    WHERE '(1)'::public.whole IS NOT NULL;
                    """
            )
            let queued = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            let predicate = "('(1)'::public.whole IS NOT NULL)"
            let target = try await database.target(nil)
            let assessor = Assessor(try database.connections(target))
            let name = CollectionName(schema: "public", table: "docs", column: "vec")
            let answer = try await assessor.jobs(
                for: .rebuild(index: "partial"),
                on: name,
                in: try await assessor.observe()
            )
            guard case .failure(let blocker) = answer else {
                Issue.record("it is not refused")
                return
            }
            #expect(blocker.advice.contains("REINDEX INDEX CONCURRENTLY"))

            // One that was queued when it held nothing of the kind.
            var record = queued
            guard var rebuild = record.job.spec as? RebuildIndex else {
                Issue.record("it is to \(record.job.kind)")
                return
            }
            rebuild.definition.predicate = predicate
            record.job.spec = rebuild
            guard case .failed(let error) = try await carryOut(Journal(record), on: database) else {
                Issue.record("it is not refused")
                return
            }
            #expect(error.hint?.contains("REINDEX INDEX CONCURRENTLY") == true)
            #expect(RetryPolicy.pause(after: error, attempts: 1) == nil)
            #expect(try !PlantedCode.hasRun("value", as: .steward, in: database))
            // What this is kept from.
            try await database.administer("CREATE INDEX ON docs USING hnsw (vec vector_l2_ops) WHERE \(predicate)")
            #expect(try PlantedCode.hasRun("value", as: .superuser, in: database))
        }
    }
}
