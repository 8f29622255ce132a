import DatabaseFixture
import Foundation
import Postgres
import Testing

/// Some two hundred and fifty collections of every shape in one database, as they are met together in the field.
@Suite(
    "Collections of every shape, side by side",
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_SHAPES"] != nil, "it takes minutes: --shapes"),
    .timeLimit(.minutes(20))
)
struct ManyShapesTests {
    /// One table of a shape.
    private struct Case: Sendable {
        var shape: Shape
        var table: String
    }

    private static let cases = Shape.all.enumerated().flatMap { number, shape in
        shape.namings.map { Case(shape: shape, table: $0.table(number)) }
    }

    /// Makes all of them, and a tablespace that goes with the test.
    private func withCollections(
        on server: TestServer,
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        let space = "space_" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try await withDatabase(on: server) { database in
            let owner = Identifier(try database.user(.application))
            var session = try await database.connect()
            _ = try await session.query("SET allow_in_place_tablespaces = on")
            try await session.run(script: "CREATE TABLESPACE \(space) OWNER \(owner) LOCATION ''")
            try await session.run(
                script: """
                    CREATE ACCESS METHOD diskann TYPE INDEX HANDLER hnswhandler;
                    CREATE OPERATOR CLASS vector_cosine_ops DEFAULT FOR TYPE vector USING diskann AS
                        OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
                        FUNCTION 1 vector_negative_inner_product(vector, vector), FUNCTION 2 vector_norm(vector);
                    CREATE SCHEMA repack;
                    CREATE FOREIGN DATA WRAPPER nowhere;
                    CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
                    """
            )
            for one in Self.cases {
                do {
                    try await database.execute(one.shape.sql(one.shape.sql, for: one.table))
                    let rest = one.shape.sql(one.shape.superuserSQL, for: one.table)
                    if !rest.isEmpty {
                        try await session.run(script: rest.replacingOccurrences(of: "$s", with: space))
                    }
                } catch {
                    Issue.record("\(one.shape) as \(one.table): \(error)")
                }
            }
            session.close()
            try await database.waitForEndOfSessions()
            try await body(database)
        }
        var session = try await Connection.open(
            server.target(),
            timeout: .seconds(30),
            applicationName: "vecsteward tests"
        )
        try await session.run(script: "DROP TABLESPACE \(space)")
    }

    @Test("the report is right about each of them", arguments: TestServer.all)
    func report(server: TestServer) async throws {
        #expect(Self.cases.count >= 200)
        try await withCollections(on: server) { database in
            let run = try await ProgramRun.dryRun(on: database, ["--format", "json"])
            #expect((run.status, run.errors) == (0, ""))
            let collections = try run.report().databases[0].collections ?? []
            let byTable = Dictionary(grouping: collections, by: \.table)
            var known: Set<String> = []
            for one in Self.cases {
                let name: Comment = "\(one.shape), as \(one.table)"
                known.insert(one.table)
                let found = byTable[one.table] ?? []
                #expect(found.map(\.column) == (one.shape.isCollection ? [one.shape.column] : []), name)
                #expect(found.flatMap(\.findings).map(\.rule).sorted() == one.shape.finds.sorted(), name)
                for (ending, finds) in one.shape.others {
                    let other = one.shape.sql("$n", for: one.table) + ending
                    known.insert(other)
                    #expect(byTable[other]?.flatMap(\.findings).map(\.rule).sorted() == finds.sorted(), name)
                }
            }
            #expect(Set(byTable.keys).subtracting(known) == [], "what is no collection is not reported as one")
        }
    }

