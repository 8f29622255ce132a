internal import Advisor
internal import Postgres
internal import Synchronization

/// Ends a measurement for which another session waits.
///
/// A measurement holds weak locks, which neither reads nor writes wait for. But an ALTER TABLE that waits for them makes
/// everybody wait who comes after it.
final class WaitingSessions: Sendable {
    private let connections: ConnectionPool
    private let transaction: ReadOnlyTransaction
    private let measuring = Mutex<Int32?>(nil)

    private static let pause = Duration.milliseconds(500)

    init(_ connections: ConnectionPool, in transaction: ReadOnlyTransaction) {
        self.connections = connections
        self.transaction = transaction
    }

    /// Says which process measures.
    func watch(process: Int32) { measuring.withLock { $0 = process } }

    /// Runs a measurement until it ends or a session waits for it.
    ///
    /// - Parameter measure: The measurement, which is cancelled when a session waits.
    /// - Returns: Its result, or who waits.
    /// - Throws: The error of the measurement, unless it was cancelled for a session.
    func yielding<Success: Sendable>(
        _ measure: @escaping @Sendable () async throws(PostgresError) -> Result<Success, RecallRefusal>
    ) async throws(PostgresError) -> Result<Success, RecallRefusal> {
        let work = Task { () async -> Result<Result<Success, RecallRefusal>, PostgresError> in
            do throws(PostgresError) { return .success(try await measure()) } catch { return .failure(error) }
        }
        let watch = Task { () async -> String? in
            let waiting = await self.firstToWait()
            if waiting != nil { work.cancel() }
            return waiting
        }
        let result = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        watch.cancel()
        if case .failure(let error) = result, error.code == .cancelled, !Task.isCancelled,
            let waiting = await watch.value
        {
            return .failure(
                RecallRefusal(
                    "\(waiting) waits for a lock on the table, so the measurement gave way",
                    hint: "Try again when that session has ended.",
                    isPassing: true
                )
            )
        }
        return try result.get()
    }

    /// Waits until a session waits, and describes it; `nil` when cancelled.
    private func firstToWait() async -> String? {
        while (try? await Task.sleep(for: Self.pause)) != nil {
            guard let process = measuring.withLock({ $0 }) else { continue }
            let transaction = transaction
            let waiting = try? await connections.use { (connection) async throws(PostgresError) -> String? in
                let statement = Statement(PackageResources.waiting_session_sql, [process])
                guard let row = try await connection.read([statement], in: transaction)[0].first else { return nil }
                return try LockingSession(
                    processID: row["process_id", as: Int.self],
                    role: row["role", as: String?.self],
                    application: row["application", as: String?.self]
                ).name
            }
            if let waiting = waiting.flatMap({ $0 }) { return waiting }
        }
        return nil
    }
}

extension LockingSession {
    /// The session as the subject of a sentence.
    fileprivate var name: String {
        "process \(processID ?? 0)" + (role.map { " of role \(Identifier($0))" } ?? "")
            + (application.flatMap { $0.isEmpty ? nil : " (\(Literal($0)))" } ?? "")
    }
}
