internal import Postgres

/// A program between this one and the server that shares sessions of the server among its clients.
///
/// In transaction mode it would keep the lock that decides who acts, long after the program that took it is gone.
enum Pooler {
    /// Makes sure that a connection has a session of its own.
    ///
    /// Where a pooler lends sessions for a transaction only, the one that a client has just given back goes to the next.
    /// Another client may take it first, so one look is not enough.
    ///
    /// - Parameters:
    ///   - session: An open connection, with no transaction begun.
    ///   - connections: Where another one is opened.
    /// - Throws: `.connectionFailed` where another connection got the same session, or when the server is out of reach.
    static func demandOwnSession(
        _ session: inout Connection,
        _ connections: ConnectionPool
    ) async throws(PostgresError) {
        var other = try await connections.open()
        for _ in 1...5 {
            let own = try await processID(&session)
            if try await processID(&other) == own { throw PostgresError.sharedSession }
        }
    }

    private static func processID(_ session: inout Connection) async throws(PostgresError) -> Int32 {
        try await session.query("SELECT pg_catalog.pg_backend_pid() AS process_id", timeout: .seconds(30)).one()[
            "process_id",
            as: Int32.self
        ]
    }
}

extension PostgresError {
    /// Two connections turned out to be one session of the server.
    static var sharedSession: PostgresError {
        PostgresError(
            .connectionFailed,
            "two connections are one session of the server: there is a pooler in transaction mode between",
            hint:
                "Connect to the server itself, or to a pooler in session mode, as the lock by which one of several "
                + "programs acts is a session's."
        )
    }
}
