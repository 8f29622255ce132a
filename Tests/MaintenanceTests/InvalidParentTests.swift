import Advisor
import DatabaseFixture
import Foundation
import Maintenance
import Postgres
import Testing

@Suite("An invalid index of a partitioned table")
struct InvalidParentTests {
    private static let table = """
        CREATE SCHEMA "other ""schema";
        CREATE TABLE docs (id bigint, vec vector(3)) PARTITION BY RANGE (id);
        CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100);
        CREATE TABLE "other ""schema"."docs ""2" PARTITION OF docs FOR VALUES FROM (100) TO (200);
        CREATE INDEX "the ""index" ON ONLY docs USING hnsw (vec vector_l2_ops);
        CREATE INDEX part_1 ON docs_1 USING hnsw (vec vector_l2_ops) WITH (m = 8);
        ALTER INDEX "the ""index" ATTACH PARTITION part_1;
        """
    private static let foreign = """
        CREATE FOREIGN DATA WRAPPER nowhere;
        CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
        CREATE FOREIGN TABLE remote PARTITION OF docs FOR VALUES FROM (200) TO (300) SERVER nowhere;
        """
    private static let second = """
        CREATE INDEX "part ""2" ON "other ""schema"."docs ""2" USING hnsw (vec vector_l2_ops);
        """

    private func finding(_ database: TestDatabase) async throws -> Finding? {
        try await assess(database).findings.first { $0.rule == "invalid" && $0.relationOID == nil }
    }

    private func count(_ key: String, _ finding: Finding) -> Int64? {
        for case let item in finding.evidence where item.key == key {
            if case .count(let count) = item.value { return count }
        }
        return nil
    }

    /// Runs what the advice says to run.
    private func follow(_ finding: Finding, on database: TestDatabase) async throws {
        let start = try #require(finding.advice.range(of: "Run: ")).upperBound
        let end = try #require(finding.advice.range(of: ";", options: .backwards)).lowerBound
        let statements = finding.advice[start..<end].components(separatedBy: "; ")
        for statement in statements where statement.contains("CONCURRENTLY") {
            try await database.administer(statement)
        }
        let others = statements.filter { !$0.contains("CONCURRENTLY") }
        try await database.administer(others.joined(separator: ";\n"))
    }

    @Test("says which partition has no part of it, and which has one that is not attached", arguments: TestServer.all)
    func parts(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(Self.table)
            let missing = try #require(try await finding(database))
            #expect(missing.summary.contains("it has no part on docs \"2"))
            #expect(count("missingParts", missing) == 1)
            try await database.administer(Self.second)
            let unattached = try #require(try await finding(database))
            #expect(count("unattachedParts", unattached) == 1)
            try await follow(unattached, on: database)
            #expect(try await finding(database) == nil)
        }
    }

    @Test("an invalid part is rebuilt, and attached again", arguments: TestServer.all)
    func invalidPart(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                Self.table + Self.second + """
                    UPDATE pg_index SET indisvalid = FALSE
                    WHERE indexrelid = '"other ""schema"."part ""2"'::regclass;
                    ALTER INDEX "the ""index" ATTACH PARTITION "other ""schema"."part ""2";
                    """
            )
            let invalid = try #require(try await finding(database))
            #expect(count("invalidParts", invalid) == 1)
            try await follow(invalid, on: database)
            #expect(try await finding(database) == nil)
        }
    }

    @Test("a foreign partition keeps it invalid, and the statements make it valid", arguments: TestServer.all)
    func foreignPartition(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                Self.table + Self.second + Self.foreign
                    + "ALTER INDEX \"the \"\"index\" ATTACH PARTITION \"other \"\"schema\".\"part \"\"2\";"
            )
            let foreign = try #require(try await finding(database))
            #expect(foreign.summary.contains("remote is a foreign table"))
            #expect(foreign.severity == .notice)
            try await follow(foreign, on: database)
            #expect(try await finding(database) == nil)
            let docs = try await assess(database).collection("public.docs.vec")
            #expect(docs.foreignPartitions.map(\.table) == ["remote"])
        }
    }

    @Test("each level has its own", arguments: TestServer.all)
    func levels(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                """
                CREATE TABLE docs (id bigint, vec vector(3)) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
                CREATE TABLE docs_1_1 PARTITION OF docs_1 FOR VALUES FROM (0) TO (100);
                CREATE INDEX upper ON ONLY docs USING hnsw (vec vector_l2_ops);
                CREATE INDEX middle ON ONLY docs_1 USING hnsw (vec vector_l2_ops);
                ALTER INDEX upper ATTACH PARTITION middle;
                CREATE INDEX lower ON docs_1_1 USING hnsw (vec vector_l2_ops);
                """
            )
            let findings = try await assess(database).findings.filter { $0.rule == "invalid" }
            #expect(Set(findings.map(\.index)) == ["upper", "middle"])
            try await follow(try #require(findings.first { $0.index == "middle" }), on: database)
            #expect(try await finding(database) == nil)
        }
    }

    @Test("one that is valid, and a partitioned table without any, are no finding", arguments: TestServer.all)
    func valid(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                """
                CREATE TABLE docs (id bigint, vec vector(3)) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100);
                CREATE TABLE bare (id bigint, vec vector(3)) PARTITION BY RANGE (id);
                CREATE INDEX ON docs USING hnsw (vec vector_l2_ops);
                """ + Self.foreign
            )
            #expect(try await finding(database) == nil)
        }
    }
}
