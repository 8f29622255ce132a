package import Advisor
package import Postgres

extension MeasureRecall: StoredJobSpec {
    package static var table: String? { "recall_job" }

    /// Reads the measurement from a row of `vecsteward.job`, joined with `vecsteward.recall_job`.
    package init(_ row: Row) throws(PostgresError) {
        self.init(
            index: try row["index_name", as: String.self],
            settings: try row.pairs("setting_names", "setting_values"),
            budgetSeconds: try row["budget_seconds", as: Double.self]
        )
        k = try row["neighbours", as: Int.self]
        queries = try row["queries", as: Int.self]
        hasWhatIf = try row["has_what_if", as: Bool.self]
        isCheck = try row["is_check", as: Bool.self]
    }

    package func insertion(of job: Job) -> Statement? {
        guard let target = job.targets.first else { return nil }
        let names = settings.keys.sorted()
        return Statement(
            PackageResources.recall_job_insert_sql,
            [
                target.schema, target.table, job.kind, job.subject, k, queries, hasWhatIf,
                budgetSeconds, names,
                names.map { settings[$0] ?? "" }, isCheck,
            ]
        )
    }
}
