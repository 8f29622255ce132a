package import Advisor
package import Postgres

/// A kind of job that builds an index; the queue stores that index in `vecsteward.build_job`.
package protocol StoredBuildSpec: StoredJobSpec, IndexJobSpec {}

extension StoredBuildSpec {
    package static var table: String? { "build_job" }

    package static func complete(_ record: inout JobRecord, by row: Row) throws(PostgresError) {
        record.newIndex = try row.identity("new_oid", "new_relfilenode")
        record.job.targets[0].buildingName = try row["building_name", as: String.self]
        record.job.targets[0].finishedName = try row["finished_name", as: String.self]
        record.job.targets[0].shape = try BuildShape(row, rows: "expected_rows")
        if let memory = try row["predicted_memory_bytes", as: Int64?.self] {
            record.job.prediction = Prediction(
                memoryBytes: memory,
                diskBytes: try row["predicted_disk_bytes", as: Int64.self],
                seconds: try row["predicted_seconds", as: Double.self],
                basis: Prediction.Basis(builds: try row["prediction_builds", as: Int?.self]),
                phases: try BuildPhases(row, "predicted_training_seconds", "predicted_assigning_seconds")
            )
        }
        if let memory = try row["maintenance_work_memory_bytes", as: Int64?.self] {
            record.job.settings = BuildSessionSettings(
                maintenanceWorkMemoryBytes: memory,
                parallelWorkers: try row["parallel_workers", as: Int.self]
            )
        }
    }

    package func insertion(of job: Job) -> Statement? {
        guard let definition = builtIndex, let target = job.targets.first else { return nil }
        let parameters = ParameterColumns(definition.parameters)
        return Statement(
            PackageResources.build_job_insert_sql,
            [
                target.schema, target.table, job.kind, job.subject,
                target.buildingName, target.finishedName, retiredName, (self as? RebuildIndex)?.isAttached,
                parent?.name, parent?.exists, methodReason,
                parameters.method, parameters.lists, parameters.m, parameters.efConstruction,
                definition.distanceMetric.rawValue, definition.operatorClassSchema, definition.operatorClass,
                definition.expression, definition.predicate, definition.tablespace, definition.comment,
                definition.options, definition.statisticsTarget, definition.extensions,
                job.prediction?.memoryBytes, job.prediction?.diskBytes, job.prediction?.seconds,
                job.prediction?.basis.builds,
                job.settings?.maintenanceWorkMemoryBytes, job.settings?.parallelWorkers,
                target.shape?.type.rawValue, target.shape?.dimensions, target.shape?.rows, target.shape?.elements,
                job.prediction?.phases?.training, job.prediction?.phases?.assigning,
            ]
        )
    }

    package func update(of record: JobRecord) -> Statement? {
        let target = record.job.targets.first
        return Statement(
            PackageResources.build_job_record_sql,
            [
                record.id, record.newIndex.map { Int64($0.oid) }, record.newIndex.map { Int64($0.relfilenode) },
                target?.buildingName, target?.finishedName, retiredName, parent?.name,
            ]
        )
    }
}

extension Row {
    /// An index and its file; `nil` if there is none.
    func identity(_ oid: String, _ relfilenode: String) throws(PostgresError) -> IndexIdentity? {
        guard try self[oid, as: Int64?.self] != nil else { return nil }
        return IndexIdentity(oid: try self.oid(oid), relfilenode: try self.oid(relfilenode))
    }
}

extension Prediction.Basis {
    /// How many builds have corrected the formula; `nil` for the formula alone.
    fileprivate var builds: Int? {
        guard case .builds(let number) = self else { return nil }
        return number
    }

    /// The basis with this many builds; `nil` for the formula alone.
    fileprivate init(builds: Int?) { self = builds.map { .builds($0) } ?? .formula }
}

extension IndexDefinition {
    /// Reads the index definition from a row of `vecsteward.build_job`.
    init(_ row: Row) throws(PostgresError) {
        guard let distanceMetric = DistanceMetric(rawValue: try row["measure", as: String.self]),
            let parameters = try ParameterColumns.parameters(of: row)
        else { throw PostgresError(.decoding, "a job of an unknown distance metric or method") }
        self.init(
            distanceMetric: distanceMetric,
            operatorClass: try row["operator_class", as: String.self],
            operatorClassSchema: try row["operator_class_schema", as: String.self],
            parameters: parameters,
            expression: try row["expression", as: String?.self],
            predicate: try row["predicate", as: String?.self],
            tablespace: try row["tablespace", as: String?.self],
            comment: try row["comment", as: String?.self],
            options: try row["options", as: [String]?.self],
            statisticsTarget: try row["statistics_target", as: Int?.self],
            extensions: try row["extensions", as: [String].self]
        )
    }
}
