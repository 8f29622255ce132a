import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Searches where no extension counts statements")
struct WorkloadActivityTests {
    private static let dimensions = 400
    /// A vector whose text is longer than a server shows of a statement.
    private static let vector = "[\(Array(repeating: "0.125", count: dimensions).joined(separator: ","))]"

    @Test(
        "are those that sessions run or ran last, also if the end of their text is missing",
        arguments: TestServer.all
    )
    func running(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                "CREATE TABLE docs (id int, tenant int, vec vector(3), wide vector(\(Self.dimensions)))"
            )
            var short = try await database.connect(as: .application)
            _ = try await short.query("SELECT id FROM docs WHERE tenant = 7 ORDER BY vec <-> '[1,2,3]' LIMIT 12")
            var long = try await database.connect(as: .application)
            let sql = "SELECT id FROM docs ORDER BY wide <=> '\(Self.vector)' LIMIT 12"
            _ = try await long.query(Statement(sql))
            var tie = try await database.connect(as: .application)
            _ = try await tie.query("SELECT id FROM docs ORDER BY vec <+> '[1,2,3]', id LIMIT 12")
            let snapshot = try await Assessor(try database.connections()).assess().snapshot
            let found = Dictionary(uniqueKeysWithValues: snapshot.collections.map { ($0.name.column, $0.searches) })

            let search = try #require(found["vec"]?.first { $0.shape.distanceMetric != .l1Distance })
            #expect(search.shape.distanceMetric == .l2Distance)
            #expect(search.shape.filters.map(\.condition) == ["tenant = ?"])
            #expect(search.shape.limit == .rows(12))
            #expect(search.source == .activity)
            #expect(search.usage.calls == nil, "nothing counts them")
            #expect(search.role == (try database.user(.application)))

            let cut = try #require(found["wide"]?.first)
            #expect(cut.shape.distanceMetric == .cosineDistance)
            #expect(cut.shape.limit == .unknown, "the LIMIT stands behind the cut")
            #expect(cut.shape.obstacles.isEmpty)

            // PostgreSQL 17 sorts the rows that an index gives by the key after the distance.
            let tied = try #require(found["vec"]?.first { $0.shape.distanceMetric == .l1Distance })
            #expect(tied.shape.obstacles == (server.version == "16" ? [.anotherKeyAfter] : []))
            withExtendedLifetime((short.isUsable, long.isUsable, tie.isUsable)) {}
        }
    }

    @Test(
        "are forgotten a day after a session showed them last, and the oldest where there are many",
        arguments: TestServer.all
    )
    func forgotten(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE docs (id int, vec vector(3))")
            let assessor = Assessor(try database.connections())
            var session = try await database.connect(as: .application)
            func limits() async throws -> [RowsAsked] {
                try await assessor.assess().searches("public.docs.vec").map(\.shape.limit)
            }
            func age(seconds: Int) {
                var memory = assessor.workload.current
                memory.running = memory.running.mapValues { $0.advanced(by: .seconds(-seconds)) }
                assessor.workload.keep(memory)
            }
            _ = try await session.query("SELECT id FROM docs ORDER BY vec <-> '[1,2,3]' LIMIT 12")
            #expect(try await limits() == [.rows(12)])
            age(seconds: 90_000)
            #expect(try await limits() == [.rows(12)], "the session still shows it")
            _ = try await session.query("SELECT 1")
            age(seconds: 80_000)
            #expect(try await limits() == [.rows(12)])
            age(seconds: 10_000)
            #expect(try await limits() == [])

            _ = try await session.query("SELECT id FROM docs ORDER BY vec <-> '[1,2,3]' LIMIT 13")
            #expect(try await limits() == [.rows(13)])
            var memory = assessor.workload.current
            let first = try #require(memory.running.first)
            for number in 1...1_000 {
                var other = first.key
                other.search.shape.limit = .rows(1_000 + number)
                memory.running[other] = first.value.advanced(by: .seconds(-number))
            }
            assessor.workload.keep(memory)
            _ = try await session.query("SELECT id FROM docs ORDER BY vec <-> '[1,2,3]' LIMIT 14")
            _ = try await assessor.assess()
            let kept = Set(assessor.workload.current.running.keys.map(\.search.shape.limit))
            #expect(kept.count == 1_000)
            #expect(kept.isSuperset(of: [.rows(13), .rows(14), .rows(1_998)]) && !kept.contains(.rows(1_999)))
            withExtendedLifetime(session.isUsable) {}
        }
    }

    @Test("of vecs have the settings that vecs sets, which nothing shows")
    func vecs() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            try await database.execute(
                "CREATE SCHEMA vecs; CREATE TABLE vecs.docs (id text, vec vector(3), metadata jsonb)"
            )
            var session = try await database.connect(as: .application)
            _ = try await session.query("SELECT id FROM vecs.docs ORDER BY vec <=> '[1,2,3]' LIMIT 10 OFFSET 40")
            let search = try await Assessor(try database.connections()).assess().searches("vecs.docs").one()
            #expect(search.setting("ivfflat.probes") == "10 client")
            #expect(search.setting("hnsw.ef_search") == "40 client")
            #expect(search.hasOffset && search.rowsAsked == 10)
            withExtendedLifetime(session.isUsable) {}
        }
    }

    @Test("have the settings of the server's file, unless vecsteward's own role hides them", arguments: ["16", "18"])
    func serverFile(version: String) async throws {
        try await withPrivateServer(version: version, settings: ["ivfflat.probes=7", "hnsw.ef_search=70"]) { server in
            let database = try TestDatabase(named: "postgres", on: server.server)
            try await database.administer("CREATE EXTENSION vector; CREATE ROLE few LOGIN PASSWORD 'few'")
            try await database.administer("GRANT pg_read_all_stats TO few;" + items)
            var session = try await database.connect()
            _ = try await session.query("SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 4")
            func settings() async throws -> [SearchSetting?] {
                let conninfo = try database.conninfo(user: "few", password: "few")
                let search = try await assess(database, conninfo: conninfo).searches().one()
                return ["ivfflat.probes", "hnsw.ef_search"].map { search.settings[$0] }
            }
            #expect(try await settings() == [SearchSetting("7", .server), SearchSetting("70", .server)])
            try await database.administer("LOAD 'vector'; ALTER ROLE few SET ivfflat.probes = 9")
            #expect(try await settings() == [SearchSetting.unknown(.server), SearchSetting("70", .server)])
            try await database.administer("LOAD 'vector'; ALTER DATABASE postgres SET hnsw.ef_search = 80")
            #expect(
                try await settings() == [SearchSetting.unknown(.server), SearchSetting("80", .database("postgres"))]
            )
            withExtendedLifetime(session.isUsable) {}
        }
    }
}
