internal import Advisor
internal import Postgres

/// Checks whether the names that jobs will give are free: reads only the planned names, not all names.
struct TakenNames {
    /// How often to plan again; later collisions are handled by the job itself.
    static let tries = 20

    var transaction: ReadOnlyTransaction

    /// The new names of some jobs that a relation has.
    func among(_ jobs: [Job], on connection: inout Connection) async throws(PostgresError) -> [RelationName] {
        let wanted = Array(Set(jobs.flatMap(\.newNames)))
        guard !wanted.isEmpty else { return [] }
        let statement = Statement(PackageResources.names_taken_sql, [wanted.map(\.schema), wanted.map(\.name)])
        var taken: [RelationName] = []
        for row in try await connection.read([statement], in: transaction)[0] {
            taken.append(
                RelationName(schema: try row["schema", as: String.self], name: try row["name", as: String.self])
            )
        }
        return taken
    }
}
