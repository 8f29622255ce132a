import Foundation
import Testing

@testable import vecsteward

@Suite("Where a report goes")
struct ReportOutputTests {
    private let folder = TemporaryFolder()

    private func report(to path: String, _ prefix: [String] = []) async throws -> ProgramRun {
        try await ProgramRun.of(
            ["--dry-run", "--format", "json", "--database", refusedConnection, "--output", path],
            in: folder,
            prefix: prefix
        )
    }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("a file gets all of it, and nothing else is left")
    func file() async throws {
        let run = try await report(to: "report.json")
        #expect((run.status, run.output) == (69, ""))
        let inFile = folder.contents("report.json")
        #expect(inFile.hasPrefix("{") && inFile.hasSuffix("}\n"))
        #expect(folder.names == ["report.json"])
        #expect(try mode("report.json") & 0o133 == 0)
    }

    @Test("a file that is there keeps its mode, and a symbolic link stays one")
    func existing() async throws {
        folder.make("real.json", "old")
        #expect(chmod("\(folder.path)/real.json", 0o640) == 0)
        #expect(symlink("real.json", "\(folder.path)/link.json") == 0)
        _ = try await report(to: "link.json")
        #expect(folder.contents("real.json").hasPrefix("{"))
        #expect(try mode("real.json") == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/link.json") == "real.json")
        #expect(folder.names == ["link.json", "real.json"])
    }

    @Test(
        "what cannot be written is told, and ends with 73",
        arguments: [
            (".", "it is a folder"), ("nowhere/report.txt", "there is no folder nowhere"),
            ("/dev/full", "No space left on device"), ("", "No such file or directory"),
            ("config.json/x", "Not a directory"),
        ]
    )
    func refused(path: String, message: String) async throws {
        folder.make("config.json", "")
        let run = try await report(to: path)
        #expect(run.status == 73)
        #expect(run.output == "")
        #expect(run.errors.contains("vecsteward: cannot write \(path): \(message)"), "\(run.errors)")
        #expect(run.errors.contains("\nHINT: "))
        #expect(folder.names == ["config.json"])
    }

    @Test("a folder where this user may not write is refused before any server is asked")
    func forbidden() async throws {
        try FileManager.default.createDirectory(atPath: "\(folder.path)/closed", withIntermediateDirectories: false)
        #expect(chmod("\(folder.path)/closed", 0o555) == 0)
        let run = try await report(to: "closed/report.txt", withoutPrivileges)
        #expect(run.status == 73)
        #expect(run.errors.hasPrefix("vecsteward: cannot write closed/report.txt: Permission denied\nHINT: "))
    }

    @Test("when the disk is full the old file stays as it was")
    func fullDisk() async throws {
        folder.make("report.json", "old")
        // A limit on the size of files stands for the disk: EFBIG instead of ENOSPC, on the same way.
        let run = try await report(
            to: "report.json",
            ["/usr/bin/prlimit", "--fsize=10", "/usr/bin/env", "--ignore-signal=XFSZ"]
        )
        #expect(run.status == 73)
        #expect(folder.contents("report.json") == "old")
        #expect(folder.names == ["report.json"])
    }

    @Test("standard output that is full or closed ends with a code and no trace")
    func standardOutput() async throws {
        let full = try await ProgramRun.of(["--help"], in: folder, output: "/dev/full")
        #expect(full.status == 73)
        #expect(full.errors.hasPrefix("vecsteward: cannot write standard output: No space left on device\nHINT: "))
        let shell = ["/bin/sh", "-c"]
        let closed = try await ProgramRun.of([], in: folder, prefix: shell + ["\"$0\" --version >&-"])
        #expect(closed.status == 73)
        let pipe = try await ProgramRun.of([], in: folder, prefix: shell + ["{ \"$0\" --help; echo $? >code; } | :"])
        #expect(pipe.errors == "")
        #expect(["141\n", "0\n"].contains(folder.contents("code")))
    }

    @Test("colours are for a terminal, and for those who want them")
    func colors() {
        #expect(Terminal(columns: 0, environment: [:]) == Terminal(columns: 100, environment: ["NO_COLOR": ""]))
        // A file and a pipe have room for every name.
        #expect(Terminal.none.width == 100 && Terminal.none.tableWidth > 1_000)
        #expect(Terminal(columns: 90, environment: ["TERM": "xterm"]).hasColor)
        #expect(!Terminal(columns: 90, environment: ["TERM": "dumb"]).hasColor)
        #expect(!Terminal(columns: 90, environment: ["NO_COLOR": "1"]).hasColor)
        #expect([20, 80, 93, 300].map { Terminal(columns: $0, environment: [:]).width } == [80, 80, 93, 100])
        #expect([20, 80, 93, 300].map { Terminal(columns: $0, environment: [:]).tableWidth } == [80, 80, 93, 300])
        #expect(!Terminal.none.hasColor)
    }
}
