internal import Advisor
internal import Postgres

/// Writes down what indexes of others were built on, while the server's statistics still tell: before anything of this program
/// changes them.
struct BaselineKeeper {
    /// The rows that had been inserted into each table with an index at the last look.
    private var inserted: [RelationName: Int64] = [:]

    /// Writes down what indexes were built on that others have built since the last look.
    ///
    /// An index that was not there at the last look of this program is new, and holds the rows of now, unless many of them
    /// have come since that look: it may have been built, or its table truncated, before they came. Of an index that is seen
    /// for the first time nothing is sure but what it tells itself, if it does.
    ///
    /// - Parameters:
    ///   - snapshot: What was just seen, before any ANALYZE that it calls for.
    ///   - busy: Tables on which jobs are at work, whose indexes are not what they are going to be.
    ///   - session: An open connection.
    /// - Throws: When the server refuses or the connection is lost.
    mutating func record(
        _ snapshot: CatalogSnapshot,
        exceptOn busy: Set<RelationName>,
        on session: inout Connection
    ) async throws(PostgresError) {
        // Thousands at the first look, which must not take the memory of all the looks after it.
        var builds: [BuildHistoryRow] = []
        for collection in snapshot.collections {
            for relation in collection.relations where !relation.indexes.isEmpty {
                let table = RelationName(schema: relation.schema, name: relation.table)
                guard !busy.contains(table) else { continue }
                let before = inserted.updateValue(relation.statistics.inserted, forKey: table)
                let isWatched = before.map { relation.hasFewRows(since: $0) } ?? false
                builds += Self.unrecorded(on: relation, of: collection, isWatched: isWatched)
            }
            if builds.count >= 500 { try await Self.write(&builds, on: &session) }
        }
        try await Self.write(&builds, on: &session)
    }

    /// Writes down what the indexes of one collection were built on, for a program that has not looked before.
    ///
    /// - Parameters:
    ///   - name: The collection.
    ///   - snapshot: What was just seen of it, before any ANALYZE.
    ///   - session: An open connection to a database with the schema `vecsteward`.
    /// - Throws: When the server refuses or the connection is lost.
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
    /// Whether no more than a tenth of its rows have come since so many had been inserted; unknown after a reset of the
    /// counters, which counts as no.
    fileprivate func hasFewRows(since inserted: Int64) -> Bool {
        let fresh = statistics.inserted - inserted
        return fresh >= 0 && fresh <= rows.value / 10
    }
}

extension BuildHistoryRow {
    /// A build of somebody else; none where rows cannot be compared, or the method is not pgvector's.
    fileprivate init?(of index: VectorIndex, on relation: Relation, _ collection: Collection, isNew: Bool) {
        guard let baseline = Baseline.infer(for: index, on: relation), let parameters = index.parameters else {
            return nil
        }
        // What the index itself tells is as of its build, what there is now may be a poll later.
        let isTold = baseline.certainty == .exact || (baseline.certainty == .likely && !isNew)
        self.init(
            schema: relation.schema,
            table: relation.table,
            column: collection.name.column,
            index: index.name,
            identity: index.identity,
            rows: isTold ? baseline.rows : relation.vectorRows.value,
            tableRows: isTold && baseline.tableRows > baseline.rows ? baseline.tableRows : nil,
            source: isTold || isNew ? .observed : .inferred,
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