    @Test("each index of them, rebuilt, differs in a dump of the schema by its lists alone", arguments: TestServer.all)
    func rebuilt(server: TestServer) async throws {
        try await withCollections(on: server) { database in
            try await database.administer(
                "GRANT CREATE ON SCHEMA public TO \(Identifier(try database.user(.application)))"
            )
            let before = try await Self.dump(database)
            let identities = try await Self.indexes(database)
            // pg_dump leaves those out until a rebuild has made them valid.
            let invalid = try await database.query(
                "SELECT quote_ident(relname) AS name FROM pg_index JOIN pg_class ON oid = indexrelid WHERE NOT indisvalid"
            ).map { try $0["name", as: String.self] }
            let daemon = try await Daemon.start(
                on: [database],
                every: "1h",
                rules: "\"invalid\": {\"mode\": \"warn\"}, \"stale-statistics\": {\"mode\": \"warn\"}"
            )
            try await daemon.wait(for: "this instance is the leader")
            for index in identities {
                let run = try await database.run(["rebuild", index.collection, "--index", index.name, "--no-wait"])
                #expect(run.status == 0, "\(index.name) of \(index.collection): \(run.errors)")
            }
            try await database.waitForEmptyQueue()
            let after = try await Self.dump(database)
            let lost = Self.surplus(of: before, over: after)
            let gained = Self.surplus(of: after, over: before)
                .filter { line in !invalid.contains { line.hasPrefix("CREATE INDEX \($0) ON ") } }
            #expect(
                lost.isEmpty && gained.isEmpty,
                "a rebuild has changed more than lists:\n\(lost.joined(separator: "\n"))\nis now\n\(gained.joined(separator: "\n"))"
            )
            let built = Dictionary(
                uniqueKeysWithValues: try await Self.indexes(database).map { ($0.key, $0.relfilenode) }
            )
            for index in identities {
                #expect(built[index.key] != index.relfilenode, "\(index.name) of \(index.collection) was not rebuilt")
            }
            #expect(await daemon.end() == 0)
        }
    }

    /// An index that can be rebuilt.
    private struct Index {
        var collection: String
        var name: String
        var relfilenode: Int64
        var key: [String] { [collection, name] }
    }

    /// The indexes of pgvector's methods, with the collections that they are on.
    private static func indexes(_ database: TestDatabase) async throws -> [Index] {
        let rows = try await database.query(
            """
            SELECT own.relname AS table, coalesce(root.relname, own.relname) AS collection, class.relname AS name,
                class.relfilenode::int8 AS relfilenode
            FROM pg_index AS index
            JOIN pg_class AS class ON class.oid = index.indexrelid AND class.relkind = 'i'
            JOIN pg_class AS own ON own.oid = index.indrelid
            LEFT JOIN pg_class AS root ON own.relispartition AND root.oid = pg_partition_root(own.oid)
            JOIN pg_am AS method ON method.oid = class.relam
            JOIN pg_namespace AS namespace ON namespace.oid = own.relnamespace
            WHERE method.amname IN ('hnsw', 'ivfflat') AND namespace.nspname = 'public'
            ORDER BY own.relname, class.relname
            """
        )
        return try rows.map { row throws(PostgresError) in
            let table = try row["collection", as: String.self]
            return Index(
                collection: "\(Identifier("public")).\(Identifier(table)).\(Identifier("v"))",
                name: try row["name", as: String.self],
                relfilenode: try row["relfilenode", as: Int64.self]
            )
        }
    }

    /// What pg_dump writes of the schema, a statement a line, without the lists of IVFFlat indexes.
    private static func dump(_ database: TestDatabase) async throws -> [String] {
        let result = try await Command.run(
            "/usr/bin/env",
            [
                "pg_dump", "--schema-only", "--exclude-schema=vecsteward", "--no-privileges", "--restrict-key=x",
                "--dbname=\(database.conninfo)",
            ]
        )
        #expect(result.status == 0, "\(result.errors)")
        let lists = #/ WITH \(lists='?\d+'?\)/#
        // The order of indexes depends on their object identifiers, and with it how often the tablespace changes.
        var tablespace = ""
        var lines: [String] = []
        for line in result.output.split(separator: "\n") where !line.hasPrefix("--") {
            if line.hasPrefix("SET default_tablespace") {
                tablespace = String(line)
            } else {
                let statement = String(line).replacing(lists, with: "")
                lines.append(line.hasPrefix("CREATE INDEX") ? "\(statement) -- \(tablespace)" : statement)
            }
        }
        return lines
    }

    /// The lines that the first has more often than the second.
    private static func surplus(of lines: [String], over others: [String]) -> [String] {
        var left = Dictionary(grouping: others) { $0 }.mapValues(\.count)
        return lines.filter { line in
            let count = left[line] ?? 0
            left[line] = count - 1
            return count <= 0
        }
    }
}
