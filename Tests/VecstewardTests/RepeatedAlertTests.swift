import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Findings that stay", .timeLimit(.minutes(15)))
struct RepeatedAlertTests {
    @Test("are reported again after their time, once, and not by a restart", arguments: TestServer.all)
    func again(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let rules = "\"outgrown\": {\"mode\": \"warn\"}"
            let daemon = try await Daemon.start(on: [database], rules: rules)
            try await daemon.wait(for: "found: public.docs.vec")
            try await database.administer(
                "UPDATE vecsteward.finding SET raised_at = now() - interval '2 days', told_at = now() - interval '25 hours'"
            )
            try await daemon.wait(for: "still: public.docs.vec")
            try await daemon.waitForNextPoll(database)
            try await daemon.waitForNextPoll(database)
            #expect(daemon.text.components(separatedBy: "still: public.docs.vec").count == 2, "\(daemon.text)")
            #expect(await daemon.end() == 0)
            let next = try await Daemon.start(on: [database], rules: rules)
            try await next.wait(for: "this instance is the leader")
            try await next.waitForNextPoll(database)
            #expect(!next.text.contains("public.docs.vec: index"), "\(next.text)")
            #expect(await next.end() == 0)
        }
    }
}
