import Foundation
import Testing

@Suite("The file of a configuration")
struct ConfigurationFileTests {
    private let folder = TemporaryFolder()

    private func check(_ path: String, _ prefix: [String] = []) async throws -> ProgramRun {
        try await ProgramRun.of(["check-config", "--config", path], in: folder, prefix: prefix)
    }

    private func expect(_ run: ProgramRun, _ message: String, _ comment: Comment? = nil) {
        #expect(run.status == 78, comment)
        #expect(run.output == "", comment)
        #expect(run.errors.hasPrefix("vecsteward: \(message)"), comment)
        #expect(run.errors.contains("\nHINT: "), comment)
    }

    @Test("a file that is not there, a folder, a pipe and a device are refused at once")
    func notFiles() async throws {
        expect(try await check("nowhere.json"), "nowhere.json is unreadable: No such file or directory")
        expect(try await check("."), ". is a folder")
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        expect(try await check("pipe"), "pipe is not a regular file")
        expect(try await check("/dev/zero"), "/dev/zero is not a regular file")
    }

    @Test("a file that may not be read is refused")
    func unreadable() async throws {
        folder.make("config.json", "{}")
        #expect(chmod("\(folder.path)/config.json", 0) == 0)
        expect(
            try await check("config.json", withoutPrivileges),
            "config.json is unreadable: Permission denied"
        )
    }

    @Test("100 MB are refused without being read")
    func huge() async throws {
        let handle = try #require(FileHandle(forWritingAtPath: folder.make("huge.json", "{")))
        try handle.truncate(atOffset: 100_000_000)
        try handle.close()
        // With so little memory it could not be read.
        let run = try await check("huge.json", ["/usr/bin/prlimit", "--data=60000000"])
        expect(run, "huge.json has 100000000 bytes; the limit is 1 MiB")
    }

    // Work that grew with the square of the mistakes would take hours.
    @Test("a file of 1 MiB is read, and none of its content is too much", .timeLimit(.minutes(15)))
    func largest() async throws {
        let entries = (0..<60_000).map { "{\"x\": \($0)}" }.joined(separator: ",")
        folder.make("large.json", "{\"databases\": [\(entries)]}")
        let run = try await check("large.json")
        #expect(run.status == 78)
        #expect(run.errors.contains("more mistakes"))
    }

    @Test(
        "what is wrong in it is reported with line and column",
        arguments: [
            ("", "1:1: the file is empty"), ("{\n  \"databases\": [\n", "3:1: the file ends in the middle"),
            (String(repeating: "[", count: 10_000), "1:65: lists and objects are nested deeper than 64 levels"),
            ("{\"databases\": [{\"connection\": \"dbname=x\"},]}", "1:43: there is a comma before ]"),
        ]
    )
    func wrong(text: String, message: String) async throws {
        folder.make("config.json", text)
        expect(try await check("config.json"), "config.json:\(message)")
    }

    @Test("a name that would steer the terminal is made harmless")
    func hostileName() async throws {
        let run = try await check("\u{1B}[31m\nred")
        #expect(run.errors.hasPrefix("vecsteward: \\u{1B}[31m\\nred is unreadable"))
    }
}
