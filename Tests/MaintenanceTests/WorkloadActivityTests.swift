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
}
