import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("A name that another relation has", .timeLimit(.minutes(15)))
struct IndexNameTests {
    /// Relations of each kind that share the names of a schema.
    static let relations = [
        "CREATE TABLE NAME (id int)", "CREATE VIEW NAME AS SELECT 1 AS one", "CREATE SEQUENCE NAME",
        "CREATE MATERIALIZED VIEW NAME AS SELECT 1 AS one", "CREATE TYPE NAME AS (one int)",
        "CREATE TABLE parted (id int) PARTITION BY RANGE (id); CREATE INDEX NAME ON parted (id)",
        "CREATE TABLE other (id int); CREATE INDEX NAME ON other (id)",
        "CREATE TABLE other (vec vector(8)); CREATE INDEX NAME ON other USING hnsw (vec vector_cosine_ops)",
    ]

    private static func make(_ name: String, by sql: String, on database: TestDatabase) async throws {
        try await database.execute(
            sql.split(separator: #/\bNAME\b/#, omittingEmptySubsequences: false)
                .joined(separator: "\(Identifier(name))")
        )
    }

    private static func oid(of name: String, on database: TestDatabase) async throws -> Int64 {
        try await database.query("SELECT coalesce(max(oid)::int8, 0) AS oid FROM pg_class WHERE relname = \(name)")
            .one()["oid", as: Int64.self]
    }

    @Test("is left to it, whatever it is, and the job goes on under another", arguments: TestServer.all, relations)
    func begun(server: TestServer, relation: String) async throws {
        for kind in ["create_index", "rebuild_index"] {
            for position in 0..<2 {
                try await withDatabase(on: server) { database in
                    try await database.execute(
                        kind == "create_index" ? table("docs", rows: 2_000) : outgrown("mine")
                    )
                    let record = try #require(try await jobRecords(database, kind: kind).first)
                    let names = record.job.newNames
                    #expect(names.count == 2)
                    try await Self.make(names[position].name, by: relation, on: database)
                    let theirs = try await Self.oid(of: names[position].name, on: database)
                    let journal = Journal(record)
                    guard case .done = try await carryOut(journal, on: database) else {
                        Issue.record("\(kind), \(relation): \(journal.words)")
                        return
                    }
                    #expect(try await Self.oid(of: names[position].name, on: database) == theirs)
                    #expect(journal.words.contains { $0.contains("another relation is called") })
                    #expect(!journal.record.job.newNames.contains(names[position]), "the queue has the new name")
                    let indexes = try await usableIndexes(database)
                    #expect(indexes.count == 1 && indexes.values.allSatisfy { $0 }, "\(indexes)")
                    #expect(try await assess(database, layers: [everythingActs]).jobs("public.docs.vec").isEmpty)
                }
            }
        }
    }

    @Test("taken while the index was built changes the name that it gets in the end", arguments: TestServer.all)
    func swapped(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("docs", rows: 2_000))
            let record = try #require(try await jobRecords(database, kind: "create_index").first)
            let journal = Journal(record)
            try await withOldSnapshot(database) { holder in
                async let outcome = carryOut(journal, on: database)
                try await waitForBuild(in: "waiting for old snapshots", database)
                try await Self.make(record.job.targets[0].finishedName, by: Self.relations[0], on: database)
                _ = try await holder.query("COMMIT")
                guard case .done = try await outcome else {
                    Issue.record("\(journal.words)")
                    return
                }
            }
            #expect(journal.record.attempts == 1, "nothing is built twice")
            let indexes = try await usableIndexes(database)
            #expect(Array(indexes.keys) == [journal.record.job.targets[0].finishedName])
            #expect(Array(indexes.keys) != [record.job.targets[0].finishedName])
        }
    }

    @Test("of the parent's index is left to its owner too", arguments: TestServer.all, relations)
    func parent(server: TestServer, relation: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (2000);
                CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (2000) TO (4000);
                INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
                ANALYZE docs;
                """
            )
            let records = try await jobRecords(database, kind: "create_index")
            let name = try #require(records.first?.job.indexSpec?.parent?.name)
            try await Self.make(name, by: relation, on: database)
            for record in records {
                let outcome = try await carryOut(Journal(record), on: database)
                guard case .done = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
            }
            let docs = try await assess(database).collection("public.docs.vec")
            #expect(docs.partitionedIndexes.count == 1)
            #expect(docs.relations.allSatisfy { $0.indexes.count == 1 && $0.indexes[0].attachedTo != nil })
        }
    }

    @Test("is not planned: what a report prints runs after each kind of reload", arguments: TestServer.all)
    func reloads(server: TestServer) async throws {
        for reload in [
            "ALTER TABLE docs RENAME TO docs_old",
            "CREATE SCHEMA s; ALTER TABLE docs SET SCHEMA s; CREATE SEQUENCE NAME",
            "DROP TABLE docs; CREATE VIEW NAME AS SELECT 1 AS one",
        ] {
            try await withDatabase(on: server) { database in
                try await database.execute(table("docs", rows: 2_000))
                try await carryOut(try await assess(database, layers: [everythingActs]), on: database)
                let name = try #require(try await usableIndexes(database).keys.first)
                try await Self.make(name, by: reload, on: database)
                let old = try await Self.oid(of: name, on: database)
                try await database.execute(table("docs", rows: 2_000))
                let planned = try await assess(database, layers: [everythingActs])
                #expect(planned.jobs("public.docs.vec").map(\.kind).contains("create_index"))
                try await carryOut(planned, on: database)
                let indexes = try await usableIndexes(database)
                #expect(indexes.count == 1 && indexes[name] == nil, "\(indexes)")
                #expect(try await Self.oid(of: name, on: database) == old)
            }
        }
    }
}
