import DatabaseFixture
import Foundation
import Testing

@testable import vecsteward

@Suite("The recall of each kind of index", .timeLimit(.minutes(10)))
struct RecallKindTests {
    @Test("is what brute force finds, for each type and distance", arguments: TestServer.all, RecallKind.all)
    func bruteForce(server: TestServer, kind: RecallKind) async throws {
        try await RecallBench.withTable(on: server, kind) { database in
            let report = try await RecallBench.expectBruteForce(kind, on: database)
            #expect(report["partitions"] is NSNull)
            #expect(report["recall"] as? Double ?? 1 < 1, "an index that finds all shows nothing")
        }
    }
}
