public import Foundation

/// A program that a test runs.
public enum Command {
    /// How it ended, and what it wrote.
    public struct Ended: Sendable {
        /// Its status; that of a process which a signal has killed is the number of the signal.
        public var status: Int32
        /// What it wrote to standard output.
        public var output: String
        /// What it wrote to standard error.
        public var errors: String
    }

    /// Runs a program to its end.
    public static func run(
        _ program: String,
        _ arguments: [String],
        adding environment: [String: String] = [:]
    ) async throws -> Ended {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, because a pipe that nobody empties would stop the program.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appendingPathComponent("output")
        let errors = folder.appendingPathComponent("errors")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run(output: output.path, errors: errors.path)
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return Ended(
            status: process.terminationStatus,
            output: (try? String(contentsOf: output, encoding: .utf8)) ?? "",
            errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        )
    }
}

extension Process {
    /// Starts it with nothing to read and its output in files that exist.
    ///
    /// Foundation keeps the handles that a process got, so they are closed here: with more than a thousand of them,
    /// starting another process has crashed.
    public func run(output: String, errors: String) throws {
        let handles = try [output, errors].map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) }
        defer { for handle in handles { try? handle.close() } }
        standardInput = FileHandle.nullDevice
        standardOutput = handles[0]
        standardError = handles[1]
        try run()
    }
}
