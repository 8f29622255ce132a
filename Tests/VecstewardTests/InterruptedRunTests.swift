import DatabaseFixture
import Foundation
import Testing

@Suite("Runs that are ended, or whose place goes, in the middle", .serialized)
struct InterruptedRunTests {
    private let folder = TemporaryFolder()

    /// A configuration that waits for a server that says nothing.
    private func wait(for server: SilentServer) throws -> [String] {
        let path = try configurationFile([("silent", server.connection)], connectTimeout: "10min", in: folder)
        return ["--dry-run", "--config", path, "--output", "reports/report.txt"]
    }

    private func makeFolder() throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/reports",
            withIntermediateDirectories: false
        )
    }

    @Test(
        "a signal while a server is silent ends it at once, with nothing left and the old report as it was",
        .timeLimit(.minutes(1)),
        arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 143)] as [(Int32, Int32)]
    )
    func signals(signal: Int32, status: Int32) async throws {
        let server = try SilentServer()
        try makeFolder()
        folder.make("reports/report.txt", "old")
        let start = ContinuousClock.now
        let run = try await ProgramRun.of(try wait(for: server), in: folder) { process in
            try await server.waitForClient()
            #expect(folder.contents("reports/report.txt") == "old")
            #expect(kill(process, signal) == 0)
        }
        #expect((run.status, run.text) == (status, ""))
        #expect(start.duration(to: .now) < .seconds(30))
        #expect(folder.contents("reports/report.txt") == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/reports") == ["report.txt"])
    }

    @Test("no end of the program unloads a library that another thread may still use", .timeLimit(.minutes(1)))
    func unloadsNothing() async throws {
        for arguments in [["--version"], ["--no-such-option"], ["check-config", "missing.json"]] {
            // The loader writes what it calls at the start and at the end into a file of the process.
            let loader = ["LD_DEBUG": "files", "LD_DEBUG_OUTPUT": "\(folder.path)/loader"]
            let run = try await ProgramRun.of(arguments, in: folder, environment: loader)
            #expect(!run.text.isEmpty)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasPrefix("loader")
            }
            let calls = files.map(folder.contents).joined()
            for file in files { try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)") }
            #expect(calls.contains("calling init"))
            #expect(!calls.contains("calling fini"), "\(arguments)")
        }
    }

    @Test("a hang-up is nothing to a program that nohup started", .timeLimit(.minutes(1)))
    func ignoredHangUp() async throws {
        let server = try SilentServer()
        try makeFolder()
        let run = try await ProgramRun.of(
            try wait(for: server),
            in: folder,
            prefix: ["/usr/bin/nohup"]
        ) { process in
            try await server.waitForClient()
            #expect(kill(process, SIGHUP) == 0)
            server.stop()
        }
        #expect(run.status == 69)
        #expect(folder.contents("reports/report.txt").contains("could not be polled: "))
    }

    @Test(
        "a folder that goes while it looks ends it with 73, and nothing is written elsewhere",
        .timeLimit(.minutes(1))
    )
    func folderGone() async throws {
        let server = try SilentServer()
        try makeFolder()
        let run = try await ProgramRun.of(try wait(for: server), in: folder) { _ in
            try await server.waitForClient()
            try FileManager.default.removeItem(atPath: "\(folder.path)/reports")
            server.stop()
        }
        #expect(run.status == 73)
        #expect(run.output == "")
        #expect(run.errors.contains("vecsteward: cannot write reports/report.txt: No such file or directory\nHINT: "))
        #expect(folder.names == ["config.json"])
    }

    @Test("a place that cannot be written to is refused before any server is asked", .timeLimit(.minutes(1)))
    func refusedEarly() async throws {
        let server = try SilentServer()
        let run = try await ProgramRun.of(try wait(for: server), in: folder)
        #expect(run.status == 73)
        #expect(run.errors.hasPrefix("vecsteward: cannot write reports/report.txt: there is no folder reports\nHINT: "))
    }

    @Test("a wrong configuration leaves the old report as it was")
    func wrongConfiguration() async throws {
        folder.make("report.txt", "old")
        let path = folder.make("config.json", "{\"databases\": []}")
        let run = try await ProgramRun.of(["--dry-run", "--config", path, "--output", "report.txt"], in: folder)
        #expect(run.status == 78)
        #expect(folder.contents("report.txt") == "old")
        #expect(folder.names == ["config.json", "report.txt"])
    }

    @Test(
        "a report of a real database is whole in its file, and the same as on standard output",
        arguments: TestServer.all
    )
    func wholeFile(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let tables = (0..<300).map { "CREATE TABLE \"docs \($0)\" (vec vector(3));" }
            try await database.execute(tables.joined())
            let arguments = ["--format", "json"]
            let printed = try await ProgramRun.dryRun(on: database, arguments, in: folder)
            let written = try await ProgramRun.dryRun(
                on: database,
                arguments + ["--output", "report.json"],
                in: folder
            )
            #expect((written.status, written.text) == (0, ""))
            let data = Data(folder.contents("report.json").utf8)
            let inFile = try JSONDecoder().decode(ReadReport.self, from: data).databases[0].collections?.map(\.name)
            #expect(inFile?.count == 300)
            #expect(try printed.report().databases[0].collections?.map(\.name) == inFile)
            #expect(folder.names == ["report.json"])
        }
    }
}
