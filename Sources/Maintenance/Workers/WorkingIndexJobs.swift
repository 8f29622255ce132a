package import Advisor
package import Postgres

extension Analyze: WorkingJobSpec {
    package static var worker: any JobWorker.Type { IndexJobWorker.self }

    /// ANALYZE removes from the catalog what an index was built on, so a poll has to record that before.
    package static func hindrance(
        to record: JobRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> String? {
        let statement = Statement(PackageResources.unrecorded_index_sql, [record.id])
        guard let row = try await connection.queue(statement).first else { return nil }
        let name = Identifier(try row["name", as: String.self])
        return "index \(name) is newer than the last poll, which records what it was built on before ANALYZE"
    }
}

extension CreateIndex: WorkingJobSpec {
    package static var worker: any JobWorker.Type { IndexJobWorker.self }
}

extension RebuildIndex: WorkingJobSpec {
    package static var worker: any JobWorker.Type { IndexJobWorker.self }

    /// What the old index finds is measured first, if that is queued, so that it can be compared with the new one.
    package static func hindrance(
        to record: JobRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> String? {
        let statement = Statement(PackageResources.unmeasured_index_sql, [record.id])
        guard let row = try await connection.queue(statement).first else { return nil }
        return "job \(try row["id", as: Int64.self]) measures the recall of the old index first"
    }
}

extension DropIndex: WorkingJobSpec {
    package static var worker: any JobWorker.Type { IndexJobWorker.self }

    /// Jobs that drop the leftovers of builds.
    package static func leftovers(
        in transaction: ReadOnlyTransaction,
        on session: inout Connection
    ) async throws(PostgresError) -> [Job] {
        try await OrphanedIndexes.jobs(in: transaction, on: &session)
    }
}
