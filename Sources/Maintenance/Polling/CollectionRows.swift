internal import Advisor
internal import Postgres

/// The collections of a database, assembled from rows of relations as they arrive.
struct CollectionRows {
    private let isWanted: @Sendable (CollectionName) -> Bool
    private var plain: [Collection] = []
    /// The names of `plain`, written while the client waits for the server, to sort by.
    private var plainNames = NameOrder()
    private var partitioned: [Key: Collection] = [:]
    private var parts: [Key: [Relation]] = [:]
    private var homes: [Key: Set<Collection.Home>] = [:]
    private var partitionedTables: [Key: [Collection.PartitionedTable]] = [:]
    private var foreignParts: [Key: [Collection.ForeignPartition]] = [:]

    /// A vector column that the partitions of one partitioned table share.
    private struct Key: Hashable {
        var rootOID: UInt32
        var column: String
    }

    /// - Parameter isWanted: Which collections to read.
    init(where isWanted: @escaping @Sendable (CollectionName) -> Bool) {
        self.isWanted = isWanted
    }

    /// Reads rows of `poll_relations.sql`.
    mutating func add(
        _ rows: Rows,
        names: CatalogNames,
        indexes: inout IndexRows,
        locks: RelationLocks,
        seesAllActivity: Bool
    ) throws(PostgresError) {
        for row in rows {
            let oid = try row.oid("oid")
            let root = try row["root_oid", as: Int64?.self].map { UInt32(truncatingIfNeeded: $0) } ?? oid
            let key = Key(rootOID: root, column: try row["column", as: String.self])
            let isPartitioned = try row.flag("is_partitioned")
            let attnum = try row["attnum", as: Int.self]
            var collection = try Collection(row, column: key.column, isPartitioned: isPartitioned, names: names)
            var found = indexes.remove(of: IndexRows.Place(tableOID: oid, attnum: attnum))
            let parentOID = try row["parent_oid", as: Int64?.self].map { UInt32(truncatingIfNeeded: $0) }
            if try row.flag("is_foreign") {
                guard root != oid else { continue }
                let part = Collection.ForeignPartition(
                    schema: collection.name.schema,
                    table: collection.name.table,
                    parentOID: parentOID,
                    bound: try row["partition_bound", as: String?.self]
                )
                foreignParts[key, default: []].append(part)
                continue
            }
            for index in found.indices where found[index].expression == nil {
                // An index on the plain column takes these from the column.
                found[index].indexedType = collection.type
                found[index].indexedDimensions = collection.dimensions
            }
            if isPartitioned {
                partitionedTables[key, default: []].append(
                    Collection.PartitionedTable(
                        oid: oid,
                        parentOID: parentOID,
                        schema: collection.name.schema,
                        table: collection.name.table,
                        indexes: found
                    )
                )
            }
            switch (isPartitioned, key.rootOID == oid) {
            case (true, true):
                collection.partitionedIndexes = found
                partitioned[key] = collection
            case (true, false):
                // A level between the root and the leaves contains no rows.
                homes[key, default: []].insert(collection.home)
            case (false, true):
                guard isWanted(collection.name) else { continue }
                collection.adoptType(from: found)
                guard collection.type != .bit || Self.isEmbedding(collection, found) else { continue }
                collection.relations = [
                    try Relation(row, oid: oid, collection, found, locks: locks, seesAllActivity: seesAllActivity)
                ]
                plainNames.append(collection.name)
                plain.append(collection)
            case (false, false):
                homes[key, default: []].insert(collection.home)
                var part = try Relation(
                    row,
                    oid: oid,
                    collection,
                    found,
                    locks: locks,
                    seesAllActivity: seesAllActivity
                )
                part.parentOID = parentOID
                parts[key, default: []].append(part)
            }
        }
    }

    /// Removes and returns all collections, ordered by name.
    mutating func takeCollections() -> [Collection] {
        var collections = plain
        var names = plainNames
        plain = []
        for (key, var collection) in partitioned where isWanted(collection.name) {
            collection.relations = (parts[key] ?? []).sorted { ($0.schema, $0.table) < ($1.schema, $1.table) }
            collection.partitionHomes = homes[key] ?? []
            collection.partitionedTables =
                (partitionedTables[key] ?? []).sorted { ($0.schema, $0.table) < ($1.schema, $1.table) }
            collection.foreignPartitions =
                (foreignParts[key] ?? []).sorted { ($0.schema, $0.table) < ($1.schema, $1.table) }
            let found = collection.relations.flatMap(\.indexes) + collection.partitionedIndexes
            collection.adoptType(from: found)
            guard collection.type != .bit || Self.isEmbedding(collection, found) else { continue }
            names.append(collection.name)
            collections.append(collection)
        }
        collections.move(inOrder: names.sorted())
        return collections
    }

