internal import CLibPQ

/// One session on a PostgreSQL server.
///
/// It cannot be copied, and every use is mutating, so there is never more than one statement under way and nobody
/// finds the session in the middle of somebody else's transaction. Waiting never blocks a thread of the caller.
/// Cancelling the task cancels the statement on the server. The session's settings are the caller's business, apart
/// from `client_encoding` (UTF8) and `application_name`.
public struct Connection: ~Copyable, Sendable {
    let link: LibPQConnection
    let cancelRight: CancelRight

    /// The server's version as a number, such as 160014 for 16.14.
    public let serverVersion: Int
    /// The process that serves this session, as `pg_stat_activity.pid` has it.
    public let processID: Int32

    /// Connects.
    ///
    /// - Parameters:
    ///   - target: where to; what it leaves open comes from service files, `.pgpass` and the environment.
    ///   - timeout: how long each host that the target lists has for answering, name resolution and log-in
    ///     included. One that takes longer is left out and the others are tried.
    ///   - applicationName: what `pg_stat_activity` shows, unless the target says something else.
    ///
    /// - Returns: the connection, ready for a statement.
    /// - Throws: `.connectionFailed` (with the server's SQLSTATE if it was one that refused), `.timedOut` or
    ///   `.cancelled`.
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
    /// Throws `.server` when the server refuses it, `.timedOut` or `.cancelled` when the timeout or the task ended it
    /// (the connection is usable, and the statement has really stopped), `.connectionLost`, `.invalidStatement`. A
    /// statement that ends before the cancel reaches it counts as done and returns its rows. `isUsable` is false
    /// afterwards in two cases: the connection is lost, or a server did not stop the statement within 5 seconds.
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
    /// Without BEGIN they are one transaction. At the first failure the rest is skipped and that failure is thrown, with
    /// its statement; a transaction block that the pipeline had opened is rolled back. Otherwise as `query`.
    public mutating func pipeline(
        _ statements: [Statement],
        timeout: Duration? = nil
    ) async throws(PostgresError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        return try await perform(.pipeline(statements), timeout: timeout)
    }

    /// Runs several statements in one round trip and hands over their rows as they arrive.
    ///
    /// So rows are worked on while the server makes the next ones, and are not kept. They come in the order of the
    /// statements, in any number of portions; a statement without rows is not heard of.
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - timeout: How long all of them may take.
    ///   - receive: Takes the position of a statement and some of its rows.
    /// - Throws: As `pipeline`. What the closure throws is thrown when the server is done, and it is not called again.
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

    /// Runs a text with any number of statements, without parameters and for their effect.
    ///
    /// Errors are those of `query`.
    public mutating func run(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        _ = try await perform(.script(script), timeout: timeout)
    }

    /// Whether the connection can take another statement, as far as is known without asking the server.
    public var isUsable: Bool { link.isAlive }

    /// Whether an idle session has heard nothing from its server, which says goodbye when it ends one.
    ///
    /// What is only on its way is not known of.
    var isQuiet: Bool { link.socket.map { !SocketWait.isReadable($0) } ?? false }

    /// Whether a transaction block is open, be it sound or failed.
    public var isInTransaction: Bool {
        [PQTRANS_INTRANS, PQTRANS_INERROR].contains(link.transactionStatus)
    }

    /// What the server has said without being asked since this was last called.
    ///
    /// Only the first 1,000 of it are kept, and libpq prints none of it.
    public mutating func takeNotices() -> [Notice] { link.takeNotices() }

    /// Says goodbye to the server and closes.
    ///
    /// Letting go of the connection does the same.
    public consuming func close() { link.finish() }
}
