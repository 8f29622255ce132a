import DatabaseFixture
import Foundation

/// Tests/Clients/clients.py, which does what a test asks of a client in one process: to import a client takes longer than
/// all its searches.
final class ClientProgram: @unchecked Sendable {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Clients")
    static let program = folder.appendingPathComponent("clients.py").path

    /// The interpreter of an environment that has the clients.
    static func python() throws -> String {
        guard let python = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_CLIENTS_PYTHON"] else {
            throw FixtureError(
                "VECSTEWARD_TEST_CLIENTS_PYTHON is not set: run scripts/test --long, which installs the clients"
            )
        }
        return python
    }

    // Only the queue uses them.
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = FileManager.default.temporaryDirectory.appendingPathComponent("client-\(UUID().uuidString)")
    private let queue = DispatchQueue(label: "client")

    private init(_ client: String, _ database: TestDatabase) throws {
        process.executableURL = URL(fileURLWithPath: try Self.python())
        process.arguments = [Self.program, "serve", client, "--dimensions", "\(Self.dimensions)", "--rows", "200"]
        process.environment = ProcessInfo.processInfo.environment.merging(["VECSTEWARD_TEST_URI": database.conninfo]) {
            $1
        }
        process.standardInput = input
        process.standardOutput = output
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    /// Runs a client that works in a database, and ends it whatever happens.
    static func run<Result>(
        _ client: String,
        in database: TestDatabase,
        _ body: (ClientProgram) async throws -> Result
    ) async throws -> Result {
        let program = try ClientProgram(client, database)
        do {
            let result = try await body(program)
            await program.end()
            return result
        } catch {
            await program.end()
            throw error
        }
    }

    /// The dimensions of the embeddings.
    static let dimensions = 8

    /// The searches of the client, as its file declares them.
    func searches() async throws -> [DeclaredSearch] { try await answer(to: ["do": "describe"]) }

    /// Makes the client's tables with so many rows.
    func prepare(rows: Int) async throws {
        let _: Nothing? = try await answer(to: ["do": "prepare", "rows": rows])
    }

    /// Searches in new sessions, and waits for their end.
    ///
    /// - Returns: How many rows each search returned.
    @discardableResult
    func search(_ search: DeclaredSearch, times: Int) async throws -> [Int] {
        try await answer(to: ["do": "search", "search": search.name, "times": times])
    }

    /// Searches once, and does something while the session of the search is still open.
    func holding<Result>(_ search: DeclaredSearch, _ body: () async throws -> Result) async throws -> Result {
        let _: Nothing? = try await answer(to: ["do": "search", "search": search.name, "times": 1, "hold": true])
        let result = try await body()
        let _: [Int] = try await answer(to: [:])
        return result
    }

    private struct Nothing: Decodable {}
    private struct Failure: Decodable { var error: String }

    private func answer<Answer: Decodable>(to request: [String: Any]) async throws -> Answer {
        let line = try JSONSerialization.data(withJSONObject: request) + Data("\n".utf8)
        let answer = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Data, any Error>) in
            queue.async { continuation.resume(with: Result { try self.exchange(line) }) }
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        if let failure = try? decoder.decode(Failure.self, from: answer) {
            throw FixtureError("clients.py: \(failure.error)")
        }
        return try decoder.decode(Answer.self, from: answer)
    }

    private func exchange(_ line: Data) throws -> Data {
        try input.fileHandleForWriting.write(contentsOf: line)
        var answer = Data()
        while answer.last != UInt8(ascii: "\n") {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else {
                let report = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
                throw FixtureError("clients.py has ended: \(report)")
            }
            answer += part
        }
        return answer
    }

    private func end() async {
        await withCheckedContinuation { continuation in
            queue.async {
                try? self.input.fileHandleForWriting.close()
                self.process.waitUntilExit()
                try? FileManager.default.removeItem(at: self.errors)
                continuation.resume()
            }
        }
    }
}
