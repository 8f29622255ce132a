import DatabaseFixture
import Foundation
import Postgres
import Testing

/// The daemon that was built beside the tests, while it runs.
final class Daemon: Sendable {
    private let process: Process
    private let ended: Task<Void, Never>
    private let folder: TemporaryFolder
    private let log: String

    /// Starts it for some databases of one server.
    ///
    /// - Parameters:
    ///   - databases: What it manages.
    ///   - every: How often it polls.
    ///   - maintenance: The JSON of `maintenance`, without its braces.
    ///   - rules: The JSON of `rules`, without its braces.
    ///   - method: By what method missing indexes are built.
    ///   - user: As whom it connects, the role that has what `grants` prints where nobody is named.
    ///   - password: The password of that role.
    /// - Returns: The daemon.
    /// - Throws: When it cannot be started.
    static func start(
        on databases: [TestDatabase],
        every: String = "1s",
        maintenance: String = "",
        rules: String = "",
        method: String = "auto",
        user: String? = nil,
        password: String? = nil
    ) async throws -> Daemon {
        var list: [String] = []
        for database in databases {
            let connection =
                if let user { try database.connection(user: user) } else { try await database.stewardConnection() }
            let escaped = connection.replacingOccurrences(of: "\\", with: "\\\\")
                .replacingOccurrences(of: "\"", with: "\\\"")
            list.append("{\"name\": \"\(database.name)\", \"connection\": \"\(escaped)\"}")
        }
        let configuration = """
            {
                "databases": [\(list.joined(separator: ", "))],
                "connectTimeout": "30s", "statementTimeout": "30s",
                "poll": {"every": "\(every)"}, "maintenance": {\(maintenance)}, "rules": {\(rules)}, "index": {"method": "\(method)", "measure": "cosine_distance"}
            }
            """
        return try Daemon(configuration, password: password ?? databases.first?.server.password() ?? "")
    }

    /// Starts it with a configuration.
    init(
        _ configuration: String,
        password: String,
        command: [String] = ["run"],
        environment: [String: String] = [:]
    ) throws {
        folder = TemporaryFolder()
        let path = folder.make("config.json", configuration)
        log = folder.make("log", "")
        process = Process()
        process.executableURL = URL(fileURLWithPath: ProgramRun.program)
        process.arguments = command + ["--config", path]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        // By the mark of the run it is found when the tests are killed.
        let mark = ProcessInfo.processInfo.environment.filter { $0.key == "VECSTEWARD_SCRATCH" }
        process.environment = ["HOME": folder.path, "PATH": "/usr/bin:/bin", "PGPASSWORD": password]
            .merging(mark) { own, _ in own }
            .merging(environment) { _, new in new }
        let (running, end) = AsyncStream.makeStream(of: Never.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run(output: "/dev/null", errors: log)
        ended = Task.detached { for await _ in running {} }
    }

    deinit { kill(process.processIdentifier, SIGKILL) }

    /// The process.
    var processID: pid_t { process.processIdentifier }

    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// What it has written.
    var text: String { folder.contents("log") }

    /// Gives it another configuration, and lets it read that.
    func reload(_ configuration: String) {
        _ = folder.make("config.json", configuration)
        kill(process.processIdentifier, SIGHUP)
    }

    /// Waits until it has written a text so many times.
    func wait(for text: String, times: Int = 1) async throws {
        while self.text.components(separatedBy: text).count <= times {
            guard process.isRunning else {
                Issue.record("the daemon ended without saying \"\(text)\":\n\(self.text)")
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until it has polled a database once more, from beginning to end.
    ///
    /// New indexes are made for the purpose, which the daemon records; it does so in the middle of a poll, so that the
    /// record of the second one shows the end of the poll that saw the first.
    func waitForNextPoll(_ database: TestDatabase) async throws {
        for _ in 0..<2 { try await waitForNote(database) }
    }

    private func waitForNote(_ database: TestDatabase) async throws {
        let name = "probe_" + UUID().uuidString.lowercased().prefix(8)
        try await database.execute(
            "CREATE TABLE \(name) (vec vector(2)); CREATE INDEX ON \(name) USING hnsw (vec vector_l2_ops)"
        )
        try await database.wait(
            until: "SELECT count(*) AS number FROM vecsteward.build WHERE table_name = '\(name)'"
        )
        try await database.execute("DROP TABLE \(name)")
    }

    /// Ends it with a signal, and waits for its end.
    ///
    /// - Returns: Its status; that of a process which a signal has killed is the number of the signal.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) async -> Int32 {
        kill(process.processIdentifier, signal)
        await ended.value
        return process.terminationStatus
    }
}

extension TestDatabase {
    /// Waits until a query that calls its only number `number` gives one.
    ///
    /// It asks on one connection, since to open one costs many times as much, and on another where the server ends that.
    func wait(until sql: String, is wanted: Int64 = 1) async throws {
        while true {
            var connection = try await connect()
            if try await comesTrue(sql, wanted, on: &connection) { return }
        }
    }

    /// Waits on one connection; `false` where that is lost.
    private func comesTrue(_ sql: String, _ wanted: Int64, on connection: inout Connection) async throws -> Bool {
        do {
            while try await connection.query(Statement(sql)).one()["number", as: Int64.self] != wanted {
                try await Task.sleep(for: .milliseconds(20))
            }
            return true
        } catch let error as PostgresError {
            if connection.isUsable { throw error }
            return false
        }
    }

    /// Whether the collection that ``DaemonTests/fill(_:table:grownTo:)`` has made has one usable index, and another than then.
    func isRebuilt(_ table: String = "docs") async throws -> Bool {
        try await number(
            """
            SELECT CASE WHEN count(*) = 1 AND min(indexrelid::int8) <> min(original.index::int8) THEN 1 ELSE 0 END AS number
            FROM pg_index
            JOIN pg_class AS class ON class.oid = indexrelid AND class.relam >= 16384
            CROSS JOIN original_\(table) AS original
            WHERE indrelid = '\(table)'::regclass AND indisvalid
            """
        ) == 1
    }

    /// Waits until no job waits for its turn or is running.
    func waitForEmptyQueue() async throws {
        try await wait(
            until: "SELECT count(*) AS number FROM vecsteward.job WHERE finished_at IS NULL OR state = 'failed'",
            is: 0
        )
    }
}
