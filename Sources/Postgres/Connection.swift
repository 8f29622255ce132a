internal import CLibPQ

/// One session on a PostgreSQL server.
///
/// It cannot be copied, and every use is mutating, so only one statement runs at a time and nobody gets a session in
/// the middle of somebody else's transaction. Waiting never blocks a thread of the caller. Cancelling the task cancels
/// the statement on the server. The caller is responsible for the session's settings, except for `client_encoding`
/// (UTF8) and `application_name`.
public struct Connection: ~Copyable, Sendable {
    let link: LibPQConnection
    let cancelRight: CancelRight

    /// The server's version as a number, such as 160014 for 16.14.
    public let serverVersion: Int
    /// The process that serves this session, as in `pg_stat_activity.pid`.
    public let processID: Int32

    /// Connects.
    ///
    /// - Parameters:
    ///   - target: Where to connect; service files, `.pgpass` and the environment add what it leaves open.
    ///   - timeout: The time that each listed host has to answer, including name resolution and log-in. A slower host
    ///     is skipped, and the others are tried.
    ///   - applicationName: The name in `pg_stat_activity`, unless the target sets one.
    ///
    /// - Returns: The connection, ready for a statement.
    /// - Throws: `.connectionFailed` (with the server's SQLSTATE if a server refused it), `.timedOut` or `.cancelled`.
    public static func open(
        _ target: ConnectionTarget,
        timeout: Duration,
        applicationName: String
    ) async throws(PostgresError) -> Connection {
        var handshake = Handshake(target, timeout: timeout, applicationName: applicationName)
        let link = try await handshake.complete()
        guard let pointer = link.pointer, PQsetnonblocking(pointer, 1) == 0,
            let cancelRight = CancelRight(connection: pointer)
        else { throw PostgresError(.connectionFailed, "out of memory for a connection") }
        return Connection(
            link: link,
            cancelRight: cancelRight,
            serverVersion: Int(PQserverVersion(pointer)),
            processID: PQbackendPID(pointer)
        )
    }

    /// Runs one statement and returns its rows; none for a command.
    ///
    /// Throws `.server` if the server rejects it, `.timedOut` or `.cancelled` if the timeout or the task ended it (the
    /// statement has really stopped, and the connection is usable), `.connectionLost` or `.invalidStatement`. A
    /// statement that ends before the cancel reaches it counts as done and returns its rows. Afterwards `isUsable` is
    /// false in two cases: the connection is lost, or the server did not stop the statement within 5 seconds.
    public mutating func query(
        _ statement: Statement,
        timeout: Duration? = nil
    ) async throws(PostgresError) -> Rows {
        let results = try await perform(.statement(statement), timeout: timeout)
        guard let rows = results.first else {
            throw PostgresError(.connectionLost, "the server sent no result", statement: statement.sql)
        }
        return rows
    }

    /// Runs several statements in one round trip and returns the rows of each.
    ///
    /// Without BEGIN they form one transaction. After the first failure the rest is skipped, and that failure is thrown
    /// with its statement; a transaction block that the pipeline has opened is rolled back. Otherwise as `query`.
    public mutating func pipeline(
        _ statements: [Statement],
        timeout: Duration? = nil
    ) async throws(PostgresError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        return try await perform(.pipeline(statements), timeout: timeout)
    }

    /// Runs several statements in one round trip and passes on their rows as they arrive.
    ///
    /// The caller can process rows while the server produces the next ones, and no row is kept. Rows come in the order
    /// of the statements, in any number of portions; a statement without rows does not call the closure.
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - timeout: The time for all of them together.
    ///   - receive: Gets the position of a statement and some of its rows.
    /// - Throws: As `pipeline`. An error of the closure is thrown when the server is done, and the closure is not
    ///   called again.
    public mutating func stream(
        _ statements: [Statement],
        timeout: Duration? = nil,
        receive: (Int, Rows) throws(PostgresError) -> Void
    ) async throws(PostgresError) {
        guard !statements.isEmpty else { return }
        var failure: PostgresError?
        _ = try await perform(.stream(statements), timeout: timeout) { statement, rows in
            guard failure == nil else { return }
            do throws(PostgresError) {
                try receive(statement, rows)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Runs a text with any number of statements, without parameters or rows.
    ///
    /// Errors are those of `query`.
    public mutating func run(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        _ = try await perform(.script(script), timeout: timeout)
    }

    /// Runs `COPY ... TO STDOUT`, and passes on what it sends as it arrives.
    ///
    /// Nothing is kept: while the closure works the server waits, so memory stays the same whatever the table has.
    ///
    /// - Parameters:
    ///   - sql: The statement, without parameters.
    ///   - timeout: The time for all of it.
    ///   - receive: Gets some of the data; their limits mean nothing.
    /// - Throws: As ``query(_:timeout:)``.
    public mutating func copy(
        _ sql: String,
        timeout: Duration? = nil,
        receive: ([UInt8]) async -> Void
    ) async throws(PostgresError) {
        _ = try await perform(.copy(sql), timeout: timeout, receiveCopy: receive)
    }

    /// Runs `COPY ... TO STDOUT` as far as it is wanted, and passes on what it sends as it arrives.
    ///
    /// - Parameters:
    ///   - sql: The statement, without parameters.
    ///   - timeout: The time for all of it.
    ///   - receive: Gets some of the data; their limits mean nothing. Once it returns false the server is asked to stop, and what
    ///     is still on its way is passed on too.
    /// - Returns: Whether it came to its end.
    /// - Throws: As ``query(_:timeout:)``.
    public mutating func copy(
        beginningOf sql: String,
        timeout: Duration? = nil,
        receive: ([UInt8]) -> Bool
    ) async throws(PostgresError) -> Bool {
        var isEnough = false
        do throws(PostgresError) {
            _ = try await perform(
                .copy(sql),
                timeout: timeout,
                receiveCopy: { bytes in if !receive(bytes) { isEnough = true } },
                isEnough: { isEnough }
            )
            return true
        } catch {
            guard isEnough, error.sqlState == .queryCanceled, isUsable, !Task.isCancelled else { throw error }
            return false
        }
    }

    /// Whether the connection can run another statement, as far as is known without asking the server.
    public var isUsable: Bool { link.isAlive }

    /// Whether an idle session has received nothing from its server, which sends a message when it ends a session.
    ///
    /// A message that is still on its way is unknown.
    var isQuiet: Bool { link.socket.map { !SocketWait.isReadable($0) } ?? false }

    /// Whether a transaction block is open, even a failed one.
    public var isInTransaction: Bool {
        [PQTRANS_INTRANS, PQTRANS_INERROR].contains(link.transactionStatus)
    }

    /// Returns the notices that the server has sent since the last call.
    ///
    /// Only the first 1,000 are kept, and libpq prints none of them.
    public mutating func takeNotices() -> [Notice] { link.takeNotices() }

    /// Sends the end of the session to the server and closes.
    ///
    /// Releasing the connection does the same.
    public consuming func close() { link.finish() }
}
