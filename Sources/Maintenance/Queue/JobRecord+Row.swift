internal import Advisor
internal import Postgres

extension JobRecord {
    /// Reads a row of `vecsteward.job`.
    init(_ row: Row) throws(PostgresError) {
        guard let state = JobState(rawValue: try row["state", as: String.self]) else {
            throw PostgresError(.decoding, "a job of an unknown state")
        }
        self.init(
            id: try row["id", as: Int64.self],
            job: try Job(row),
            state: state,
            attempts: try row["attempts", as: Int.self],
            oldIndex: try row.identity("old_oid", "old_relfilenode"),
            newIndex: try row.identity("new_oid", "new_relfilenode"),
            isCancelRequested: try row["is_cancel_requested", as: Bool.self],
            tableOID: try row["table_oid", as: Int64?.self] == nil ? nil : try row.oid("table_oid")
        )
    }
}

extension Row {
    fileprivate func identity(_ oid: String, _ relfilenode: String) throws(PostgresError) -> IndexIdentity? {
        guard try self[oid, as: Int64?.self] != nil else { return nil }
        return IndexIdentity(oid: try self.oid(oid), relfilenode: try self.oid(relfilenode))
    }
}

extension Job {
    fileprivate init(_ row: Row) throws(PostgresError) {
        let rules = try row["reason_rules", as: [String].self]
        let summaries = try row["reason_summaries", as: [String].self]
        var prediction: Prediction?
        if let memory = try row["predicted_memory_bytes", as: Int64?.self] {
            prediction = Prediction(
                memoryBytes: memory,
                diskBytes: try row["predicted_disk_bytes", as: Int64.self],
                seconds: try row["predicted_seconds", as: Double.self],
                basis: Prediction.Basis(builds: try row["prediction_builds", as: Int?.self])
            )
        }
        var settings: BuildSessionSettings?
        if let memory = try row["maintenance_work_memory_bytes", as: Int64?.self] {
            settings = BuildSessionSettings(
                maintenanceWorkMemoryBytes: memory,
                parallelWorkers: try row["parallel_workers", as: Int.self]
            )
        }
        self.init(
            task: try Task(row),
            collection: CollectionName(
                schema: try row["collection_schema", as: String.self],
                table: try row["collection_table", as: String.self],
                column: try row["column_name", as: String.self]
            ),
            targets: [
                Target(
                    schema: try row["table_schema", as: String.self],
                    table: try row["table_name", as: String.self],
                    buildingName: try row["building_name", as: String?.self] ?? "",
                    finishedName: try row["finished_name", as: String?.self] ?? "",
                    shape: try BuildShape(row, rows: "expected_rows")
                )
            ],
            disposition: try Disposition(row),
            reasons: zip(rules, summaries).map { Reason(rule: $0, summary: $1) },
            prediction: prediction,
            settings: settings,
            priority: Priority(
                rank: try row["rank", as: Int.self],
                urgency: try row["urgency", as: Double.self]
            ),
            origin: try Origin(row)
        )
    }
}

extension Job.Disposition {
    fileprivate init(_ row: Row) throws(PostgresError) {
        switch try row["disposition", as: String.self] {
        case "act": self = .act
        case "refused": self = .refused(try row["disposition_reason", as: String.self])
        default: self = .suggest(try row["disposition_reason", as: String?.self])
        }
    }
}

extension Job.Origin {
    fileprivate init(_ row: Row) throws(PostgresError) {
        guard let origin = Self(rawValue: try row["origin", as: String.self]) else {
            throw PostgresError(.decoding, "a job of an unknown origin")
        }
        self = origin
    }
}

extension Job.Task {
    fileprivate init(_ row: Row) throws(PostgresError) {
        switch try row["kind", as: String.self] {
        case "create_index":
            var parent: CreateIndex.Parent?
            if let name = try row["parent_name", as: String?.self] {
                parent = CreateIndex.Parent(name: name, exists: try row["parent_exists", as: Bool.self])
            }
            self = .createIndex(
                CreateIndex(
                    definition: try IndexDefinition(row),
                    choiceReason: try row["choice_reason", as: String.self],
                    parent: parent
                )
            )
        case "rebuild_index":
            self = .rebuildIndex(
                RebuildIndex(
                    definition: try IndexDefinition(row),
                    oldName: try row["old_index_name", as: String.self],
                    retiredName: try row["retired_name", as: String?.self],
                    isAttached: try row["is_attached", as: Bool.self]
                )
            )
        case "drop_index": self = .dropIndex(name: try row["old_index_name", as: String.self])
        case "analyze": self = .analyze
        case let kind: throw PostgresError(.decoding, "a job of the unknown kind \(kind)")
        }
    }
}

extension IndexDefinition {
    fileprivate init(_ row: Row) throws(PostgresError) {
        guard let distanceMetric = DistanceMetric(rawValue: try row["measure", as: String.self]),
            let parameters = try ParameterColumns.parameters(of: row)
        else { throw PostgresError(.decoding, "a job of an unknown measure or method") }
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
