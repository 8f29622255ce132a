import DatabaseFixture
import Postgres
import Synchronization
import Testing

@Suite("A measurement beside writers", .timeLimit(.minutes(10)))
struct RecallWriterTests {
    /// Kinds of which the program computes what the index compares, and of which the server does.
    private static let kinds =
        RecallKind.all.filter { $0.method == "ivfflat" && $0.key == "v" }.prefix(1)
        + RecallKind.all.filter { $0.column == "sparsevec(6)" }.prefix(1)

    @Test("keeps none of them waiting", arguments: TestServer.all, kinds)
    func writers(server: TestServer, kind: RecallKind) async throws {
        try await RecallBench.withTable(on: server, kind, rows: 2_000) { database in
            let isOver = Mutex(false)
            let writer = Task {
                var connection = try await database.connect(as: .application)
                // It shares the table with the measurement alone.
                try await connection.run(script: "SET lock_timeout = '20ms'")
                var number = 0
                while !isOver.withLock({ $0 }) {
                    number += 1
                    try await connection.run(
                        script: """
                            INSERT INTO docs SELECT id + 100000, v FROM docs WHERE id BETWEEN 1 AND 20;
                            UPDATE docs SET id = id + 1000000 WHERE id > 100000 AND id < 200000;
                            DELETE FROM docs WHERE id > 1000000 AND id % 2 = 0
                            """
                    )
                }
                return number
            }
            for _ in 1...3 {
                let run = try await RecallBench.recall(["docs", "--curve", "--what-if"], on: database)
                #expect(run.status == 0, "\(run.text)")
            }
            isOver.withLock { $0 = true }
            #expect(try await writer.value > 10)
        }
    }
}
