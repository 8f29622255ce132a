package import Advisor
package import Postgres

extension Analyze: StoredJobSpec {
    /// Reads nothing: ANALYZE has no properties.
    package init(_ row: Row) throws(PostgresError) { self.init() }
}

extension DropIndex: StoredJobSpec {
    /// Reads the index from a row of `vecsteward.job`.
    package init(_ row: Row) throws(PostgresError) { self.init(name: try row["index_name", as: String.self]) }
}

extension CreateIndex: StoredBuildSpec {
    /// Reads the index from a row of `vecsteward.job`, joined with `vecsteward.build_job`.
    package init(_ row: Row) throws(PostgresError) {
        var parent: Parent?
        if let name = try row["parent_name", as: String?.self] {
            parent = Parent(name: name, exists: try row["parent_exists", as: Bool.self])
        }
        self.init(
            definition: try IndexDefinition(row),
            choiceReason: try row["choice_reason", as: String.self],
            parent: parent
        )
    }
}

extension RebuildIndex: StoredBuildSpec {
    /// Reads the indexes from a row of `vecsteward.job`, joined with `vecsteward.build_job`.
    package init(_ row: Row) throws(PostgresError) {
        self.init(
            definition: try IndexDefinition(row),
            oldName: try row["index_name", as: String.self],
            retiredName: try row["retired_name", as: String?.self],
            isAttached: try row["is_attached", as: Bool.self]
        )
    }
}
