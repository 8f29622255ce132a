import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import Maintenance

/// A real client searches without an index, gets the one that vecsteward advises, and searches again.
struct ClientTrial {
    let client: String
    let database: TestDatabase
    let program: ClientProgram

    /// Whether the server counts statements; otherwise a session that is still open shows its last one.
    private var isCounted: Bool { database.server.version == TestServer.withStatements.version }

    /// Enough for the rule `unindexed`, and few enough for an index in a second.
    private static let rows = 2_000
    /// As many as the rule `filtered` counts.
    private static let times = 10
    /// The LIMIT of the clients.
    private static let rowsAsked = 10

    /// The searches for which the same is advised.
    private struct Advice {
        var statements: [String]
        var searches: [DeclaredSearch]
    }

    /// What vecsteward says of each search once the advised indexes are there, by the name of the search.
    func readings() async throws -> [String: String] {
        let searches = try await program.searches()
        try #require(!searches.isEmpty)
        try await prepare()
        var advice: [Advice] = []
        var unadvised: [DeclaredSearch] = []
        for search in searches {
            let assessment = try await assessment(after: search)
            guard isSeen(search) else {
                checkUnseen(search, assessment)
                continue
            }
            check(search, assessment)
            #expect(assessment.snapshot.searchSources?.notUnderstood == 0, "\(client) \(search.name)")
            let statements = try await advised(for: search, assessment)
            if statements.isEmpty {
                unadvised.append(search)
            } else if let known = advice.firstIndex(where: { $0.statements == statements }) {
                advice[known].searches.append(search)
            } else {
                advice.append(Advice(statements: statements, searches: [search]))
            }
        }
        var readings: [String: String] = [:]
        for (number, advice) in advice.enumerated() {
            let index = try await create(advice)
            // Those that no index serves take none of another's either.
            for search in advice.searches + (number == 0 ? unadvised : []) {
                readings[search.name] = try await again(search, index)
            }
            try await database.administer("DROP INDEX \(index)")
        }
        return readings
    }

    /// Makes the client's tables, which cost as much to scan as if they were a hundred times as large: otherwise the planner
    /// may leave the index where a filter is narrow.
    private func prepare() async throws {
        try await program.prepare(rows: Self.rows)
        try await database.administer(
            """
            ALTER DATABASE \(Identifier(database.name)) SET seq_page_cost = 100;
            ALTER DATABASE \(Identifier(database.name)) SET random_page_cost = 1.1
            """
        )
    }

    /// Searches, and assesses so that the search is seen, if it can be.
    private func assessment(after search: DeclaredSearch) async throws -> Assessment {
        guard isCounted else {
            return try await program.holding(search) { try await assess(database, conninfo: database.conninfo) }
        }
        try await database.resetStatements()
        try await program.search(search, times: Self.times)
        return try await assess(database, conninfo: database.conninfo)
    }

    /// The clients whose sessions show the end of a transaction between two searches: COMMIT or ROLLBACK.
    private static let inTransactions: Set = [
        "vecs", "langchain_pgvector", "langchain_pgvectorstore", "llama_index", "mem0", "psycopg2", "postgrest",
    ]

    /// Whether vecsteward can see a search: the last statement of other sessions is EXECUTE, or one on a view, which only the
    /// counted statements are searched for.
    private func isSeen(_ search: DeclaredSearch) -> Bool {
        isCounted || !Self.inTransactions.contains(client) && search.standsAs == "select"
    }

