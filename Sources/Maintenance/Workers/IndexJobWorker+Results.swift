internal import Advisor
internal import Postgres

extension IndexJobWorker {
    /// Records what the new index was built on, before anything analyzes its table.
    func results(
        after seconds: Double?,
        on connection: inout Connection
    ) async throws(PostgresError) -> [Statement] {
        let job = record.job
        guard let definition = job.definition, let target = job.targets.first else { return [] }
        let names = IndexJobNames(job)
        let name = names.finished ?? names.old ?? ""
        let statement = Statement(PackageResources.built_index_sql, [target.schema, name, job.collection.column])
        guard let row = try await connection.queue(statement).first else { return [] }
        let build = BuildHistoryRow(
            jobID: record.id,
            schema: target.schema,
            table: target.table,
            column: job.collection.column,
            index: name,
            identity: IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode")),
            rows: try row["rows", as: Int64.self],
            // For a partial index, the rows of the table are no basis for comparison.
            tableRows: definition.distanceMetric == .cosineDistance && definition.predicate == nil
                ? try row["table_rows", as: Int64.self] : nil,
            source: .built,
            parameters: definition.parameters,
            sizeBytes: try row["size_bytes", as: Int64.self],
            seconds: seconds,
            predictedMemoryBytes: job.prediction?.memoryBytes,
            predictedDiskBytes: job.prediction?.diskBytes,
            predictedSeconds: job.prediction?.seconds,
            measurement: measurement
        )
        return [Statement(PackageResources.build_insert_sql, build.parameterList)]
    }
}
