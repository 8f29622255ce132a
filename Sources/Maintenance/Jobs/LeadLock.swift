internal import Postgres

/// The advisory lock that decides which program acts in a database; it ends with the session that holds it.
enum LeadLock {
    /// The letters "vecs" and "stew" as numbers, as `pg_locks` has them in `classid` and `objid`.
    static let classID: Int32 = 1_986_356_083
    static let objectID: Int32 = 1_937_007_991

    /// Tries for the lock; the row says so in the column `leads`.
    ///
    /// Only ever tried for: a session that waits for a lock has a snapshot, and a concurrent build would wait for it.
    static var trying: Statement {
        "SELECT pg_catalog.pg_try_advisory_lock(\(classID)::int4, \(objectID)::int4) AS leads"
    }
}
