import DatabaseFixture
import Foundation
import Testing

@testable import vecsteward

/// One run of the program that was built beside the tests, in a folder of its own and with no variable of libpq set.
struct ProgramRun: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// All that it wrote.
    var text: String { output + errors }

    /// The folder that the tests were built in.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    static let program = products.appendingPathComponent("vecsteward").path

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - folder: Where to run it.
    ///   - environment: Variables beside HOME and PATH.
    ///   - prefix: A command that runs it.
    ///   - output: Where standard output goes, a file of its own when not given.
    ///   - meanwhile: What to do while it runs; it gets the identifier of the process.
    /// - Returns: How it ended and what it wrote.
    /// - Throws: When it cannot be started.
    static func of(
        _ arguments: [String],
        in folder: TemporaryFolder,
        environment: [String: String] = [:],
        prefix: [String] = [],
        output: String? = nil,
        meanwhile: (pid_t) async throws -> Void = { _ in }
    ) async throws -> ProgramRun {
        let process = Process()
        let command = prefix + [program] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ["HOME": folder.path, "PATH": "/usr/bin:/bin"].merging(environment) { _, new in new }
        // Files, since a pipe that is full would stop the program.
        let files = TemporaryFolder()
        let (outputPath, errorsPath) = (output ?? files.make("output", ""), files.make("errors", ""))
        let (running, end) = AsyncStream.makeStream(of: Never.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run(output: outputPath, errors: errorsPath)
        // Not in the test's task: when that is cancelled, the program still has to end before anybody asks how.
        let ended = Task.detached { for await _ in running {} }
        do {
            try await meanwhile(process.processIdentifier)
        } catch {
            process.terminate()
            await ended.value
            throw error
        }
        await withTaskCancellationHandler {
            await ended.value
        } onCancel: {
            process.terminate()
        }
        #expect(process.terminationReason == .exit)
        return ProgramRun(
            status: process.terminationStatus,
            output: output == nil ? files.contents("output") : "",
            errors: files.contents("errors")
        )
    }
}

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "/vecsteward-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and returns its path.
    @discardableResult
    func make(_ name: String, _ text: String) -> String {
        _ = FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(text.utf8))
        return "\(path)/\(name)"
    }

    func contents(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// The names of what is in it, in order.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// Testing has an ExitStatus too.
typealias Status = vecsteward.ExitStatus

/// A connection that is refused at once, on any machine.
let refusedConnection = "host=127.0.0.1 port=1 dbname=app"

/// Runs a program without root's right to read and write everything, so that file modes count for it too.
let withoutPrivileges: [String] =
    geteuid() == 0
    ? [
        "/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-dac_override,-dac_read_search",
    ] : []
