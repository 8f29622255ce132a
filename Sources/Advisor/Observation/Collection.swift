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
    /// Whether the table is partitioned; its rows are then in ``relations``, one for each leaf partition.
    public var isPartitioned: Bool
    /// The table itself, or the leaf partitions ordered by name, without the foreign ones.
    public var relations: [Relation]
    /// The vector indexes of a partitioned table itself, which hold no rows.
    public var partitionedIndexes: [VectorIndex]
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
        self.isPartitioned = isPartitioned
        self.relations = relations
        self.partitionedIndexes = partitionedIndexes
        self.partitionHomes = partitionHomes
        self.access = access
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
    /// What the server's statistics say of it.
    public var statistics: TableStatistics
    /// The vector indexes on the collection's column, ordered by name.
    public var indexes: [VectorIndex]
    /// Who holds or waits for an AccessExclusiveLock, in words; while it is there, parts of this are unknown.
    public var lockedBy: String?
    /// Whether somebody holds a lock under which an index might be being built, as far as a role without
    /// `pg_read_all_stats` can tell.
    public var mayBeBuilding: Bool
    /// Why its rows cannot be counted, in words that say what would mend it; `nil` where they can.
    public var countObstacle: String?

    /// Puts a relation together.
    public init(
        oid: UInt32,
        schema: String,
        table: String,
        rows: RowCount,
        nullFraction: Double? = nil,
        statistics: TableStatistics,
        indexes: [VectorIndex] = [],
        lockedBy: String? = nil,
        mayBeBuilding: Bool = false,
        countObstacle: String? = nil
    ) {
        self.oid = oid
        self.schema = schema
        self.table = table
        self.rows = rows
        self.nullFraction = nullFraction
        self.statistics = statistics
        self.indexes = indexes
        self.lockedBy = lockedBy
        self.mayBeBuilding = mayBeBuilding
        self.countObstacle = countObstacle
    }

    /// The rows that have a vector, which are those that an index can hold; all rows where nothing tells how many have none.
    public var vectorRows: RowCount {
        guard let nullFraction, nullFraction > 0 else { return rows }
        return RowCount(Int64((Double(rows.value) * (1 - min(nullFraction, 1))).rounded()), rows.source)
    }

    /// The rows that an index of this table holds, or would hold if it were built now.
    ///
    /// A partial index holds a share of the rows, which its own row count says: a build counts its rows, ANALYZE and VACUUM
    /// estimate them, and each does so together with the table's. Rows that came since are taken to have the same share.
    ///
    /// - Parameter index: The index.
    /// - Returns: The rows; of a partial index whose share nothing tells all rows with a vector, which are the most that it
    ///   can hold, with the source ``RowCount/Source/unknown``.
    public func rows(in index: VectorIndex) -> RowCount {
        let vectors = vectorRows
        guard index.predicate != nil else { return vectors }
        // A build on no rows, which nothing has looked at since.
        guard index.reltuples >= 0, statistics.reltuples > 0 else { return RowCount(vectors.value, .unknown) }
        let share = min(1, index.reltuples / statistics.reltuples)
        let held = min(RowCount.whole((share * Double(rows.value)).rounded()), vectors.value)
        // Counted were the rows of the table, and the share is an estimate.
        return RowCount(held, rows.isConfirmed ? .statistics : rows.source)
    }
}
