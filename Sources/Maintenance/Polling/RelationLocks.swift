internal import Advisor
internal import Postgres

/// Locks that block a reader, or suggest a build, by relation.
struct RelationLocks {
    /// The locks on one relation.
    struct Lock {
        /// Who holds or waits for an AccessExclusiveLock, in words.
        var exclusive: String?
        /// Whether somebody holds a lock of the kind that a build takes.
        var mayBeBuilding: Bool
    }

    private var locks: [UInt32: Lock] = [:]

    /// Reads rows of `poll_locks.sql`.
    mutating func add(_ rows: Rows) throws(PostgresError) {
        for row in rows {
            let process = try row["process_id", as: Int?.self]
            let isExclusive = try row["is_exclusive", as: Bool.self]
            locks[try row.oid("oid")] = Lock(
                exclusive: isExclusive
                    ? process.map { "an AccessExclusiveLock of process \($0)" } ?? "an AccessExclusiveLock" : nil,
                mayBeBuilding: try row["may_be_building", as: Bool.self]
            )
        }
    }

    subscript(oid: UInt32) -> Lock? { locks[oid] }
}
