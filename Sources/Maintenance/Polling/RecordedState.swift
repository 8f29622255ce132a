internal import Advisor
internal import Postgres

/// The contents of the schema `vecsteward` that a poll uses: the version, the latest builds, and the queue.
struct RecordedState {
    private let kinds: JobKinds
    /// The version of the schema.
    private(set) var version = 0
    /// The latest build of each index; empty if the schema has another version than this program.
    private(set) var builds: [IndexIdentity: KnownBuild] = [:]
    /// What jobs in the background have found out about each index: of each kind the latest, then the first.
    private(set) var evidence: [IndexIdentity: [IndexEvidence]] = [:]
    /// The searches of the last day.
    private(set) var searches: [RecordedSearch] = []
    /// What its builds have shown.
    private(set) var history = BuildHistory()
    /// The queue; `nil` if the schema has another version than this program.
    private(set) var queue: QueueSnapshot?

    /// Whether the schema has the version of this program.
    var isOfThisVersion: Bool { version == StateSchema.version }

    private init(kinds: JobKinds) { self.kinds = kinds }

    /// How many builds a prediction looks back on.
    private static let historyLimit = 200

    /// What is read, in one round trip.
    private static func statements(_ kinds: JobKinds) -> [Statement] {
        [
            Statement(PackageResources.schema_version_sql),
            Statement(PackageResources.recorded_baselines_sql),
            Statement(PackageResources.recorded_history_sql, [historyLimit]),
            kinds.statement(PackageResources.job_outlook_sql, [QueueSnapshot.limit]),
            Statement(PackageResources.job_remedies_sql),
            Statement(PackageResources.recorded_evidence_sql),
            Statement(PackageResources.recorded_searches_sql),
        ]
    }

    /// Reads the state, or only the version of a schema that another version of the program has created.
    ///
    /// - Throws: If the server rejects a statement or the connection is lost.
    static func read(
        on connection: inout Connection,
        in transaction: ReadOnlyTransaction,
        kinds: JobKinds
    ) async throws(PostgresError) -> RecordedState {
        var state = RecordedState(kinds: kinds)
        do {
            try await connection.read(statements(kinds), in: transaction) { (position, rows) throws(PostgresError) in
                try state.read(rows, of: position)
            }
        } catch {
            // Another version may have other columns, which would be an error.
            guard error.code == .server, state.version > 0, !state.isOfThisVersion else { throw error }
        }
        return state
    }

    private mutating func read(_ rows: Rows, of position: Int) throws(PostgresError) {
        for row in rows {
            do throws(PostgresError) {
                try read(row, of: position)
            } catch {
                guard error.code == .decoding, position > 0, isOfThisVersion else { throw error }
                let table: UnreadableRow.Table =
                    switch position {
                    case 1, 2: .build
                    case 5: .evidence
                    default: .job
                    }
                let row = UnreadableRow(table, id: try row["id", as: Int64.self], reason: error.message)
                if queue?.unreadable.contains(row) == false { queue?.unreadable.append(row) }
            }
        }
    }

    private mutating func read(_ row: Row, of position: Int) throws(PostgresError) {
        switch position {
        case 0:
            version = try row["version", as: Int.self]
            if isOfThisVersion { queue = QueueSnapshot(entries: []) }
        case _ where !isOfThisVersion: return
        case 1:
            let identity = IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
            builds[identity] = try KnownBuild(row)
        case 2:
            if let build = try PastBuild(row) { history.builds.append(build) }
        case 5:
            let identity = IndexIdentity(
                oid: try row.oid("index_oid"),
                relfilenode: try row.oid("index_relfilenode")
            )
            evidence[identity, default: []].append(try IndexEvidence(row))
        case 6: if let search = try RecordedSearch(row) { searches.append(search) }
        case 4: queue?.remedies.append(try PastRemedy(row, kinds: kinds))
        default:
            queue?.total = try row["total", as: Int64.self]
            queue?.failed = try row["failed", as: Int64.self]
            queue?.entries.append(try QueueEntry(row, kinds: kinds))
        }
    }
}

/// The record of a build, with what shows whether it is still valid.
struct KnownBuild {
    private let build: LastBuild
    /// When it was built or first seen, in seconds since 1970 UTC.
    private let builtAt: Double
    /// Whether it was on a server whose standby has taken over.
    private let hasMoved: Bool

    /// Reads a row of `recorded_baselines.sql`.
    fileprivate init(_ row: Row) throws(PostgresError) {
        guard let source = LastBuild.Source(rawValue: try row["source", as: String.self]) else {
            throw PostgresError(.decoding, "a build of an unknown source")
        }
        build = LastBuild(
            rows: try row["rows", as: Int64.self],
            tableRows: try row["table_rows", as: Int64?.self],
            source: source,
            sizeBytes: try row["size_bytes", as: Int64?.self],
            lists: try row["lists", as: Int?.self]
        )
        builtAt = try row["built_at", as: Double.self]
        hasMoved = try row["has_moved", as: Bool.self]
    }

    /// The record as it applies now.
    fileprivate func record(of relation: Relation, on server: ServerFacts) -> LastBuild {
        var build = build
        build.isLost = relation.isUnlogged && (hasMoved || server.cameUpAt.map { $0 > builtAt } ?? false)
        return build
    }
}

extension IndexEvidence {
    /// Reads a row of `recorded_evidence.sql`.
    fileprivate init(_ row: Row) throws(PostgresError) {
        self.init(
            kind: try row["kind", as: String.self],
            figures: try row.pairs("names", "figures"),
            settings: try row.pairs("setting_names", "setting_values"),
            takenAt: try row["taken_epoch", as: Double.self],
            rows: try row["rows", as: Int64.self],
            writes: try row["writes", as: Int64.self]
        )
    }
}

extension PastBuild {
    /// Reads a row of `recorded_history.sql`; `nil` if it lacks what a comparison needs.
    fileprivate init?(_ row: Row) throws(PostgresError) {
        guard let parameters = try ParameterColumns.parameters(of: row),
            let shape = try BuildShape(row, rows: "rows")
        else { return nil }
        self.init(
            place: CollectionName(
                schema: try row["table_schema", as: String.self],
                table: try row["table_name", as: String.self],
                column: try row["column_name", as: String.self]
            ),
            parameters: parameters,
            shape: shape,
            seconds: try row["statement_seconds", as: Double.self],
            workers: try row["parallel_workers", as: Int.self],
            memoryBytes: try row["maintenance_work_memory_bytes", as: Int64.self],
            sizeBytes: try row["size_bytes", as: Int64?.self],
            phases: try BuildPhases(row, "training_seconds", "assigning_seconds")
        )
    }
}

extension CatalogSnapshot {
    /// Fills in what vecsteward has recorded of its own builds; an index that somebody rebuilt since is not one of them.
    mutating func add(_ recorded: [IndexIdentity: KnownBuild], _ evidence: [IndexIdentity: [IndexEvidence]]) {
        let server = server
        updateIndexes { index, relation in
            index.recorded = recorded[index.identity]?.record(of: relation, on: server)
            index.evidence = evidence[index.identity] ?? []
        }
    }
}
