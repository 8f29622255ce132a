import Foundation

/// The real vecs client, from Python.
public enum VecsClient {
    /// Runs Python that finds `vecs`, `numpy as np` and a client `vx` of the database, and returns what it printed.
    ///
    /// Throws with what it wrote to stderr when it fails.
    public static func run(_ python: String, on database: TestDatabase) async throws -> String {
        guard let interpreter = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PYTHON"] else {
            throw FixtureError("VECSTEWARD_TEST_PYTHON is not set: run scripts/test, which installs the vecs client")
        }
        // psycopg2 by name, because SQLAlchemy 2.1 no longer takes it for the meaning of `postgresql`.
        let uri = try database.uri(scheme: "postgresql+psycopg2")
        let script = """
            import os
            import numpy as np
            import vecs
            vx = vecs.create_client(os.environ["VECSTEWARD_TEST_URI"])

            """ + python
        let result = try await run(interpreter, ["-c", script], adding: ["VECSTEWARD_TEST_URI": uri])
        guard result.status == 0 else {
            throw FixtureError("the vecs client failed with status \(result.status):\n\(result.errors)")
        }
        return result.output
    }

    private struct Ended: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    private static func run(
        _ program: String,
        _ arguments: [String],
        adding environment: [String: String]
    ) async throws -> Ended {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, because a pipe that nobody empties would stop the client.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vecs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appendingPathComponent("output")
        let errors = folder.appendingPathComponent("errors")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
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
