internal import Advisor
internal import Postgres

/// Finds indexes that jobs have built in vain (``Job/dropsOrphanedIndex``), and leftovers of their REINDEX; a rule finds other
/// invalid indexes.
enum OrphanedIndexes {
    /// Plans jobs that drop them.
    ///
    /// - Parameters:
    ///   - transaction: The settings for reading.
    ///   - session: An open connection to a database with the schema `vecsteward`.
    /// - Returns: The jobs; none if a lock prevents reading, and then the next poll retries.
    /// - Throws: When the server refuses or the connection is lost.
    static func jobs(
        in transaction: ReadOnlyTransaction,
        on session: inout Connection
    ) async throws(PostgresError) -> [Job] {
        let found: Rows
        do throws(PostgresError) {
            found = try await session.read([Statement(PackageResources.orphaned_indexes_sql)], in: transaction)[0]
        } catch {
            guard error.sqlState == .lockNotAvailable else { throw error }
            return []
        }
        var jobs: [Job] = []
        for row in found { jobs.append(try job(row)) }
        return jobs
    }

    private static func job(_ row: Row) throws(PostgresError) -> Job {
        let (schema, table) = (try row["schema", as: String.self], try row["table", as: String.self])
        let name = try row["name", as: String.self]
        let isValid = try row["is_valid", as: Bool.self]
        let summary =
            isValid
            ? "index \(name) was built for a job that has ended without using it: another index serves its queries"
            : "invalid index \(name), left by an interrupted REINDEX of vecsteward: it serves no query"
        return Job(
            spec: DropIndex(name: name),
            collection: CollectionName(
                schema: schema,
                table: table,
                column: try row["column_name", as: String.self]
            ),
            targets: [Job.Target(schema: schema, table: table)],
            disposition: .act,
            reasons: [Job.Reason(rule: isValid ? "redundant" : "invalid", summary: summary)],
            priority: Job.Priority(rank: DropIndex.rank, urgency: Double(try row["size_bytes", as: Int64.self]))
        )
    }
}
