/// A table (or partitioned table) with one of its vector columns.
public struct Collection: Sendable, Equatable {
    /// Schema, table and column.
    public var name: CollectionName
    /// The role that owns the table.
    public var owner: String
    /// Whether the owner is a superuser; membership in it would give far more than the table.
    public var isOwnerSuperuser: Bool
    /// The column's type.
    public var type: VectorType
    /// The column's dimensions; `nil` if it was declared without.
    public var dimensions: Int?
    /// Whether the type of the column is a domain, which pgvector cannot index directly.
    public var isOfDomain: Bool
    /// The type of a column that is not a vector column, in SQL, such as `real[]`; `nil` for a vector column.
    ///
    /// Such a column is a collection because of an index on an expression over it; ``type`` and ``dimensions`` are
    /// those of the expression.
    public var declaredType: String?
    /// Whether other tables inherit from the table.
    ///
    /// Their rows are not in ``relations``: an index on the table contains only its own rows, but a search on it also
    /// reads theirs unless it says ONLY.
    public var hasChildren: Bool
    /// Whether the table is partitioned; then its rows are in ``relations``, one for each leaf partition.
    public var isPartitioned: Bool
    /// The table itself, or the leaf partitions ordered by name, without foreign tables.
    public var relations: [Relation]
    /// The vector indexes of a partitioned table itself, which contain no rows.
    public var partitionedIndexes: [VectorIndex]
    /// The partitioned table itself and the partitioned tables below it, each with its indexes.
    public var partitionedTables: [PartitionedTable] = []
    /// The partitions that are foreign tables, ordered by name; no index here can contain their rows.
    public var foreignPartitions: [ForeignPartition] = []
    /// The schemas and owners of the partitions of all levels, each once; both may differ from those of the table.
    public var partitionHomes: Set<Home>
    /// What the role of the poll may do with the table.
    public var access: Access
    /// The searches that were seen, the most frequent first, and then those that the configuration states;
    /// ``CatalogSnapshot/searchSources`` says what was read.
    public var searches: [Search] = []
    /// The object identifier of the table, of a partitioned one that of the whole.
    public var tableOID: UInt32? { isPartitioned ? wholeOID : relations.first?.oid }

    private var wholeOID: UInt32? {
        partitionedTables.first { $0.schema == name.schema && $0.table == name.table }?.oid
    }

    /// Creates a collection.
    public init(
        name: CollectionName,
        owner: String,
        isOwnerSuperuser: Bool = false,
        type: VectorType,
        dimensions: Int?,
        isOfDomain: Bool = false,
        declaredType: String? = nil,
        hasChildren: Bool = false,
        isPartitioned: Bool = false,
        relations: [Relation],
        partitionedIndexes: [VectorIndex] = [],
        partitionHomes: Set<Home> = [],
        access: Access = Access()
    ) {
        self.name = name
        self.owner = owner
        self.isOwnerSuperuser = isOwnerSuperuser
        self.type = type
        self.dimensions = dimensions
        self.isOfDomain = isOfDomain
        self.declaredType = declaredType
        self.hasChildren = hasChildren
        self.isPartitioned = isPartitioned
        self.relations = relations
        self.partitionedIndexes = partitionedIndexes
        self.partitionHomes = partitionHomes
        self.access = access
    }

    /// A partition that is a foreign table.
    public struct ForeignPartition: Sendable, Equatable {
        /// The schema.
        public var schema: String
        /// The table.
        public var table: String
        /// The partitioned table that it is a partition of.
        public var parentOID: UInt32?
        /// Its bound in the syntax of `ATTACH PARTITION`; `nil` while the table is locked.
        public var bound: String?

        /// Creates a foreign partition.
        public init(schema: String, table: String, parentOID: UInt32? = nil, bound: String? = nil) {
            self.schema = schema
            self.table = table
            self.parentOID = parentOID
            self.bound = bound
        }
    }

    /// A partitioned table of any level.
    public struct PartitionedTable: Sendable, Equatable {
        /// The object identifier, which is valid for one snapshot only.
        public var oid: UInt32
        /// The partitioned table that it is a partition of; `nil` at the top level.
        public var parentOID: UInt32?
        /// The schema.
        public var schema: String
        /// The table.
        public var table: String
        /// Its indexes, which contain no rows; each is valid once every partition has a valid part of it.
        public var indexes: [VectorIndex]

        /// Creates a partitioned table.
        public init(oid: UInt32, parentOID: UInt32?, schema: String, table: String, indexes: [VectorIndex]) {
            self.oid = oid
            self.parentOID = parentOID
            self.schema = schema
            self.table = table
            self.indexes = indexes
        }
    }

    /// The schema and the owner of a table.
    public struct Home: Sendable, Hashable {
        /// The schema.
        public var schema: String
        /// The role that owns the table.
        public var owner: String
        /// Whether the owner is a superuser.
        public var isOwnerSuperuser: Bool

        /// Creates a place.
        public init(schema: String, owner: String, isOwnerSuperuser: Bool) {
            self.schema = schema
            self.owner = owner
            self.isOwnerSuperuser = isOwnerSuperuser
        }
    }