    /// The fewest bits that count as an embedding, not as a set of flags, if no vector index decides it.
    private static let fewestBits = 64

    /// Whether a column of type `bit` holds embeddings.
    private static func isEmbedding(_ collection: Collection, _ indexes: [VectorIndex]) -> Bool {
        !indexes.isEmpty || collection.dimensions ?? 0 >= fewestBits
    }

}

extension Collection {
    /// Reads a row of `poll_relations.sql`, except for its relations.
    fileprivate init(
        _ row: Row,
        column: String,
        isPartitioned: Bool,
        names: CatalogNames
    ) throws(PostgresError) {
        let declaredType = try row["declared_type", as: String?.self]
        // For a column of another type, its indexes show the vector type.
        let type =
            declaredType == nil
            ? try names.type(try row.oid("type_oid")) : CatalogNames.ColumnType(type: .vector, isDomain: false)
        let typmod = try row["typmod", as: Int.self]
        let schema = try names.schema(try row.oid("schema_oid"))
        let table = try row["table", as: String.self]
        let owner = try names.owner(try row.oid("owner_oid"))
        self.init(
            name: CollectionName(schema: schema.name, table: table, column: column),
            owner: owner.name,
            isOwnerSuperuser: owner.isSuperuser,
            type: type.type,
            dimensions: declaredType == nil ? type.domainDimensions ?? (typmod > 0 ? typmod : nil) : nil,
            isOfDomain: type.isDomain,
            declaredType: declaredType,
            hasChildren: try row.flag("has_children"),
            isPartitioned: isPartitioned,
            relations: [],
            access: Access(
                canSelect: try !row.flag("cannot_select") && schema.canUse,
                isOwner: owner.isMember,
                canCreateInSchema: schema.canUse && schema.canCreate,
                isRowSecurityActive: try row.flag("is_row_security_active")
            )
        )
    }
}

extension Collection {
    /// Takes type and dimensions from the first index, if the column itself has no vector type.
    fileprivate mutating func adoptType(from indexes: [VectorIndex]) {
        guard declaredType != nil, let index = indexes.first(where: { $0.indexedType != nil }) else { return }
        type = index.indexedType ?? type
        dimensions = index.indexedDimensions
    }
}

extension Relation {
    /// Reads a row of `poll_relations.sql`; the access is that of the relation itself, as in `collection`.
    fileprivate init(
        _ row: Row,
        oid: UInt32,
        _ collection: Collection,
        _ indexes: [VectorIndex],
        locks: RelationLocks,
        seesAllActivity: Bool
    ) throws(PostgresError) {
        let isUnlogged = try row.flag("is_unlogged")
        let statistics = try TableStatistics(row)
        let name = collection.name
        let lock = locks[oid]
        self.init(
            oid: oid,
            schema: name.schema,
            table: name.table,
            rows: RowCount.estimate(from: statistics, type: collection.type, dimensions: collection.dimensions),
            nullFraction: try row["null_fraction", as: Double?.self],
            isUnlogged: isUnlogged,
            statistics: statistics,
            indexes: indexes,
            lockedBy: lock?.exclusive ?? indexes.lazy.compactMap { locks[$0.oid]?.exclusive }.first,
            mayBeBuilding: !seesAllActivity && lock?.mayBeBuilding == true
        )
    }
}

extension TableStatistics {
    /// Reads a row of `poll_relations.sql`.
    fileprivate init(_ row: Row) throws(PostgresError) {
        self.init(
            reltuples: try row["reltuples", as: Double.self],
            relpages: try row["relpages", as: Int64.self],
            currentPages: try row["current_pages", as: Int64?.self],
            isRewritten: try row.flag("is_rewritten"),
            liveTuples: try row["live_tuples", as: Int64.self],
            deadTuples: try row["dead_tuples", as: Int64.self],
            inserted: try row["inserted", as: Int64.self],
            updated: try row["updated", as: Int64.self],
            deleted: try row["deleted", as: Int64.self],
            modifiedSinceAnalyze: try row["modified_since_analyze", as: Int64.self],
            analyzeCount: try row["analyze_count", as: Int64.self],
            isVacuumed: try row.flag("is_vacuumed"),
            lastMaintenanceAt: try row["last_maintenance_at", as: Double?.self],
            sequentialScans: try row["sequential_scans", as: Int64.self],
            sequentialRowsRead: try row["sequential_rows_read", as: Int64.self]
        )
    }
}
