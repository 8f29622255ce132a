/// A statement that a finding advises a person to run, as data; Maintenance turns it into SQL with quoted names.
public enum AdvisedStatement: Sendable, Equatable {
    /// Creates an index on a cast of a column.
    case createIndex(on: Table, CastIndex, column: String)
    /// Creates an index on the plain column.
    case createColumnIndex(on: Table, IndexDefinition, column: String)
    /// Creates a B-tree index on columns that searches filter by.
    case createFilterIndex(on: Table, columns: [String])
    /// Writes the statements that create a vector index for each of the most frequent values of a column.
    case writePartialIndexes(on: Table, PartialIndexes)
    /// Searches in a way that can use an index on that cast.
    case searchByCast(on: Table, CastIndex, column: String)
    /// Writes the statements that create indexes on a cast, one for each number of dimensions in the rows.
    case writeCreateIndex(on: Table, CastIndex, column: String)
    /// Writes the statement that gives a column the dimensions of its rows, one for each number of dimensions.
    case writeColumnType(on: Table, CastIndex, column: String)
    /// Shows whether the planner uses an index for a search in the right form.
    case explainSearch(on: Table, Search)
    /// Rebuilds an index concurrently, unchanged.
    case reindex(schema: String, index: String)
    /// Sets the lists that the next build of an IVFFlat index makes.
    case setLists(Int, schema: String, index: String)
    /// Drops an index; the index of a partitioned table cannot be dropped concurrently.
    case dropIndex(schema: String, index: String, isPartitioned: Bool)
    /// Updates the extension in the database to the newer version that is installed on the host.
    case updateExtension
    /// Sets the default number of probes of a database.
    case setProbes(Int, database: String)

    /// Sets the default of a setting of pgvector for new sessions.
    case set(SearchParameter, for: Sessions)

    /// A setting of pgvector, with the value to set.
    public enum SearchParameter: Sendable, Equatable {
        /// `ivfflat.probes`.
        case probes(Int)
        /// `hnsw.ef_search`.
        case efSearch(Int)
        /// `hnsw.iterative_scan` or `ivfflat.iterative_scan` to `relaxed_order`.
        case iterativeScan(IndexMethod)
    }

    /// The sessions that a default is for.
    public enum Sessions: Sendable, Equatable {
        /// Those of a role in a database.
        case role(String, database: String)
        /// All of a database.
        case database(String)
    }

    /// A table by its name.
    public struct Table: Sendable, Equatable {
        /// The schema, as the catalog spells it.
        public var schema: String
        /// The table, as the catalog spells it.
        public var name: String
    }

    /// Vector indexes for the rows with one value of a column each, like an index that there is.
    public struct PartialIndexes: Sendable, Equatable {
        /// The column, if the index is on the plain column.
        public var column: String
        /// The indexed expression as the catalog spells it; `nil` for the plain column.
        public var expression: String?
        /// The operator class.
        public var operatorClass: String
        /// The schema of the operator class.
        public var operatorClassSchema: String
        /// The method.
        public var method: IndexMethod
        /// The storage parameters, each as `name=value`; those of IVFFlat go by the rows instead.
        public var options: [String]
        /// The column with the values.
        public var filterColumn: String
        /// The most values.
        public var most: Int
    }

    /// A search that an existing index can serve.
    public struct Search: Sendable, Equatable {
        /// The column, if the index is on the plain column.
        public var column: String
        /// The indexed expression as the catalog spells it; `nil` for the plain column.
        public var expression: String?
        /// The predicate of a partial index as the catalog spells it.
        public var predicate: String?
        /// The operator.
        public var distanceOperator: String
        /// The schema of pgvector.
        public var operatorSchema: String
    }
}

extension Relation {
    /// The table, for a statement.
    var place: AdvisedStatement.Table { AdvisedStatement.Table(schema: schema, name: table) }
}
