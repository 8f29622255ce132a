import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("The file with the metrics", .timeLimit(.minutes(15)))
struct MetricsFileTests {
    private let folder = TemporaryFolder()
    private var path: String { "\(folder.path)/vecsteward.prom" }

    private func daemon(on databases: [(name: String, connection: String)], _ server: TestServer) throws -> Daemon {
        let list = databases.map { name, connection in
            "{\"name\": \(JSON.text(name)), \"connection\": \(JSON.text(connection))}"
        }
        return try Daemon(
            """
            {"databases": [\(list.joined(separator: ", "))], "poll": {"every": "1s"}, "connectTimeout": "30s",
            "metrics": {"file": \(JSON.text(path))}}
            """,
            password: server.password()
        )
    }

    /// The lines of the file.
    private var lines: [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Waits until the file has a line.
    private func wait(for line: String, of daemon: Daemon) async throws {
        while !lines.contains(line) {
            guard daemon.isRunning else {
                Issue.record("the daemon ended without writing \(line):\n\(daemon.text)\n\(lines)")
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The number of a time series.
    private func number(_ series: String) -> Double? {
        lines.first { $0.hasPrefix("\(series) ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    @Test("is right for Prometheus, and follows what the daemon sees and does", arguments: TestServer.all)
    func numbers(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_000)
            let before = Date().timeIntervalSince1970
            let connection = try await database.stewardConnection()
            let daemon = try daemon(on: [("app", connection), ("gone", refusedConnection)], server)
            try await wait(for: "vecsteward_leader{database=\"app\"} 1", of: daemon)
            try await wait(for: "vecsteward_database_up{database=\"gone\"} 0", of: daemon)
            try await wait(for: "vecsteward_collections{database=\"app\"} 1", of: daemon)
            #expect(number("vecsteward_database_up{database=\"app\"}") == 1)
            #expect(number("vecsteward_rows{database=\"app\"}") == 3_000)
            #expect(number("vecsteward_indexes{database=\"app\"}") == 1)
            #expect(number("vecsteward_poll_interval_seconds{database=\"app\"}") == 1)
            #expect(number("vecsteward_last_poll_timestamp_seconds{database=\"gone\"}") == nil)
            let polled = try #require(number("vecsteward_last_poll_timestamp_seconds{database=\"app\"}"))
            #expect(polled >= before && polled <= Date().timeIntervalSince1970)
            #expect(lines.contains("vecsteward_build_info{version=\"\(programVersion)\"} 1"))
            #expect(try await Promtool.complaint(about: lines.joined(separator: "\n") + "\n") == "")

            let rebuilds = "vecsteward_jobs_ended_total{database=\"app\",kind=\"rebuild_index\",outcome=\"done\"}"
            #expect(number(rebuilds) == 0)
            try await database.execute("INSERT INTO docs SELECT 3001, vec FROM docs LIMIT 1")
            try await wait(for: "\(rebuilds) 1", of: daemon)
            try await wait(for: "vecsteward_rows{database=\"app\"} 3001", of: daemon)
            #expect(number("vecsteward_build_duration_seconds_count{database=\"app\"}") == 1)
            #expect(try #require(number("vecsteward_build_duration_seconds_sum{database=\"app\"}")) > 0)
            try await wait(for: "vecsteward_jobs{database=\"app\",state=\"running\"} 0", of: daemon)
            #expect(try #require(number("vecsteward_last_poll_timestamp_seconds{database=\"app\"}")) > polled)
            #expect(try await Promtool.complaint(about: lines.joined(separator: "\n") + "\n") == "")

            #expect(await daemon.end() == 0)
            #expect(number("vecsteward_leader{database=\"app\"}") == 0, "the leadership ends with the daemon")
            #expect(number(rebuilds) == 1)
            #expect(folder.names == ["vecsteward.prom"], "nothing else is left in the folder")
            #expect(try mode() == 0o644)
        }
    }

    @Test("tells how far a build is, and that it waits", arguments: TestServer.all)
    func progress(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            var holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await daemon(on: [("app", database.stewardConnection())], server)
            try await wait(for: "vecsteward_build_progress_ratio{database=\"app\"} 1", of: daemon)
            try await wait(for: "vecsteward_jobs{database=\"app\",state=\"running\"} 1", of: daemon)
            #expect(try await Promtool.complaint(about: lines.joined(separator: "\n") + "\n") == "")
            _ = try await holder.query("COMMIT")
            try await wait(for: "vecsteward_jobs{database=\"app\",state=\"running\"} 0", of: daemon)
            #expect(number("vecsteward_build_progress_ratio{database=\"app\"}") == nil)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("has no more series for a thousand collections", arguments: TestServer.all)
    func bound(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE docs_0 (id bigint, vec vector(8))")
            let daemon = try await daemon(on: [("app", database.stewardConnection())], server)
            try await wait(for: "vecsteward_collections{database=\"app\"} 1", of: daemon)
            let few = lines.count
            try await database.execute(
                """
                DO $$ BEGIN
                    FOR number IN 1..999 LOOP
                        EXECUTE format('CREATE TABLE docs_%s (id bigint, vec vector(8))', number);
                    END LOOP;
                END $$
                """
            )
            try await wait(for: "vecsteward_collections{database=\"app\"} 1000", of: daemon)
            #expect(lines.count == few)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("that cannot be written is reported once, and again when it can; the rest goes on", arguments: TestServer.all)
    func unwritable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let aside = folder.path + "-aside"
            try FileManager.default.moveItem(atPath: folder.path, toPath: aside)
            defer { try? FileManager.default.removeItem(atPath: aside) }
            let daemon = try await daemon(on: [("app", database.stewardConnection())], server)
            try await daemon.wait(
                for: "cannot write the metrics to \(path): No such file or directory; everything else"
            )
            try await daemon.wait(for: "HINT: Make the folder \(folder.path), or correct metrics.file")
            try await daemon.wait(for: "this instance is the leader")
            for _ in 1...8 { try await daemon.waitForNextPoll(database) }
            try FileManager.default.moveItem(atPath: aside, toPath: folder.path)
            try await daemon.wait(for: "writing the metrics to \(path) again")
            #expect(daemon.text.components(separatedBy: "cannot write the metrics").count == 2, "\(daemon.text)")
            try await wait(for: "vecsteward_leader{database=\"app\"} 1", of: daemon)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("holds names of databases that somebody chose to mislead", arguments: TestServer.all)
    func names(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let names = ["a\"b", "c\\", "d\n} 1\nforged 1", "e\r\nf", "g\u{1B}[31m", "日本", "{x=\"y\"}"]
            let connection = try await database.stewardConnection()
            let daemon = try daemon(on: names.map { ($0, connection) }, server)
            try await wait(for: "vecsteward_collections{database=\"日本\"} 0", of: daemon)
            try await wait(for: #"vecsteward_collections{database="c\\"} 0"#, of: daemon)
            try await wait(for: #"vecsteward_collections{database="d\n} 1\nforged 1"} 0"#, of: daemon)
            try await wait(for: #"vecsteward_collections{database="{x=\"y\"}"} 0"#, of: daemon)
            #expect(try await Promtool.complaint(about: String(contentsOfFile: path, encoding: .utf8)) == "")
            #expect(await daemon.end() == 0)
        }
    }

    private func mode() throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber).intValue
    }
}

/// Text for a configuration.
private enum JSON {
    static func text(_ text: String) -> String {
        String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
    }
}