    /// The schema and the owner of the table itself.
    public var home: Home { Home(schema: name.schema, owner: owner, isOwnerSuperuser: isOwnerSuperuser) }

    /// The rows of all relations.
    public var rows: RowCount { RowCount.sum(relations.map(\.rows)) }

    /// The rows of all relations that have a vector.
    public var vectorRows: RowCount { RowCount.sum(relations.map(\.vectorRows)) }

    /// Whether every row has a vector, as far as is known.
    public var hasVectorInEachRow: Bool {
        let (all, vectors) = (rows, vectorRows)
        return all.value == vectors.value && vectors.source != .atMost
    }

    /// Whether there are rows, and none of them has a vector; meanwhile no index is of use.
    public var hasNoVectors: Bool { rows.value > 0 && vectorRows.value == 0 && vectorRows.source != .unknown }

    /// The privileges of the role of the poll.
    public struct Access: Sendable, Equatable {
        /// Whether the role may read the vector column, and so count rows.
        public var canSelect: Bool
        /// Whether the role owns the table, directly or by membership, and so may build an index.
        public var isOwner: Bool
        /// Whether the role may create objects in the schema, which an index also needs.
        public var canCreateInSchema: Bool
        /// Whether row security hides rows from this role, which would make a count wrong.
        public var isRowSecurityActive: Bool

        /// Creates privileges; by default the role has them all.
        public init(
            canSelect: Bool = true,
            isOwner: Bool = true,
            canCreateInSchema: Bool = true,
            isRowSecurityActive: Bool = false
        ) {
            self.canSelect = canSelect
            self.isOwner = isOwner
            self.canCreateInSchema = canCreateInSchema
            self.isRowSecurityActive = isRowSecurityActive
        }
    }
}

/// A table that contains rows: a plain table, a materialized view or one leaf partition.
public struct Relation: Sendable, Equatable {
    /// The object identifier, which is valid for one snapshot only.
    public var oid: UInt32
    /// The schema, which may differ from that of the partitioned table.
    public var schema: String
    /// The table.
    public var table: String
    /// The number of rows, and how it is known.
    public var rows: RowCount
    /// The share of rows without a vector, from 0 to 1, as of the last ANALYZE; 0 if the column is NOT NULL, `nil` if
    /// it is unknown.
    public var nullFraction: Double?
    /// Whether it is unlogged: a crash empties it, and so does the promotion of a standby.
    public var isUnlogged: Bool
    /// How often values occur in the column, if the last ANALYZE found equal ones, or vecsteward has read rows; read
    /// only if something will be built.
    public var distinct: DistinctValues?
    /// What is known of the columns that searches filter by; `nil` if there are none, or nobody asked.
    public var filterStatistics: FilterStatistics?
    /// The server's statistics about it.
    public var statistics: TableStatistics
    /// The partitioned table that it is a partition of; `nil` for a table of its own.
    public var parentOID: UInt32?
    /// The vector indexes on the collection's column, ordered by name.
    public var indexes: [VectorIndex]
    /// The holder of an AccessExclusiveLock, or the session that waits for one, in words; meanwhile parts of this are
    /// unknown.
    public var lockedBy: String?
    /// Whether somebody holds a lock that an index build takes, as far as a role without `pg_read_all_stats` can know.
    public var mayBeBuilding: Bool
    /// Why its rows cannot be counted, with the way to fix it; `nil` if they can.
    public var countBlocker: String?

    /// Creates a relation.
    public init(
        oid: UInt32,
        schema: String,
        table: String,
        rows: RowCount,
        nullFraction: Double? = nil,
        isUnlogged: Bool = false,
        distinct: DistinctValues? = nil,
        statistics: TableStatistics,
        indexes: [VectorIndex] = [],
        lockedBy: String? = nil,
        mayBeBuilding: Bool = false,
        countBlocker: String? = nil
    ) {
        self.oid = oid
        self.schema = schema
        self.table = table
        self.rows = rows
        self.nullFraction = nullFraction
        self.isUnlogged = isUnlogged
        self.distinct = distinct
        self.statistics = statistics
        self.indexes = indexes
        self.lockedBy = lockedBy
        self.mayBeBuilding = mayBeBuilding
        self.countBlocker = countBlocker
    }

    /// The rows that have a vector, which are those that an index can contain.
    ///
    /// The share that ANALYZE found applies while few rows have changed. Afterwards, a row without a vector may have
    /// got one, so the number is an upper bound (``RowCount/Source/atMost``), as it is if no ANALYZE has measured the
    /// share.
    public var vectorRows: RowCount {
        guard rows.source != .unknown else { return rows }
        guard let nullFraction else { return RowCount(rows.value, .atMost) }
        guard nullFraction > 0 else { return rows }
        let share = 1 - min(nullFraction, 1)
        guard statistics.isAnalysisOutdated else {
            return RowCount(
                RowCount.whole((Double(rows.value) * share).rounded()),
                rows.isConfirmed ? .statistics : rows.source
            )
        }
        let analyzed = RowCount.whole((statistics.reltuples * share).rounded())
        return RowCount(min(rows.value, analyzed + max(statistics.modifiedSinceAnalyze, 0)), .atMost)
    }
}
