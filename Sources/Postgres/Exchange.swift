internal import CLibPQ
internal import Glibc

/// Sending statements and receiving results on one connection, without blocking.
struct Exchange: Sendable {
    let handle: ConnectionHandle

    /// Queues a statement; it is sent when a result is waited for.
    func send(_ statement: Statement) throws(PostgresError) {
        let values = statement.parameters.map { $0.map { strdup($0) } ?? nil }
        defer { for value in values { free(value) } }
        let pointers = values.map { UnsafePointer<CChar>($0) }
        let sent = PQsendQueryParams(handle.pointer, statement.sql, Int32(pointers.count), nil, pointers, nil, nil, 0)
        if sent == 0 { throw lost(statement: statement.sql) }
    }

    func enterPipeline() throws(PostgresError) {
        if PQenterPipelineMode(handle.pointer) == 0 { throw lost() }
    }

    func exitPipeline() { _ = PQexitPipelineMode(handle.pointer) }

    func sync() throws(PostgresError) {
        if PQpipelineSync(handle.pointer) == 0 { throw lost() }
    }

    /// Waits for the next result; `nil` ends those of a statement.
    func nextResult(
        until deadline: ContinuousClock.Instant?,
        isCancellable: Bool
    ) async throws(PostgresError) -> Result? {
        while true {
            let flushing = PQflush(handle.pointer)
            if flushing < 0 { throw lost() }
            if PQisBusy(handle.pointer) == 0 {
                return PQgetResult(handle.pointer).map { Result(adopting: $0) }
            }
            let socket = handle.socket
            guard socket >= 0 else { throw lost() }
            let ending = await Readiness.wait(
                for: socket,
                reading: true,
                writing: flushing > 0,
                until: deadline,
                isCancellable: isCancellable
            )
            switch ending {
            case .finished: if PQconsumeInput(handle.pointer) == 0 { throw lost() }
            case .timedOut: throw PostgresError(code: .timedOut, message: "no answer in the time allowed")
            case .cancelled: throw PostgresError(code: .cancelled, message: "cancelled")
            }
        }
    }

    /// Cancels what runs, waits until the server has taken note, and drops all results, so that neither a late cancel
    /// nor a late result meets the next statement.
    ///
    /// - Returns: Whether the connection is clear.
    func cancelAndClear(within time: Duration) async -> Bool {
        let deadline = ContinuousClock.now + time
        let isPipeline = PQpipelineStatus(handle.pointer) != PQ_PIPELINE_OFF
        let cancelled = await offPool(until: deadline, isCancellable: false) { [handle] in handle.cancel() }
        guard case .finished = cancelled else { return false }
        var ends = 0
        do {
            while true {
                guard let result = try await nextResult(until: deadline, isCancellable: false) else {
                    // In a pipeline every statement ends with a nil, and all of them with a sync.
                    ends += 1
                    if !isPipeline || ends > 1_000 { return true }
                    continue
                }
                if PQresultStatus(result.pointer) == PGRES_PIPELINE_SYNC { return true }
                ends = 0
            }
        } catch {
            return false
        }
    }

    private func lost(statement: String? = nil) -> PostgresError {
        PostgresError(
            code: .connectionLost,
            message: handle.message.isEmpty ? "the connection was lost" : handle.message,
            statement: statement
        )
    }
}
