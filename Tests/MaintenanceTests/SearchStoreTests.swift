import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("The searches that the schema vecsteward keeps")
struct SearchStoreTests {
    static let shapes = [
        SearchShape(distanceMetric: .cosineDistance),
        SearchShape(kind: .radius, distanceMetric: .l2Distance, limit: .all),
        SearchShape(
            distanceMetric: .maxInnerProduct,
            searched: .cast(.halfvec, dimensions: 768),
            filters: [
                SearchFilter("tenant = ?", columns: ["tenant"], isEquality: true),
                SearchFilter("\"quoted\" \\ ünïcödé = ?", columns: ["a b"]),
            ],
            limit: .rows(10),
            obstacles: [.descending, .anotherKeyFirst]
        ),
        SearchShape(
            distanceMetric: .hammingDistance,
            searched: .other("binary_quantize(vec)::bit(8)"),
            limit: .unknown,
            obstacles: Set(SearchObstacle.allCases)
        ),
        SearchShape(distanceMetric: .l1Distance, searched: .cast(.vector, dimensions: nil), isWithinDistance: true),
    ]
    static let sources: [SearchSource] = [
        .statements, .activity, .configuration, .function("match \"documents\""), .view("searchable"),
    ]

    @Test("are read as they were written, from the same text each time")
    func roundTrip() throws {
        for shape in Self.shapes {
            for source in Self.sources {
                let text = try #require(StoredSearch(shape, source).text)
                #expect(StoredSearch(shape, source).text == text)
                let stored = try #require(StoredSearch(text: text))
                #expect(stored.shape == shape)
                #expect(stored.seen == source)
                #expect(text.contains("isWithinDistance") == shape.isWithinDistance, "as the version before wrote it")
            }
        }
    }

    @Test("are those of a search within a distance, also where the version before did not record that")
    func withinDistance() throws {
        let shape = SearchShape(distanceMetric: .l2Distance, isWithinDistance: true)
        let text = try #require(StoredSearch(shape, .statements).text)
        let before = text.replacing("\"isWithinDistance\":true,", with: "")
        #expect(before != text)
        #expect(StoredSearch(text: before)?.shape == SearchShape(distanceMetric: .l2Distance))
    }

    @Test(
        "are none where another version wrote words that this one does not know",
        arguments: ["", "{}", "[]", "{\"kind\": 1}"]
    )
    func unknownWords(text: String) {
        #expect(StoredSearch(text: text)?.shape == nil)
    }

    @Test("add up within an hour, and are those of the last day in a report", arguments: TestServer.all)
    func addUp(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                "CREATE TABLE docs (id int, vec vector(3)); INSERT INTO docs VALUES (1, '[1,2,3]')"
            )
            try await database.grant()
            var connection = try await database.connect(as: .steward)
            _ = try await StateSchema.prepare(on: &connection, createIfMissing: true)
            let assessor = Assessor(try database.connections(try database.target(as: .steward)))
            var snapshot = try await assessor.assess().snapshot
            var search = Search(
                Self.shapes[2],
                role: "app",
                source: .statements,
                usage: SearchUsage(calls: 1_000, milliseconds: 1_000, rows: 9_000, seconds: 864_000)
            )
            search.sincePoll = SearchUsage(calls: 3, milliseconds: 6, rows: 25, blocksHit: 7, blocksRead: 2)
            var forgotten = Search(
                Self.shapes[0],
                role: "app",
                source: .function("match"),
                usage: SearchUsage(calls: 5, milliseconds: 5)
            )
            forgotten.sincePoll = SearchUsage(calls: 2, milliseconds: 1)
            snapshot.collections[0].searches = [search, forgotten]
            var store = SearchStore()
            for _ in 1...2 { try await store.record(snapshot, on: &connection) }
            // What is older than the days that count goes.
            try await connection.run(
                script: """
                    INSERT INTO vecsteward.search_use
                    SELECT table_oid, column_name, role_name, search, search_digest, hour - interval '20 days', calls,
                        milliseconds, rows, blocks_hit, blocks_read
                    FROM vecsteward.search_use
                    """
            )
            var next = SearchStore()
            try await next.record(snapshot, on: &connection)

            let searches = try await assessor.assess().snapshot.collections[0].searches
            #expect(searches.map(\.shape) == [search.shape, forgotten.shape])
            #expect(searches.map(\.source) == [search.source, forgotten.source])
            let day = try #require(searches[0].lastDay)
            #expect(day.calls == 9)
            #expect(day.milliseconds == 18)
            #expect(day.rows == 75)
            #expect(day.blocksHit == 21)
            #expect(searches[1].lastDay?.calls == 6)
            #expect(searches[1].lastDay?.rows == nil, "the rows of a function's statement are not those of the search")
            let kept = try await connection.query("SELECT count(*) AS number FROM vecsteward.search_use").one()
            #expect(try kept["number", as: Int.self] == 2)
        }
    }
}
