import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Recall
import Synchronization
import Testing

/// Recall of tables that are read in ranges of blocks, because one snapshot would be held for too long.
@Suite("Recall by ranges of blocks", .timeLimit(.minutes(10)))
struct RecallRangeTests {
    /// Measures as the command does.
    private static func measure(
        on database: TestDatabase,
        share: Double = 1,
        as role: TestRole = .superuser,
        _ change: (inout RecallRequest) -> Void
    ) async throws -> Result<RecallMeasurement, RecallRefusal> {
        var limits = ResourceLimits()
        limits.measuringShare = share
        let assessor = Assessor(try database.connections(database.target(as: role)), limits: limits)
        var request = RecallRequest()
        change(&request)
        return try await assessor.measureRecall(
            request,
            of: CollectionName(schema: "public", table: "docs", column: "v"),
            in: try await assessor.observe()
        ) { _, _ in }
    }

    /// Kinds of which the program computes what the index compares, and of which the server does.
    private static let kinds = RecallKind.all.filter {
        $0.method == "ivfflat" && $0.column != "halfvec(6)" || $0.column == "sparsevec(6)"
            || $0.key.contains("halfvec")
    }

    @Test("is what brute force finds, with ranges of one block", arguments: TestServer.all, kinds)
    func bruteForce(server: TestServer, kind: RecallKind) async throws {
        try await RecallBench.withTable(on: server, kind, rows: 600) { database in
            // What they wrote is counted when they have ended.
            try await database.waitForEndOfSessions()
            let measurement = try await Self.measure(on: database) { request in
                request.queries = 10_000
                request.pagesPerRange = 1
                request.settings = kind.method == "ivfflat" ? ["ivfflat.probes": "1"] : ["hnsw.ef_search": "10"]
            }.get()
            let ranges = try #require(measurement.ranges)
            let pages = try await database.number(
                "SELECT pg_relation_size('docs') / current_setting('block_size')::int AS number"
            )
            #expect(Int64(ranges.count) == pages && pages > 3)
            #expect(ranges.changedRows == 0)
            var connection = try await database.connect()
            try await connection.run(script: "SET ivfflat.probes = 1; SET hnsw.ef_search = 11")
            let row = try await connection.query(Statement(kind.bruteForce())).one()
            #expect(measurement.figures.queries == (try row["queries", as: Int.self]))
            #expect(abs(measurement.figures.recall - (try row["recall", as: Double.self])) < 1e-9)
        }
    }

    @Test("of partitions, and of the rows of groups, is what one snapshot has", arguments: TestServer.all)
    func layouts(server: TestServer) async throws {
        for column in [nil, "tenant"] {
            let layout = column == nil ? RecallLayout.levels : .plain
            try await RecallBench.withTable(on: server, layout: layout, rows: 700) { database in
                if column != nil {
                    try await database.execute(
                        "ALTER TABLE docs ADD COLUMN tenant int; UPDATE docs SET tenant = id % 5; ANALYZE docs"
                    )
                }
                var recalls: [Double] = []
                for pages in [nil, 1, 100] as [Int64?] {
                    let measurement = try await Self.measure(on: database) { request in
                        request.queries = column == nil ? 10_000 : 1_000
                        request.groupBy = column
                        request.pagesPerRange = pages
                        request.settings = ["ivfflat.probes": "1"]
                    }.get()
                    #expect((measurement.ranges == nil) == (pages == nil))
                    #expect(measurement.rows > 500)
                    recalls.append(measurement.figures.recall)
                }
                #expect(recalls[0] < 1 && recalls[0] == recalls[1] && recalls[0] == recalls[2], "\(recalls)")
            }
        }
    }

    /// The end of a measurement.
    private final class End: Sendable {
        let isReached = Mutex(false)
    }

    /// Sixty thousand rows, and another table beside it.
    private static let docs = """
        CREATE TABLE docs (id int, v vector(16));
        INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 16) WHERE g = g)::vector(16)
        FROM generate_series(1, 60000) AS g;
        CREATE INDEX docs_index ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 30);
        CREATE TABLE other (id int);
        INSERT INTO other SELECT generate_series(1, 1000);
        ANALYZE docs;
        """

