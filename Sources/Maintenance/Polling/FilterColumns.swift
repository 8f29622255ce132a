internal import Advisor
internal import Postgres

/// Reads what the server knows of the columns that searches filter by, in one round trip, and in a second one what
/// pg_qualstats has counted, where it is installed.
struct FilterColumns {
    var transaction: ReadOnlyTransaction

    /// The most columns of tables and partitions that one poll reads; of what is searched less often nothing is known.
    private static let most = 2_000

    /// A column of a table.
    private struct Place: Hashable {
        var oid: UInt32
        var column: String
    }

    /// Adds ``Relation/filterStatistics``.
    ///
    /// - Throws: If the connection is lost. What the server refuses stays unknown.
    func complete(_ snapshot: inout CatalogSnapshot, on connection: inout Connection) async throws(PostgresError) {
        let places = Self.places(in: snapshot)
        guard !places.isEmpty else { return }
        let parameters: [any ParameterEncodable] = [places.map { Int64($0.oid) }, places.map(\.column)]
        let results: [Rows]
        do throws(PostgresError) {
            results = try await connection.read(
                [
                    Statement(PackageResources.filter_statistics_sql, parameters),
                    Statement(PackageResources.filter_indexes_sql, parameters),
                    CountedConditions.source,
                ],
                in: transaction
            )
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            return
        }
        let counted = try await counts(results[2], parameters, into: &snapshot, on: &connection)
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

    /// Reads what pg_qualstats has counted; `nil` if it is not there, or the server refuses.
    private func counts(
        _ source: Rows,
        _ parameters: [any ParameterEncodable],
        into snapshot: inout CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) -> Rows? {
        guard let row = source.first else { return nil }
        let conditions = try CountedConditions(row)
        guard conditions.isPermitted else {
            snapshot.missingPrivileges.append(conditions.refusal(snapshot.server.role))
            return nil
        }
        do throws(PostgresError) {
            return try await connection.read([conditions.check, conditions.counts(parameters)], in: transaction)[1]
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            return nil
        }
    }

    /// The columns of conditions that statistics can tell something of, those of the most frequent searches first.
    private static func places(in snapshot: CatalogSnapshot) -> [Place] {
        var filtered: [(columns: Set<String>, collection: Collection, calls: Int64)] = []
        for collection in snapshot.collections {
            var columns: Set<String> = []
            var calls: Int64 = 0
            for search in collection.searches where search.shape.kind == .nearest && !search.shape.filters.isEmpty {
                for filter in search.shape.filters where filter.test != .other || filter.operation != nil {
                    columns.formUnion(filter.columns)
                }
                calls = max(calls, search.recent.calls ?? 0)
            }
            if !columns.isEmpty { filtered.append((columns, collection, calls)) }
        }
        var places: [Place] = []
        for (columns, collection, _) in filtered.sorted(by: { $0.calls > $1.calls }) {
            let number = columns.count * collection.relations.count
            guard places.count + number <= most else { continue }
            for relation in collection.relations {
                places += columns.sorted().map { Place(oid: relation.oid, column: $0) }
            }
        }
        return places
    }
}

extension FilterStatistics {
    /// Adds a row of `filter_statistics.sql`.
    fileprivate mutating func add(_ row: Row, rows: Int64) throws(PostgresError) {
        let column = try row["column", as: String.self]
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
