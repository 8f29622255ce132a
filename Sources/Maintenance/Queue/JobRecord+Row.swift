internal import Advisor
internal import Postgres

extension JobRecord {
    /// Reads a row of `job_row`.
    ///
    /// - Throws: `.decoding` for a row that somebody changed by hand, or of an unknown kind.
    init(_ row: Row, kinds: JobKinds) throws(PostgresError) {
        guard let state = JobState(rawValue: try row["state", as: String.self]) else {
            throw PostgresError(.decoding, "a job of an unknown state")
        }
        let type = try kinds.stored(try row["kind", as: String.self])
        self.init(
            id: try row["id", as: Int64.self],
            job: try Job(type.init(row), row),
            state: state,
            attempts: try row["attempts", as: Int.self],
            oldIndex: try row.identity("index_oid", "index_relfilenode"),
            isCancelRequested: try row["is_cancel_requested", as: Bool.self],
            tableOID: try row["table_oid", as: Int64?.self] == nil ? nil : try row.oid("table_oid")
        )
        try type.complete(&self, by: row)
    }
}

extension Job {
    fileprivate init(_ spec: any JobSpec, _ row: Row) throws(PostgresError) {
        let rules = try row["reason_rules", as: [String].self]
        let summaries = try row["reason_summaries", as: [String].self]
        guard let origin = Origin(rawValue: try row["origin", as: String.self]) else {
            throw PostgresError(.decoding, "a job of an unknown origin")
        }
        self.init(
            spec: spec,
            collection: CollectionName(
                schema: try row["collection_schema", as: String.self],
                table: try row["collection_table", as: String.self],
                column: try row["column_name", as: String.self]
            ),
            targets: [
                Target(
                    schema: try row["table_schema", as: String.self],
                    table: try row["table_name", as: String.self]
                )
            ],
            disposition: try Disposition(row),
            reasons: zip(rules, summaries).map { Reason(rule: $0, summary: $1) },
            priority: Priority(
                rank: try row["rank", as: Int.self],
                urgency: try row["urgency", as: Double.self]
            ),
            origin: origin
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
