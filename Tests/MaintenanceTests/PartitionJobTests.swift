import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Carrying out a job of a partitioned table", .timeLimit(.minutes(15)))
struct PartitionJobTests {
    private static let partitioned = """
        CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
        CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (2000);
        CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (2000) TO (4000);
        INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
        ANALYZE docs;
        """

    private static let subpartitioned = """
        CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
        CREATE SCHEMA parts;
        CREATE TABLE parts.docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (4000) PARTITION BY RANGE (id);
        CREATE TABLE docs_1_1 PARTITION OF parts.docs_1 FOR VALUES FROM (0) TO (2000);
        CREATE TABLE docs_1_2 PARTITION OF parts.docs_1 FOR VALUES FROM (2000) TO (4000);
        INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
        ANALYZE docs;
        """

    private func isDone(_ record: JobRecord, on database: TestDatabase) async throws -> Bool {
        if case .done = try await carryOut(Journal(record), on: database) { true } else { false }
    }

    @Test(
        "every partition gets its index, attached to a valid one of the parent",
        arguments: TestServer.all,
        [partitioned, subpartitioned]
    )
    func creation(server: TestServer, tables: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(tables)
            let records = try await jobRecords(database, kind: "create_index")
            #expect(records.count == 2)
            for record in records { #expect(try await isDone(record, on: database)) }
            #expect(try await isWhole(database))
            #expect(try await assess(database, layers: [everythingActs]).plan.jobs.isEmpty)
        }
    }

    @Test("stopped between any two steps, it goes on from there", arguments: [partitioned, subpartitioned], 3...5)
    func stopped(tables: String, writes: Int) async throws {
        for server in TestServer.all {
            try await withDatabase(on: server) { database in
                try await database.execute(tables)
                for record in try await jobRecords(database, kind: "create_index") {
                    var record = record
                    var isDone = false
                    for _ in 0..<10 where !isDone {
                        let journal = Journal(record, diesAfter: writes)
                        do {
                            if case .done = try await carryOut(journal, on: database) { isDone = true }
                        } catch is PostgresError {
                            record = journal.record
                        }
                    }
                    #expect(isDone)
                }
                #expect(try await isWhole(database))
            }
        }
    }

    @Test("partitions that are added meanwhile get their index from the server", arguments: TestServer.all)
    func added(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.partitioned)
            let records = try await jobRecords(database, kind: "create_index")
            #expect(try await isDone(records[0], on: database))
            try await database.execute(
                """
                CREATE TABLE docs_3 PARTITION OF docs FOR VALUES FROM (4000) TO (6000);
                INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(4000, 5999) AS g;
                """
            )
            #expect(try await isDone(records[1], on: database))
            #expect(try await isWhole(database, partitions: 3))
        }
    }

    @Test("one that is added before the parent has an index is made up for by the next poll", arguments: TestServer.all)
    func addedBefore(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.partitioned)
            let records = try await jobRecords(database, kind: "create_index")
            try await database.execute(
                """
                CREATE TABLE docs_3 PARTITION OF docs FOR VALUES FROM (4000) TO (6000);
                INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(4000, 5999) AS g;
                ANALYZE docs;
                """
            )
            for record in records { #expect(try await isDone(record, on: database)) }
            #expect(try await !isWhole(database, partitions: 3))
            let late = try await jobRecords(database, kind: "create_index")
            #expect(late.map(\.job.targets[0].table) == ["docs_3"])
            for record in late { #expect(try await isDone(record, on: database)) }
            #expect(try await isWhole(database, partitions: 3))
        }
    }

    @Test("one that is dropped or detached meanwhile is left in peace", arguments: TestServer.all)
    func dropped(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                Self.partitioned + """
                    CREATE TABLE docs_3 PARTITION OF docs FOR VALUES FROM (4000) TO (6000);
                    INSERT INTO docs
                    SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(4000, 5999) AS g;
                    ANALYZE docs;
                    """
            )
            let records = try await jobRecords(database, kind: "create_index")
            #expect(records.map(\.job.targets[0].table) == ["docs_1", "docs_2", "docs_3"])
            try await database.execute("DROP TABLE docs_1")
            guard
                case .cancelled("the table no longer exists") = try await carryOut(Journal(records[0]), on: database)
            else {
                Issue.record("a job of a table that was dropped is not cancelled")
                return
            }
            // Detached when the build is done and its index about to get its name.
            let target = try database.target()
            let runner = JobExecutor(try database.connections(database.target(as: .steward)))
            let outcome = try await runner.carryOut(records[1]) { (record) throws(PostgresError) in
                guard record.state == .proving else { return }
                var connection = try await Connection.open(target, timeout: .seconds(30), applicationName: "test")
                _ = try await connection.query("ALTER TABLE docs DETACH PARTITION docs_2")
            }
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            #expect(try await usableIndexes(database, of: "public.docs_2.vec").count == 1)
            #expect(try await isDone(records[2], on: database))
            #expect(try await isWhole(database, partitions: 1))
        }
    }

    @Test("attaching waits for no reader, who would be waited for by others", arguments: TestServer.all)
    func readers(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.partitioned)
            let records = try await jobRecords(database, kind: "create_index")
            #expect(try await isDone(records[0], on: database))
            let journal = Journal(records[1])
            var reader = try await database.connect(applicationName: "the reader")
            _ = try await reader.query("BEGIN")
            let runner = JobExecutor(try database.connections(database.target(as: .steward)))
            let job = Task {
                try await runner.carryOut(journal.record) { (record) throws(PostgresError) in
                    try journal.save(record)
                }
            }
            while !journal.states.contains(.proving) { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await reader.query(
                "SELECT id FROM docs_2 ORDER BY vec <=> array_fill(0.5, ARRAY[8])::vector LIMIT 1"
            )
            // Either it has the lock by now, or it has tried for it and let others pass.
            while journal.states.filter({ $0 == .swapping }).count < 3 {
                var other = try await database.connect()
                _ = try await other.query(
                    "SELECT id FROM docs_2 ORDER BY vec <=> array_fill(0.5, ARRAY[8])::vector LIMIT 1"
                )
                try await Task.sleep(for: .milliseconds(50))
            }
            _ = try await reader.query("COMMIT")
            guard case .done = try await job.value else {
                Issue.record("it is not done")
                return
            }
            #expect(try await isWhole(database))
        }
    }
}
