import DatabaseFixture
import Foundation

/// Prometheus' own checker of metrics and rules.
enum Promtool {
    /// What it says of metrics; nothing where they are right.
    static func complaint(about metrics: String) async throws -> String {
        let folder = TemporaryFolder()
        let file = folder.make("metrics.prom", metrics)
        let run = try await Command.run("/bin/sh", ["-c", "\"$0\" check metrics <\"$1\"", try path(), file])
        return run.status == 0 ? run.output + run.errors : "status \(run.status): \(run.output)\(run.errors)"
    }

    /// What it says to a command that is to succeed; nothing where it does.
    static func complaint(of arguments: [String]) async throws -> String {
        let run = try await Command.run(try path(), arguments)
        return run.status == 0 ? "" : "status \(run.status): \(run.output)\(run.errors)"
    }

    private static func path() throws -> String {
        guard let path = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PROMTOOL"] else {
            throw FixtureError("VECSTEWARD_TEST_PROMTOOL is not set: run scripts/test, which fetches promtool")
        }
        return path
    }
}
