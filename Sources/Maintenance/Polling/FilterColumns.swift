internal import Advisor
internal import Postgres

/// Reads what the server knows of the columns that searches filter by, and of the scans of the indexes that serve these.
///
/// It takes one round trip, and a second one where pg_qualstats is there and was not when it last looked.
struct FilterColumns {
    var transaction: ReadOnlyTransaction
    var memory: FilterMemory

    /// The most columns of tables and partitions that one poll reads; of what is searched less often nothing is known.
    private static let most = 2_000

    /// Adds ``Relation/filterStatistics`` and ``VectorIndex/scanCounts``.
    ///
    /// - Throws: If the connection is lost. What the server refuses stays unknown.
    func complete(_ snapshot: inout CatalogSnapshot, on connection: inout Connection) async throws(PostgresError) {
        let question = Self.question(about: snapshot)
        guard !question.places.isEmpty || !question.indexes.isEmpty else { return }
        let known = memory.conditions
        var results: [Rows]
        var counted: Rows?
        do throws(PostgresError) {
            (results, counted) = try await ask(question, known, on: &connection)
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            // The extension has gone, or is another one.
            memory.conditions = nil
            guard known != nil else { return }
            do throws(PostgresError) {
                (results, counted) = try await ask(question, nil, on: &connection)
            } catch {
                guard error.code == .server, connection.isUsable else { throw error }
                return
            }
        }
        let conditions = try results[2].first.map { row throws(PostgresError) in try CountedConditions(row) }
        memory.conditions = conditions
        if let conditions, !conditions.isPermitted {
            snapshot.missingPrivileges.append(conditions.refusal(snapshot.server.role))
        }
        if conditions != known { counted = try await counts(conditions, question, on: &connection) }
        try add(results[3], to: &snapshot)
        let places = question.places
        var found: [UInt32: FilterStatistics] = [:]
        for place in places { found[place.oid] = FilterStatistics() }
        for row in results[1] {
            found[try row.oid("oid")]?.indexes.append(
                ValueIndex(name: try row["name", as: String.self], columns: try row["columns", as: [String].self])
            )
        }
        if let counted {
            for row in counted {
                let condition = FilterStatistics.Condition(
                    column: try row["column", as: String.self],
                    operation: try row["operation", as: String.self]
                )
                found[try row.oid("oid")]?.counted[condition] = CountedCondition(
                    rows: try row["rows", as: Int64.self],
                    dropped: try row["dropped", as: Int64.self]
                )
            }
        }
        var columns: [UInt32: [Row]] = [:]
        for row in results[0] { columns[try row.oid("oid"), default: []].append(row) }
        for collection in snapshot.collections.indices {
            for position in snapshot.collections[collection].relations.indices {
                let relation = snapshot.collections[collection].relations[position]
                guard var statistics = found[relation.oid] else { continue }
                for row in columns[relation.oid] ?? [] { try statistics.add(row, rows: relation.rows.value) }
                snapshot.collections[collection].relations[position].filterStatistics = statistics
            }
        }
    }

    /// Asks in one round trip, also for what pg_qualstats has counted if it was there the last time.
    private func ask(
        _ question: FilterQuestion,
        _ conditions: CountedConditions?,
        on connection: inout Connection
    ) async throws(PostgresError) -> (rows: [Rows], counted: Rows?) {
        var statements = [
            Statement(PackageResources.filter_statistics_sql, question.columns),
            Statement(PackageResources.filter_indexes_sql, question.columns),
            CountedConditions.source,
            Statement(PackageResources.scan_counts_sql, [question.indexes.map { Int64($0) }]),
        ]
        let isCounted = conditions?.isPermitted ?? false
        if let conditions, isCounted { statements += [conditions.check, conditions.counts(question.columns)] }
        let rows = try await connection.read(statements, in: transaction)
        return (rows, isCounted ? rows.last : nil)
    }

    /// Reads what pg_qualstats has counted; `nil` if it is not there, or may not be read.
    private func counts(
        _ conditions: CountedConditions?,
        _ question: FilterQuestion,
        on connection: inout Connection
    ) async throws(PostgresError) -> Rows? {
        guard let conditions, conditions.isPermitted else { return nil }
        do throws(PostgresError) {
            return try await connection.read(
                [conditions.check, conditions.counts(question.columns)],
                in: transaction
            )[1]
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            // The next poll asks on its own again, because a refusal would take the rest with it.
            memory.conditions = nil
            return nil
        }
    }

    /// Adds rows of `scan_counts.sql`.
    private func add(_ rows: Rows, to snapshot: inout CatalogSnapshot) throws(PostgresError) {
        var counts: [UInt32: ScanCounts] = [:]
        for row in rows {
            counts[try row.oid("oid")] = ScanCounts(
                scans: try row["scans", as: Int64.self],
                rows: try row["rows", as: Int64.self]
            )
        }
        guard !counts.isEmpty else { return }
        snapshot.updateIndexes { index, _ in index.scanCounts = counts[index.oid] }
    }

    /// The columns of conditions that statistics can tell something of, and the indexes of the collections that are searched with
    /// any condition.
    private static func question(about snapshot: CatalogSnapshot) -> FilterQuestion {
        var filtered: [(columns: Set<String>, collection: Collection, calls: Int64)] = []
        for collection in snapshot.collections {
            var columns: Set<String> = []
            var calls: Int64 = 0
            var isFiltered = false
            for search in collection.searches where search.shape.kind == .nearest && !search.shape.filters.isEmpty {
                for filter in search.shape.filters where filter.test != .other || filter.operation != nil {
                    columns.formUnion(filter.columns)
                }
                calls = max(calls, search.recent.calls ?? 0)
                isFiltered = true
            }
            if isFiltered { filtered.append((columns, collection, calls)) }
        }
        var question = FilterQuestion()
        for (columns, collection, _) in filtered.sorted(by: { $0.calls > $1.calls }) {
            if question.places.count + columns.count * collection.relations.count <= most {
                for relation in collection.relations {
                    question.places += columns.sorted().map { FilterQuestion.Place(oid: relation.oid, column: $0) }
                }
            }
            let indexes = collection.relations.flatMap(\.indexes).filter {
                $0.isUsable && [.hnsw, .ivfflat].contains($0.method)
            }
            if question.indexes.count + indexes.count <= most { question.indexes += indexes.map(\.oid) }
        }
        return question
    }
}

/// What there is to read of a snapshot.
private struct FilterQuestion {
    /// A column of a table.
    struct Place {
        var oid: UInt32
        var column: String
    }

    /// The columns, those of the most frequent searches first.
    var places: [Place] = []
    /// The indexes.
    var indexes: [UInt32] = []

    /// The parameters of statements about the columns.
    var columns: [any ParameterEncodable] { [places.map { Int64($0.oid) }, places.map(\.column)] }
}

extension FilterStatistics {
    /// Adds a row of `filter_statistics.sql`.
    fileprivate mutating func add(_ row: Row, rows: Int64) throws(PostgresError) {
        let column = try row["column", as: String.self]
        if try row["is_unlimited", as: Bool.self] { unlimited.insert(column) }
        guard try row["is_readable", as: Bool.self] else {
            unreadable.insert(column)
            return
        }
        analyzedAt = try row["analyzed_at", as: Double?.self]
        guard let distinct = try row["n_distinct", as: Double?.self] else { return }
        columns[column] = ColumnValues(
            nDistinct: distinct,
            nullShare: try row["null_share", as: Double?.self] ?? 0,
            mostCommonShare: try row["most_common_share", as: Double?.self],
            trueShare: try row["true_share", as: Double?.self],
            rows: rows
        )
    }
}
