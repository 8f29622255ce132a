import DatabaseFixture
import Foundation
import Testing

@Suite("docs/clients.md")
struct ClientDocumentTests {
    @Test("says what the files of Tests/Clients say")
    func document() async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PYTHON"],
            "VECSTEWARD_TEST_PYTHON is not set: run scripts/test"
        )
        let reading = ClientProgram.folder.appendingPathComponent("reading.json").path
        let written = try await Command.run(python, [ClientProgram.program, "document", "--reading", reading])
        #expect(written.status == 0, "\(written.errors)")
        let file = ClientProgram.folder.appendingPathComponent("../../docs/clients.md")
        let isSame = try String(contentsOf: file, encoding: .utf8) == written.output
        #expect(
            isSame,
            "Tests/Clients/clients.py document --reading Tests/Clients/reading.json >docs/clients.md writes it anew"
        )
    }
}
