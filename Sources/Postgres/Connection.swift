internal import CLibPQ

/// A connection to a PostgreSQL server.
///
/// It cannot be copied, and its methods are mutating: the compiler sees to it that one statement runs at a time.
/// Waiting holds no thread. Cancelling the task cancels the statement on the server and leaves the connection usable.
public struct Connection: ~Copyable, Sendable {
    /// How long the server may take to end a statement that was cancelled, before the connection is given up.
    static let clearingTime = Duration.seconds(5)

    private var handle: ConnectionHandle?

    init(adopting handle: ConnectionHandle) { self.handle = handle }

    /// Whether statements can still be sent.
    public var isUsable: Bool { handle?.isConnected ?? false }

    /// The server's version: 160014 is 16.14.
    public var serverVersion: Int { handle.map { Int(PQserverVersion($0.pointer)) } ?? 0 }

    /// The server process that serves this connection.
    public var processID: Int32 { handle.map { PQbackendPID($0.pointer) } ?? 0 }

    /// Closes the connection.
    public consuming func close() { handle = nil }

    /// The notices that have come since the last call.
    public mutating func takeNotices() -> [Notice] { handle?.notices.take() ?? [] }

    /// Runs one statement.
    ///
    /// - Parameters:
    ///   - statement: The statement.
    ///   - timeout: How long it may take; it is cancelled then.
    /// - Returns: Its rows, none for a statement that gives none.
    /// - Throws: The server's error, or ``PostgresError/Code/cancelled``, ``PostgresError/Code/timedOut``,
    ///   ``PostgresError/Code/connectionLost``.
    public mutating func query(
        _ statement: Statement,
        timeout: Duration? = nil
    ) async throws(PostgresError) -> Rows {
        let exchange = try begin()
        try exchange.send(statement)
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var answer = Answer(statement: statement)
        do {
            while let result = try await exchange.nextResult(until: deadline, isCancellable: true) {
                answer.take(result)
            }
        } catch {
            throw await interrupted(by: error, exchange, statement: statement.sql)
        }
        return try finished(answer)
    }

    /// Runs statements in one round trip.
    ///
    /// They share one implicit transaction unless they begin their own. When one fails the later ones are not run, and
    /// a transaction that was begun is rolled back.
    ///
    /// - Parameters:
    ///   - statements: The statements, in their order.
    ///   - timeout: How long all of them may take together.
    /// - Returns: The rows of each.
    /// - Throws: The error of the first one that failed; otherwise as ``query(_:timeout:)``.
    public mutating func pipeline(
        _ statements: [Statement],
        timeout: Duration? = nil
    ) async throws(PostgresError) -> [Rows] {
        let exchange = try begin()
        try exchange.enterPipeline()
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var answers = statements.map { Answer(statement: $0) }
        do {
            for statement in statements { try exchange.send(statement) }
            try exchange.sync()
            for index in answers.indices {
                while let result = try await exchange.nextResult(until: deadline, isCancellable: true) {
                    answers[index].take(result)
                }
            }
            // The sync has a result of its own.
            _ = try await exchange.nextResult(until: deadline, isCancellable: true)
        } catch {
            let interruption = await interrupted(by: error, exchange, statement: nil)
            exchange.exitPipeline()
            await rollBack()
            throw interruption
        }
        exchange.exitPipeline()
        do {
            var results: [Rows] = []
            for answer in answers { results.append(try finished(answer)) }
            return results
        } catch {
            await rollBack()
            throw error
        }
    }

    private mutating func begin() throws(PostgresError) -> Exchange {
        guard let handle, handle.isConnected else {
            throw PostgresError(code: .connectionLost, message: "the connection is closed")
        }
        guard !Task.isCancelled else { throw PostgresError(code: .cancelled, message: "cancelled") }
        return Exchange(handle: handle)
    }

    /// Cancels what runs and clears the way for the next statement; where that fails, gives the connection up.
    private mutating func interrupted(
        by error: PostgresError,
        _ exchange: Exchange,
        statement: String?
    ) async -> PostgresError {
        var error = error
        error.statement = error.statement ?? statement
        if error.code == .cancelled || error.code == .timedOut {
            guard await exchange.cancelAndClear(within: Self.clearingTime) else {
                handle = nil
                return error
            }
        } else if !exchange.handle.isConnected {
            handle = nil
        }
        return error
    }

    /// Leaves a transaction block that a failed or interrupted pipeline left open.
    private mutating func rollBack() async {
        guard let handle, handle.isConnected else { return }
        let status = PQtransactionStatus(handle.pointer)
        guard status == PQTRANS_INERROR || status == PQTRANS_INTRANS else { return }
        let exchange = Exchange(handle: handle)
        let deadline = ContinuousClock.now + Self.clearingTime
        do {
            try exchange.send("ROLLBACK")
            while let result = try await exchange.nextResult(until: deadline, isCancellable: false) { _ = result }
        } catch {
            self.handle = nil
        }
    }

    private mutating func finished(_ answer: Answer) throws(PostgresError) -> Rows {
        if var error = answer.error {
            if handle?.isConnected != true {
                handle = nil
                error.code = .connectionLost
            }
            throw error
        }
        guard let result = answer.result else {
            throw PostgresError(
                code: .protocolViolation,
                message: "the server sent no result",
                statement: answer.statement.sql
            )
        }
        return Rows(result, statement: answer.statement.sql)
    }
}

/// What has come back for one statement.
private struct Answer {
    var statement: Statement
    var result: Result?
    var error: PostgresError?

    init(statement: Statement) { self.statement = statement }

    mutating func take(_ result: Result) {
        switch PQresultStatus(result.pointer) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            self.result = result
        case PGRES_PIPELINE_ABORTED:
            break  // an earlier statement has the error
        case PGRES_FATAL_ERROR:
            error = error ?? PostgresError(result: result.pointer, code: .server, statement: statement.sql)
        default:
            error = error ?? PostgresError(
                code: .protocolViolation,
                message: "COPY is not supported",
                statement: statement.sql
            )
        }
    }
}