    @Test(
        "no snapshot lives longer than the bound, builds go on in between, and changed rows are counted",
        arguments: TestServer.all
    )
    func snapshots(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.docs)
            let start = ContinuousClock.now
            let end = End()
            let measuring = Task {
                let result = try await Self.measure(on: database, share: 0.2) { request in
                    request.pagesPerRange = 5
                    request.budget = .seconds(300)
                    request.settings = ["ivfflat.probes": "1"]
                }
                end.isReached.withLock { $0 = true }
                return result
            }
            // How long the oldest snapshot of the measurement is held.
            let watching = Task {
                var watcher = try await database.connect()
                var longest = 0.0
                while !end.isReached.withLock({ $0 }) {
                    let row = try await watcher.query(
                        """
                        SELECT coalesce(max(extract(EPOCH FROM clock_timestamp() - xact_start)), 0)::float8 AS seconds
                        FROM pg_stat_activity
                        WHERE datname = current_database() AND backend_xmin IS NOT NULL
                            AND query LIKE 'COPY%'
                        """
                    ).one()
                    longest = max(longest, try row["seconds", as: Double.self])
                    try await Task.sleep(for: .milliseconds(10))
                }
                return longest
            }
            while try await database.number(
                "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
            ) == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await database.execute("UPDATE docs SET id = -id WHERE id <= 500")
            var builder = try await database.connect()
            _ = try await builder.query("CREATE INDEX CONCURRENTLY ON other (id)")
            #expect(end.isReached.withLock { !$0 }, "the build did not wait for the end of the measurement")
            let measurement = try await measuring.value.get()
            let seconds = start.duration(to: .now) / .seconds(1)
            let longest = try await watching.value
            let ranges = try #require(measurement.ranges)
            #expect(ranges.count > 100)
            // Each takes a hundredth of all of it, and sometimes waits for a processor.
            #expect(max(longest, ranges.longestSeconds) < seconds / 3 && longest > 0, "\(ranges) \(longest) \(seconds)")
            #expect(ranges.changedRows >= 500, "\(ranges)")
            #expect(measurement.rows >= 59_000)
        }
    }

    @Test("ends when a table is written anew between two ranges, and leaves nothing", arguments: TestServer.all)
    func rewritten(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.docs)
            let measuring = Task {
                try await Self.measure(on: database, share: 0.02) { request in
                    request.pagesPerRange = 20
                    request.budget = .seconds(300)
                }
            }
            while try await database.number(
                "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
            ) == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await database.execute("VACUUM FULL docs")
            guard case .failure(let refusal) = try await measuring.value else {
                Issue.record("it has measured a table of which half was read before it was written anew")
                return
            }
            #expect(
                refusal.isPassing
                    && (refusal.reason.contains("written anew") || refusal.reason.contains("waits for a lock")),
                "\(refusal)"
            )
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM pg_class WHERE relname LIKE 'vecsteward%'"
                ) == 0
            )
        }
    }

    @Test("that does not end in time leaves a light check, which reads no table", arguments: TestServer.all)
    func overrun(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.docs)
            // Hundreds of ranges take long, however small they are; but the searches have to fit too.
            var overrun: RecallRefusal?
            for milliseconds in [50, 100, 200, 400] where overrun == nil {
                let result = try await Self.measure(on: database) { request in
                    request.queries = 3
                    request.pagesPerRange = 1
                    request.budget = .milliseconds(milliseconds)
                    request.settings = ["ivfflat.probes": "1"]
                }
                if case .failure(let refusal) = result, refusal.reason.hasPrefix("reading the table took") {
                    overrun = refusal
                }
            }
            let refusal = try #require(overrun)
            #expect(refusal.isOfPass && refusal.isOverrun && !refusal.isOfRequest, "\(refusal)")
        }
    }

    @Test("is not planned over a table that carries code of others", arguments: TestServer.all)
    func foreignCode(server: TestServer) async throws {
        try await RecallBench.withTable(on: server, rows: 600) { database in
            try await database.administer(
                """
                CREATE FUNCTION planted(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
                CREATE INDEX ON docs (id) WHERE planted(1) = 1;
                CREATE OR REPLACE FUNCTION planted(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
                AS $$ BEGIN RAISE EXCEPTION 'planted code ran as %', current_user; END $$;
                ALTER FUNCTION planted OWNER TO \(database.user(.application))
                """
            )
            guard case .failure(let refusal) = try await Self.measure(on: database, { $0.pagesPerRange = 1 }) else {
                Issue.record("it was measured")
                return
            }
            #expect(refusal.reason.contains("planted(integer)' of role"), "\(refusal)")
        }
    }
}
