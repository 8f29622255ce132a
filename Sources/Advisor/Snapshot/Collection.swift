/// A table (or partitioned table) and one vector column of it.
public struct Collection: Sendable, Equatable {
    /// Schema, table and column.
    public var name: CollectionName
    /// The role that owns the table.
    public var owner: String
    /// Whether the owner is a superuser, membership in which gives far more than the table.
    public var isOwnerSuperuser: Bool
    /// The column's type.
    public var type: VectorType
    /// The column's dimensions, `nil` where it was declared without.
    public var dimensions: Int?
    /// Whether the column is of a domain over the type, of which pgvector indexes no column as it is.
    public var isOfDomain: Bool
    /// The type of a column that is none of pgvector's, as SQL spells it, such as `real[]`; `nil` for a vector column.
    ///
    /// Such a column is a collection for an index on an expression over it, which ``type`` and ``dimensions`` are those of.
    public var declaredType: String?
    /// Whether other tables inherit from the table.
    ///
    /// Their rows are not among ``relations``: an index on the table holds its own rows alone, while a search on it reads
    /// theirs too unless it says ONLY.
    public var hasChildren: Bool
    /// Whether the table is partitioned; its rows are then in ``relations``, one for each leaf partition.
    public var isPartitioned: Bool
    /// The table itself, or the leaf partitions ordered by name, without the foreign ones.
    public var relations: [Relation]
    /// The vector indexes of a partitioned table itself, which hold no rows.
    public var partitionedIndexes: [VectorIndex]
    /// The partitioned table itself and the partitioned tables below it, each with its indexes.
    public var partitionedTables: [PartitionedTable] = []
    /// The partitions that are foreign tables, ordered by name: no index here can hold their rows.
    public var foreignPartitions: [ForeignPartition] = []
    /// Whose the partitions of all levels are and where, each once: they need not be where and whose their table is.
    public var partitionHomes: Set<Home>
    /// What the role that looked may do with the table.
    public var access: Access

    /// Puts a collection together.
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
        /// Its bound as `ATTACH PARTITION` takes it; `nil` while the table is locked.
        public var bound: String?

        /// Names a foreign partition.
        public init(schema: String, table: String, parentOID: UInt32? = nil, bound: String? = nil) {
            self.schema = schema
            self.table = table
            self.parentOID = parentOID
            self.bound = bound
        }
    }

    /// A partitioned table of any level.
    public struct PartitionedTable: Sendable, Equatable {
        /// The object identifier, which is good for one observation only.
        public var oid: UInt32
        /// The partitioned table that it is a partition of, `nil` for the uppermost.
        public var parentOID: UInt32?
        /// The schema.
        public var schema: String
        /// The table.
        public var table: String
        /// Its indexes, which hold no rows: each is valid once all partitions have a valid part of it.
        public var indexes: [VectorIndex]

        /// Describes a partitioned table.
        public init(oid: UInt32, parentOID: UInt32?, schema: String, table: String, indexes: [VectorIndex]) {
            self.oid = oid
            self.parentOID = parentOID
            self.schema = schema
            self.table = table
            self.indexes = indexes
        }
    }

    /// The schema that a table is in, and the role that owns it.
    public struct Home: Sendable, Hashable {
        /// The schema.
        public var schema: String
        /// The role that owns the table.
        public var owner: String
        /// Whether the owner is a superuser.
        public var isOwnerSuperuser: Bool

        /// Describes where a table is and whose.
        public init(schema: String, owner: String, isOwnerSuperuser: Bool) {
            self.schema = schema
            self.owner = owner
            self.isOwnerSuperuser = isOwnerSuperuser
        }
    }

    /// Where the table itself is, and whose.
    public var home: Home { Home(schema: name.schema, owner: owner, isOwnerSuperuser: isOwnerSuperuser) }

    /// All rows of all relations.
    public var rows: RowCount { RowCount.sum(relations.map(\.rows)) }

    /// The rows of all relations that have a vector.
    public var vectorRows: RowCount { RowCount.sum(relations.map(\.vectorRows)) }

    /// No row is without a vector, as far as is known.
    public var hasVectorInEachRow: Bool {
        let (all, vectors) = (rows, vectorRows)
        return all.value == vectors.value && vectors.source != .atMost
    }

    /// Rows are known to be there, and none of them has a vector: no index is of use while that is so.
    public var hasNoVectors: Bool { rows.value > 0 && vectorRows.value == 0 && vectorRows.source != .unknown }

    /// Privileges of the role that looked.
    public struct Access: Sendable, Equatable {
        /// May read the vector column, and so count rows.
        public var canSelect: Bool
        /// Owns the table, by itself or by membership, and so may build an index.
        public var isOwner: Bool
        /// May create objects in the schema, which an index needs too.
        public var canCreateInSchema: Bool
        /// Row security hides rows from this role, so that a count would be wrong.
        public var isRowSecurityActive: Bool

        /// Describes privileges; all are there unless said otherwise.
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

/// A table that holds rows: a plain table, a materialized view or one leaf partition.
public struct Relation: Sendable, Equatable {
    /// The object identifier, which is good for one observation only.
    public var oid: UInt32
    /// The schema, which may differ from that of the partitioned table.
    public var schema: String
    /// The table.
    public var table: String
    /// How many rows it holds, and how that is known.
    public var rows: RowCount
    /// The share of the rows that have no vector, from 0 to 1, as the last ANALYZE measured it; 0 where the column is
    /// NOT NULL, `nil` where nothing tells.
    public var nullFraction: Double?
    /// Whether it is unlogged: a crash empties it, and the promotion of a standby.
    public var isUnlogged: Bool
    /// How often values occur in the column, where the last ANALYZE has found equal ones; asked for only where something is
    /// to be built.
    public var distinct: DistinctValues?
    /// What the server's statistics say of it.
    public var statistics: TableStatistics
    /// The partitioned table that it is a partition of, `nil` for a table of its own.
    public var parentOID: UInt32?
    /// The vector indexes on the collection's column, ordered by name.
    public var indexes: [VectorIndex]
    /// Who holds or waits for an AccessExclusiveLock, in words; while it is there, parts of this are unknown.
    public var lockedBy: String?
    /// Whether somebody holds a lock under which an index might be being built, as far as a role without
    /// `pg_read_all_stats` can tell.
    public var mayBeBuilding: Bool
    /// Why its rows cannot be counted, in words that say what would mend it; `nil` where they can.
    public var countBlocker: String?

    /// Puts a relation together.
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

    /// The rows that have a vector, which are those that an index can hold.
    ///
    /// The share of ANALYZE says it while few rows have changed since. After that a row that had no vector may have got
    /// one, so the number is an upper bound (``RowCount/Source/atMost``), as it is where no ANALYZE has measured the share.
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
