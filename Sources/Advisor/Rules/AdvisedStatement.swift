/// A statement that a finding advises a person to run, as data: whoever may quote names turns it into SQL.
public enum AdvisedStatement: Sendable, Equatable {
    /// Makes an index on a cast of a column.
    case createIndex(on: Table, CastIndex, column: String)
    /// Searches as an index on that cast can be used.
    case searchByCast(on: Table, CastIndex, column: String)
    /// Writes the statement that makes an index on a cast, one for each number of dimensions that the rows have.
    case writeCreateIndex(on: Table, CastIndex, column: String)
    /// Says whether the planner uses an index for a search as it should be written.
    case explainSearch(on: Table, Search)
    /// Builds an index anew as it is, beside itself.
    case reindex(schema: String, index: String)
    /// Drops an index; that of a partitioned table cannot be dropped concurrently.
    case dropIndex(schema: String, index: String, isPartitioned: Bool)
    /// Makes the newer version of pgvector that is installed on the host the one of the database.
    case updateExtension
    /// Makes a number of probes the default of a database.
    case setProbes(Int, database: String)

    /// A table by its name.
    public struct Table: Sendable, Equatable {
        /// The schema, as the catalog spells it.
        public var schema: String
        /// The table, as the catalog spells it.
        public var name: String
    }

    /// A search by an index that is there.
    public struct Search: Sendable, Equatable {
        /// The column, where it is indexed plainly.
        public var column: String
        /// The indexed expression as the catalog spells it, `nil` for the plain column.
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
