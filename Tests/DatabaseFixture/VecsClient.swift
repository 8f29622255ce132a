public import Foundation

/// The real vecs client, which writes what the tests read.
public enum VecsClient {
    /// Runs Python in which `vx` is a vecs client of the database and `np` is numpy with a fixed seed.
    ///
    /// - Parameters:
    ///   - python: The code.
    ///   - database: The database.
    /// - Returns: What it printed.
    /// - Throws: ``FixtureError`` with what it wrote to standard error.
    public static func run(_ python: String, on database: TestDatabase) async throws -> String {
        guard let interpreter = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PYTHON"] else {
            throw FixtureError("there is no vecs client: run scripts/test, which installs it")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = ["-"]
        process.environment = ProcessInfo.processInfo.environment.merging(["VECS_URL": database.url]) { _, new in new }
        let prelude = """
            import os
            import numpy as np, vecs
            np.random.seed(7)
            vx = vecs.create_client(os.environ["VECS_URL"])

            """
        let output = try await process.output(input: prelude + python)
        if output.status != 0 { throw FixtureError("the vecs client failed:\n\(output.error)") }
        return output.text
    }
}

extension Process {
    /// What a process that has ended leaves.
    public struct Output: Sendable {
        /// Its exit status; 128 and the signal where one ended it.
        public var status: Int32
        /// Its standard output.
        public var text: String
        /// Its standard error.
        public var error: String
    }

    /// Runs to the end without blocking the cooperative pool.
    public func output(input: String? = nil) async throws -> Output {
        let (standardInput, standardOutput, standardError) = (Pipe(), Pipe(), Pipe())
        self.standardInput = input == nil ? FileHandle.nullDevice : standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        let ended = AsyncStream<Int32> { continuation in
            terminationHandler = { process in
                let signal: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
                continuation.yield(signal + process.terminationStatus)
                continuation.finish()
            }
        }
        try run()
        // A pipe holds 64 kB: reading and writing go on side by side.
        async let text = Self.readToEnd(standardOutput)
        async let error = Self.readToEnd(standardError)
        if let input {
            let bytes = Data(input.utf8)
            await Self.offPool { try? standardInput.fileHandleForWriting.write(contentsOf: bytes) }
            try standardInput.fileHandleForWriting.close()
        }
        var status: Int32 = -1
        for await ending in ended { status = ending }
        return Output(status: status, text: await text, error: await error)
    }

    private static func readToEnd(_ pipe: Pipe) async -> String {
        await offPool { String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    }

    private static func offPool<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: work()) }
        }
    }
}
