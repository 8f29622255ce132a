import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

/// A table with an index whose recall is measured.
enum RecallBench {
    /// Runs `vecsteward recall`.
    static func recall(_ arguments: [String], on database: TestDatabase, as role: TestRole = .superuser) async throws
        -> ProgramRun
    {
        try await ProgramRun.of(
            ["recall"] + arguments + ["--database", database.connection(user: database.user(role))]
                + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()]
        )
    }

    /// The options that make an index find few rows.
    static func poorly(_ kind: RecallKind) -> [String] {
        switch kind.method {
        case "ivfflat": ["--probes", "1"]
        // As many candidates as rows that are asked for; one more for the stored vector, as brute force has it.
        case "hnsw": ["--ef-search", "10"]
        default: []
        }
    }

    /// Measures all stored vectors, and expects what brute force finds at the same settings.
    ///
    /// - Returns: The report in JSON.
    static func expectBruteForce(
        _ kind: RecallKind,
        _ arguments: [String] = [],
        of table: String = "docs",
        groupedBy group: String = "1",
        on database: TestDatabase
    ) async throws -> [String: Any] {
        let run = try await recall(
            ["docs", "--queries", "10000", "--format", "json"] + poorly(kind) + arguments,
            on: database
        )
        #expect(run.status == 0, "\(run.text)")
        let report = try json(run)
        var connection = try await database.connect()
        try await connection.run(script: "SET ivfflat.probes = 1; SET hnsw.ef_search = 11")
        let row = try await connection.query(Statement(kind.bruteForce(of: table, groupedBy: group))).one()
        #expect(report["queries"] as? Int == (try row["queries", as: Int.self]))
        let expected = try row["recall", as: Double.self]
        let measured = try #require(report["recall"] as? Double)
        #expect(abs(measured - expected) < 1e-9)
        let interval = try #require(report["interval"] as? [Double])
        #expect(interval[0] <= measured && measured <= interval[1])
        if let groups = report["groups"] as? [String: Any], let worst = groups["worst"] as? [String: Any] {
            #expect(abs((worst["recall"] as? Double ?? -1) - (try row["worst", as: Double.self])) < 1e-9)
        }
        return report
    }

    /// What it printed with `--format json`.
    static func json(_ run: ProgramRun) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any], "\(run.text)")
    }

    /// What it printed for people, on one line.
    static func words(_ run: ProgramRun) -> String {
        run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A database with a table whose indexes the planner takes, however few rows it has.
    ///
    /// - Parameters:
    ///   - server: The server.
    ///   - kind: The column and its index.
    ///   - layout: How the rows are spread over partitions.
    ///   - rows: About how many there are.
    ///   - index: A script that makes the index `docs_index`, instead of that of the kind.
    ///   - before: What a superuser does before the table is made.
    ///   - body: What to do with it.
    /// - Throws: What the body throws, and when the server refuses a statement.
    static func withTable(
        on server: TestServer,
        _ kind: RecallKind = RecallKind.all[0],
        layout: RecallLayout = .plain,
        rows: Int = 250,
        index: String? = nil,
        before: String = "SELECT",
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer("ALTER DATABASE \(database.name) SET enable_seqscan = off")
            try await database.administer(before)
            try await database.execute(
                """
                \(layout.table(kind.column));
                INSERT INTO docs SELECT n, \(kind.value) FROM generate_series(1, \(rows)) AS n;
                \(index ?? kind.index);
                """
            )
            // Duplicates, a NULL, and rows that move. In the transaction of the index they would keep other transactions
            // from using it.
            try await database.execute(
                """
                INSERT INTO docs SELECT id + 10000, v FROM docs WHERE id % 10 = 0;
                INSERT INTO docs VALUES (0, NULL);
                UPDATE docs SET id = -id WHERE id % 7 = 0;
                DELETE FROM docs WHERE id % 11 = 0 AND id <> 0;
                ANALYZE docs;
                """
            )
            try await body(database)
        }
    }
}
