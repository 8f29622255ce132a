import DatabaseFixture
import Postgres
import Synchronization

/// Asks the catalog every few milliseconds whether a collection has a usable index, and notes when it has lost one.
final class IndexProbe: Sendable {
    /// What it saw.
    struct Counts: Sendable {
        /// How often it looked.
        var all = 0
        /// Whether there ever was a usable index.
        var hadIndex = false
        /// How often there was none after there had been one.
        var without = 0
    }

    private let counts = Mutex(Counts())
    private let isOver = Mutex(false)

    /// Reads the table `docs` until `end`, through crashes of the server too.
    func watch(_ database: TestDatabase) async {
        while !isOver.withLock({ $0 }) {
            do {
                var connection = try await database.connect()
                while !isOver.withLock({ $0 }) {
                    let number = try await usableIndexes(&connection)
                    counts.withLock { counts in
                        counts.all += 1
                        if number > 0 { counts.hadIndex = true } else if counts.hadIndex { counts.without += 1 }
                    }
                    try await Task.sleep(for: .milliseconds(5))
                }
            } catch {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Ends.
    func end() -> Counts {
        isOver.withLock { $0 = true }
        return counts.withLock { $0 }
    }

    private func usableIndexes(_ connection: inout Connection) async throws -> Int {
        let usable: Statement = """
            SELECT count(*) AS number
            FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE index.indrelid = 'docs'::regclass AND class.relam >= 16384 AND index.indisvalid AND index.indisready
            """
        return try await connection.query(usable).one()["number", as: Int.self]
    }
}
