internal import Advisor
internal import Postgres

/// Records what indexes of others were built on while the server's statistics still show it: before this program
/// changes them.
struct BaselineKeeper {
    /// The rows that had been inserted into each table with an index at the last poll.
    private var inserted: [RelationName: Int64] = [:]

    /// Records what indexes were built on that others have built since the last poll.
    ///
    /// An index that did not exist at the last poll of this program is new, and holds today's rows, unless many of them
    /// were added since that poll: it may have been built, or its table truncated, before that. About an index that is
    /// seen for the first time, nothing is certain but what its own statistics show.
    ///
    /// - Parameters:
    ///   - snapshot: A new snapshot, from before any ANALYZE that it leads to.
    ///   - busy: The tables of running jobs, whose indexes are about to change.
    ///   - session: An open connection.
    /// - Throws: If the server rejects a statement or the connection is lost.
    mutating func record(
        _ snapshot: CatalogSnapshot,
        exceptOn busy: Set<RelationName>,
        on session: inout Connection
    ) async throws(PostgresError) {
        // Thousands at the first poll; they must not keep their memory for all later polls.
        var builds: [BuildHistoryRow] = []
        for collection in snapshot.collections {
            for relation in collection.relations where !relation.indexes.isEmpty {
                let table = RelationName(relation)
                guard !busy.contains(table) else { continue }
                let before = inserted.updateValue(relation.statistics.inserted, forKey: table)
                let isWatched = before.map { relation.hasFewRows(since: $0) } ?? false
                builds += Self.unrecorded(on: relation, of: collection, isWatched: isWatched)
            }
            if builds.count >= 500 { try await Self.write(&builds, on: &session) }
        }
        try await Self.write(&builds, on: &session)
    }

    /// Records what the indexes of one collection were built on, for a program that has not polled before.
    ///
    /// - Parameters:
    ///   - name: The collection.
    ///   - snapshot: A new snapshot of it, from before any ANALYZE.
    ///   - session: An open connection to a database with the schema `vecsteward`.
    /// - Throws: If the server rejects a statement or the connection is lost.
    static func record(
        _ name: CollectionName,
        in snapshot: CatalogSnapshot,
        on session: inout Connection
    ) async throws(PostgresError) {
        var builds: [BuildHistoryRow] = []
        for collection in snapshot.collections where collection.name == name {
            for relation in collection.relations {
                builds += unrecorded(on: relation, of: collection, isWatched: false)
            }
        }
        try await write(&builds, on: &session)
    }

    private static func unrecorded(
        on relation: Relation,
        of collection: Collection,
        isWatched: Bool
    ) -> [BuildHistoryRow] {
        relation.indexes.compactMap { index in
            guard index.isUsable, index.recorded == nil else { return nil }
            return BuildHistoryRow(of: index, on: relation, collection, isNew: isWatched)
        }
    }

    private static func write(
        _ builds: inout [BuildHistoryRow],
        on session: inout Connection
    ) async throws(PostgresError) {
        guard !builds.isEmpty else { return }
        _ = try await session.queue(Statement(PackageResources.build_observe_sql, BuildHistoryRow.columns(builds)))
        builds.removeAll(keepingCapacity: true)
    }
}

extension Relation {
    /// Whether at most a tenth of its rows were added since so many had been inserted; false after a reset of the
    /// counters.
    fileprivate func hasFewRows(since inserted: Int64) -> Bool {
        let fresh = statistics.inserted - inserted
        return fresh >= 0 && fresh <= rows.value / 10
    }
}

extension BuildHistoryRow {
    /// A build by somebody else; `nil` if rows cannot be compared, or the method is not pgvector's.
    fileprivate init?(of index: VectorIndex, on relation: Relation, _ collection: Collection, isNew: Bool) {
        guard let baseline = Baseline.infer(for: index, on: relation), let parameters = index.parameters else {
            return nil
        }
        // The index's own statistics are as of its build; the current rows may be as of a later poll.
        let isKnown = baseline.certainty == .exact || (baseline.certainty == .likely && !isNew)
        self.init(
            schema: relation.schema,
            table: relation.table,
            column: collection.name.column,
            index: index.name,
            identity: index.identity,
            rows: isKnown ? baseline.rows : relation.vectorRows.value,
            tableRows: isKnown && baseline.tableRows > baseline.rows ? baseline.tableRows : nil,
            source: isKnown || isNew ? .observed : .inferred,
            parameters: parameters,
            sizeBytes: index.sizeBytes
        )
    }

    /// The parameters of `build_observe.sql`.
    fileprivate static func columns(_ builds: [BuildHistoryRow]) -> [any ParameterEncodable] {
        let parameters = builds.map { ParameterColumns($0.parameters) }
        return [
            builds.map(\.schema), builds.map(\.table), builds.map(\.column), builds.map(\.index),
            builds.map { Int64($0.identity.oid) }, builds.map { Int64($0.identity.relfilenode) },
            builds.map(\.rows), builds.map(\.source.rawValue),
            parameters.map(\.method), parameters.map(\.lists), parameters.map(\.m), parameters.map(\.efConstruction),
            builds.map(\.sizeBytes), builds.map(\.tableRows),
        ]
    }
}
