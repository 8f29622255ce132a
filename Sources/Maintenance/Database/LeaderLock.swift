internal import Postgres

/// The advisory lock that decides which instance is the leader in a database; all others only poll.
///
/// It belongs to a session and ends with it, however that ends. vecsteward never waits for it: a session that waits for
/// a lock has a snapshot, and a concurrent build would wait for that. Anybody who may connect can take the lock, so an
/// instance that does not get it checks who holds it.
enum LeaderLock {
    /// `pg_locks.classid` of the lock: the letters "vecs".
    static let classID: Int32 = 1_986_356_083
    /// `pg_locks.objid` of the lock: the letters "stew".
    static let objectID: Int32 = 1_937_007_991

    /// Tries to take the lock; a second success of the same session would count twice.
    static func acquire(_ session: inout Connection) async throws(PostgresError) -> Bool {
        let statement = Statement(
            "SELECT pg_catalog.pg_try_advisory_lock($1::pg_catalog.int4, $2::pg_catalog.int4) AS leads",
            [classID, objectID]
        )
        return try await session.query(statement, timeout: .seconds(30)).one()["leads", as: Bool.self]
    }

    /// Releases the lock.
    static func release(_ session: inout Connection) async throws(PostgresError) {
        let statement = Statement(
            "SELECT pg_catalog.pg_advisory_unlock($1::pg_catalog.int4, $2::pg_catalog.int4)",
            [classID, objectID]
        )
        _ = try await session.query(statement, timeout: .seconds(30))
    }

    /// Who else holds the lock; if several share it, the one that cannot be a vecsteward.
    static func holder(_ session: inout Connection) async throws(PostgresError) -> LockHolder? {
        try await LockHolder.find(classID: Int64(classID), objectID: Int64(objectID), subID: 2, on: &session)
    }

    /// Whether there is a leader in this database.
    static func isTaken(_ session: inout Connection) async throws(PostgresError) -> Bool {
        guard let holder = try await holder(&session) else { return false }
        return holder.isPlausible
    }
}
