import Foundation
import Maintenance
import Testing

@testable import vecsteward

@Suite("The file with the metrics, when the configuration changes", .timeLimit(.minutes(2)))
struct MetricsReloadTests {
    private let folder = TemporaryFolder()

    private func configuration(_ databases: [String], to file: String?) throws -> Configuration {
        let rest = "\"connection\": \"dbname=app\", \"poll\": {\"every\": \"7s\"}"
        let list = databases.map { "{\"name\": \"\($0)\", \(rest)}" }
        let metrics = file.map { "\"file\": \"\(folder.path)/\($0)\"" } ?? ""
        return try VecstewardTests.configuration(
            "{\"databases\": [\(list.joined(separator: ","))], \"metrics\": {\(metrics)}}"
        )
    }

    /// Waits until there are these files and no other, and one of them has some lines and lacks others.
    private func wait(
        for files: [String],
        with lines: [String] = [],
        without others: [String] = []
    ) async throws {
        while true {
            let text = files.first.map { folder.contents($0) } ?? ""
            let found = text.split(separator: "\n").map(String.init)
            let isRight = lines.allSatisfy(found.contains) && !others.contains(where: found.contains)
            if folder.names == files, isRight { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func interval(_ database: String) -> String {
        "vecsteward_poll_interval_seconds{database=\"\(database)\"} 7"
    }

    @Test("has the databases of the new one, and keeps what is known of those that stay")
    func databases() async throws {
        let metrics = MetricsFile(try configuration(["a", "b"], to: "v.prom")) { _ in }
        try await wait(for: ["v.prom"], with: [Self.interval("a"), Self.interval("b")])
        metrics.record(.isBack, of: "a")
        metrics.record(try configuration(["a", "c"], to: "v.prom"))
        let lines = ["vecsteward_database_up{database=\"a\"} 1", Self.interval("a"), Self.interval("c")]
        try await wait(for: ["v.prom"], with: lines, without: [Self.interval("b")])
    }

    @Test("is where the new one says, and nowhere else")
    func place() async throws {
        let metrics = MetricsFile(try configuration(["a"], to: nil)) { _ in }
        #expect(folder.names == [])
        metrics.record(try configuration(["a"], to: "one.prom"))
        try await wait(for: ["one.prom"], with: [Self.interval("a")])
        metrics.record(try configuration(["a"], to: "two.prom"))
        try await wait(for: ["two.prom"], with: [Self.interval("a")])
        metrics.record(try configuration(["a"], to: nil))
        try await wait(for: [])
    }

    @Test("says that the new one was refused, and when the one in force was taken")
    func refusal() async throws {
        let before = Date().timeIntervalSince1970
        let metrics = MetricsFile(try configuration(["a"], to: "v.prom")) { _ in }
        let successful = "vecsteward_config_last_reload_successful"
        try await wait(for: ["v.prom"], with: ["\(successful) 1"])
        metrics.recordRefusal()
        try await wait(for: ["v.prom"], with: ["\(successful) 0"], without: ["\(successful) 1"])
        #expect(try taken() >= before)
        let refused = Date().timeIntervalSince1970
        #expect(try taken() <= refused, "the one in force is still the first")
        metrics.record(try configuration(["a"], to: "v.prom"))
        try await wait(for: ["v.prom"], with: ["\(successful) 1"])
        #expect(try taken() >= refused)
    }

    private func taken() throws -> Double {
        let name = "vecsteward_config_last_reload_success_timestamp_seconds "
        let line = folder.contents("v.prom").split(separator: "\n").first { $0.hasPrefix(name) }
        return try #require(line.flatMap { Double($0.dropFirst(name.count)) })
    }

    @Test("is not touched where another program's file was never replaced")
    func foreign() async throws {
        // A folder in its place, which nothing can replace.
        try FileManager.default.createDirectory(atPath: "\(folder.path)/v.prom", withIntermediateDirectories: false)
        let events = AsyncStream.makeStream(of: MetricsFile.News.self)
        let metrics = MetricsFile(try configuration(["a"], to: "v.prom")) { events.continuation.yield($0) }
        for await news in events.stream {
            guard case .cannotBeWritten(let complaint) = news else { continue }
            #expect(complaint.message.contains("/v.prom: Is a directory"), "\(complaint)")
            break
        }
        metrics.record(try configuration(["a"], to: "w.prom"))
        try await wait(for: ["v.prom", "w.prom"])
    }
}
