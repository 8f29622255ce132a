internal import Advisor
internal import Postgres

/// What the schema `vecsteward` holds that a look goes by: the version, the latest builds, and the queue.
struct RecordedState {
    /// The version of the schema.
    private(set) var version = 0
    /// The latest build of each index; none where the version is not that of this program.
    private(set) var builds: [BuildRecord] = []
    /// The queue; `nil` where the version is not that of this program.
    private(set) var queue: ObservedQueue?

    /// Whether this program knows the version.
    var isOfThisVersion: Bool { version == StateSchema.version }

    /// What is read, in one round trip.
    private static let statements = [
        Statement(PackageResources.schema_version_sql),
        Statement(PackageResources.build_latest_sql),
        Statement(PackageResources.job_outlook_sql, [ObservedQueue.limit]),
    ]

    /// Reads it, and nothing but the version of a schema that another version of the program has made.
    ///
    /// - Throws: When the server refuses or the connection is lost.
    static func read(
        on connection: inout Connection,
        in transaction: ReadOnlyTransaction
    ) async throws(PostgresError) -> RecordedState {
        var state = RecordedState()
        do {
            try await connection.read(statements, in: transaction) { (position, rows) throws(PostgresError) in
                try state.take(rows, of: position)
            }
        } catch {
            // Another version may have other columns, which the server complains of.
            guard error.code == .server, state.version > 0, !state.isOfThisVersion else { throw error }
        }
        return state
    }

    private mutating func take(_ rows: Rows, of position: Int) throws(PostgresError) {
        for row in rows {
            switch position {
            case 0:
                version = try row["version", as: Int.self]
                if isOfThisVersion { queue = ObservedQueue(entries: []) }
            case _ where !isOfThisVersion: return
            case 1: builds.append(try BuildRecord(row))
            default:
                queue?.entries.append(try QueueEntry(row))
                queue?.total = try row["total", as: Int64.self]
                queue?.failed = try row["failed", as: Int64.self]
            }
        }
    }
}

extension Observation {
    /// Fills in what vecsteward has recorded of its own builds; an index that somebody rebuilt since is not one of them.
    mutating func take(_ builds: [BuildRecord]) {
        let recorded = Dictionary(
            builds.map { ($0.identity, RecordedBuild(rows: $0.rows, source: $0.source, sizeBytes: $0.sizeBytes)) },
            uniquingKeysWith: { first, _ in first }
        )
        for collection in collections.indices {
            for relation in collections[collection].relations.indices {
                for index in collections[collection].relations[relation].indexes.indices {
                    let seen = collections[collection].relations[relation].indexes[index]
                    let identity = IndexIdentity(oid: seen.oid, relfilenode: seen.relfilenode)
                    collections[collection].relations[relation].indexes[index].recorded = recorded[identity]
                }
            }
        }
    }
}