    /// Of a search that it does not see vecsteward says nothing, and takes nothing from it.
    private func checkUnseen(_ search: DeclaredSearch, _ assessment: Assessment) {
        let collection = search.collection(of: assessment.snapshot)
        #expect(collection?.searches == [], "\(client) \(search.name)")
        #expect(assessment.snapshot.searchSources?.statements.isRead == false, "\(client) \(search.name)")
        let findings = assessment.findings.filter { $0.collection == collection?.name }
        // A column without dimensions comes first to them.
        let rule = collection?.dimensions == nil ? "unindexable" : "unindexed"
        #expect(findings.map(\.rule) == [rule], "\(client) \(search.name)")
        #expect(
            findings.allSatisfy { rule == "unindexable" || $0.withheld?.contains("is a guess") == true },
            "\(client): \(findings)"
        )
    }

    /// Compares what was read of a search with what its client's file declares.
    private func check(_ search: DeclaredSearch, _ assessment: Assessment) {
        let readings = search.readings(assessment.snapshot)
        #expect(
            readings.count == 1,
            "\(client) \(search.name): \(search.collection(of: assessment.snapshot)?.searches.map(\.shape) ?? [])"
        )
        guard let reading = readings.first else { return }
        #expect(
            search.differences(from: reading, calls: isCounted ? Self.times : nil) == [],
            "\(client) \(search.name)"
        )
    }

    /// The statements that create the index which is advised for a search; none for a search that none can serve.
    ///
    /// Where dimensions of the column are advised first, the table has them afterwards.
    private func advised(for search: DeclaredSearch, _ assessment: Assessment) async throws -> [String] {
        var assessment = assessment
        let name = try #require(search.collection(of: assessment.snapshot)?.name)
        if let finding = assessment.findings.first(where: { $0.collection == name && $0.rule == "unindexable" }) {
            for statement in finding.statements {
                for row in try await database.query(Statement(statement)) {
                    try await database.administer(try row["statement", as: String.self])
                }
            }
            assessment = try await self.assessment(after: search)
        }
        let found = assessment.findings.filter { $0.collection == name && $0.rule == "unindexed" }
        #expect(found.count == 1, "\(client) \(search.name): \(assessment.rules(name.description))")
        guard let finding = found.first else { return [] }
        guard search.index(on: database.server) != nil else {
            // A search within a distance orders by nothing, so nobody knows what its like would order by.
            #expect(
                finding.advice.contains("First rewrite its searches") || search.direction == nil,
                "\(client) \(search.name): \(finding.advice)"
            )
            #expect(finding.withheld != nil, "\(client) \(search.name): \(finding.advice)")
            return []
        }
        if finding.remedy == .byHand {
            return zip(finding.advised, finding.statements).compactMap { advised, sql in
                if case .createIndex = advised { sql } else { nil }
            }
        }
        return assessment.jobs(name.description).filter { $0.kind == "create_index" }
            .flatMap { JobStatements.statements(for: $0) }
    }

    /// Creates an advised index, and compares it with that of an expert.
    ///
    /// - Returns: Its name with that of its schema, quoted.
    private func create(_ advice: Advice) async throws -> String {
        let before = try await indexes()
        var connection = try await database.connect()
        for statement in advice.statements { _ = try await connection.query(Statement(statement)) }
        let created = try await indexes().filter { index in !before.contains { $0.name == index.name } }
        try #require(created.count == 1, "\(client): \(advice.statements)")
        for search in advice.searches {
            #expect(
                "\(created[0].key) \(created[0].operatorClass)"
                    == search.index.map { "\(plain($0.key)) \($0.operatorClass)" },
                "\(client) \(search.name): \(advice.statements)"
            )
        }
        return created[0].name
    }

    private func indexes() async throws -> [(name: String, key: String, operatorClass: String)] {
        try await database.query(
            """
            SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid, 1, false) AS key, opcname AS class
            FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0] JOIN pg_am a ON a.oid = o.opcmethod
            WHERE amname IN ('hnsw', 'ivfflat')
            """
        )
        .map { row in
            (
                try row["name", as: String.self], plain(try row["key", as: String.self]),
                try row["class", as: String.self]
            )
        }
    }

    /// A key without the parentheses that PostgreSQL writes and people leave out.
    private func plain(_ key: String) -> String { key.filter { !"() ".contains($0) } }

    /// Searches in new sessions, and compares what vecsteward says of that with what the server counts.
    ///
    /// - Returns: The reading.
    private func again(_ search: DeclaredSearch, _ index: String) async throws -> String {
        if isCounted { try await database.resetStatements() }
        // What the searches before it had from the index says nothing of this one.
        if search.index(on: database.server) != nil {
            try await database.administer("SELECT pg_stat_reset_single_table_counters('\(index)'::regclass)")
        }
        let before = try await scans(of: index)
        let rows = try await program.search(search, times: Self.times)
        let scans = try await scans(of: index) - before
        let assessment =
            isCounted
            ? try await assess(database, conninfo: database.conninfo) : try await assessment(after: search)
        check(search, assessment)
        let collection = try #require(search.collection(of: assessment.snapshot))
        let reading = try #require(search.readings(assessment.snapshot).first)
        let isServed =
            collection.service(of: reading.shape) == .served(by: [String(index.split(separator: ".").last ?? "")])
        let what = "\(client) \(search.name) with \(index): \(scans) scans, \(rows) rows"
        let isTaken = search.index(on: database.server) != nil
        // Without a LIMIT the planner compares the cost of all rows, and that of the table is not real here.
        if isTaken || search.direction == nil || search.limit != nil {
            #expect(isServed == isTaken, "\(what)")
            #expect(scans == (isTaken ? Self.times : 0), "\(what)")
        }
        check(search, assessment.findings.filter { $0.collection == collection.name }, rows, what)
        return SearchReading.text(of: collection, in: assessment.snapshot)
    }

    private func scans(of index: String) async throws -> Int {
        let rows = try await database.query(
            "SELECT idx_scan AS scans FROM pg_stat_user_indexes WHERE indexrelid = \(index)::text::regclass"
        )
        return Int(try rows.one()["scans", as: Int64.self])
    }

    /// Nothing is found but what the client's file expects, and rows that are missing are found.
    private func check(_ search: DeclaredSearch, _ findings: [Finding], _ rows: [Int], _ what: String) {
        #expect(findings.filter { !search.findings.contains($0.rule) }.map(\.summary) == [], "\(what)")
        let filtered = findings.filter { $0.rule == "filtered" }
        let all = rows.reduce(0, +)
        if search.limit != nil, all < Self.rowsAsked * rows.count {
            #expect(search.findings == ["filtered"], "\(what)")
            // Nothing shows rows that are missing if their mean is what another LIMIT gives.
            #expect(!filtered.isEmpty || isCounted && all.isMultiple(of: rows.count), "\(what)")
        } else {
            #expect(filtered.map(\.summary) == [], "\(what)")
        }
    }
}
