internal import Postgres

/// The advisory lock that decides who acts in a database; whoever holds it leads, and all others observe.
///
/// It belongs to a session and ends with it, however that ends. It is only ever tried for: a session that waits for a
/// lock has a snapshot, and a concurrent build would wait for it.
enum LeadLock {
    /// `pg_locks.classid` of the lock: the letters "vecs".
    static let classID: Int32 = 1_986_356_083
    /// `pg_locks.objid` of the lock: the letters "stew".
    static let objectID: Int32 = 1_937_007_991

    /// Tries for the lock; once it is held, trying again would count it twice.
    static func take(_ session: inout Connection) async throws(PostgresError) -> Bool {
        let statement = Statement(
            "SELECT pg_catalog.pg_try_advisory_lock($1::int4, $2::int4) AS leads",
            [classID, objectID]
        )
        return try await session.query(statement, timeout: .seconds(30)).one()["leads", as: Bool.self]
    }

    /// Gives the lock back.
    static func release(_ session: inout Connection) async throws(PostgresError) {
        let statement = Statement(
            "SELECT pg_catalog.pg_advisory_unlock($1::int4, $2::int4)",
            [classID, objectID]
        )
        _ = try await session.query(statement, timeout: .seconds(30))
    }

    /// Whether somebody leads in this database.
    static func isTaken(_ session: inout Connection) async throws(PostgresError) -> Bool {
        let statement = Statement(
            """
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_locks AS lock
                WHERE lock.locktype = 'advisory' AND lock.granted
                    AND lock.classid = $1::int4::pg_catalog.oid AND lock.objid = $2::int4::pg_catalog.oid
                    AND lock.database = (
                        SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
                    )
            ) AS is_taken
            """,
            [classID, objectID]
        )
        return try await session.query(statement, timeout: .seconds(30)).one()["is_taken", as: Bool.self]
    }
}
