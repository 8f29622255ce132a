internal import Postgres

/// A connection pooler, which shares sessions of the server among its clients.
///
/// In transaction mode its session would keep the leader lock long after the instance that took it is gone.
enum Pooler {
    /// Makes sure that a connection has a session of its own.
    ///
    /// A pooler in transaction mode gives the session that one client has just returned to the next one. Another client may
    /// get it first, so one check is not enough.
    ///
    /// - Parameters:
    ///   - session: An open connection, without a transaction.
    ///   - connections: Opens another connection to the same place.
    /// - Throws: `.connectionFailed` if another connection got the same session, or if the server is unreachable.
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
    /// The error for two connections that turned out to share one session of the server.
    static var sharedSession: PostgresError {
        PostgresError(
            .connectionFailed,
            "two connections share one session of the server: there is a pooler in transaction mode in between",
            hint:
                "Connect to the server itself, or to a pooler in session mode, because the leader lock belongs to a "
                + "session."
        )
    }
}
