package import Advisor
package import Postgres

/// What jobs in the background have found out.
package enum EvidenceHistory {
    /// The statement that records what a job has found out about an index, beside the rows of its table at that moment.
    ///
    /// It records nothing where the index has been rebuilt or dropped since: that is another one.
    ///
    /// - Parameters:
    ///   - kind: ``IndexEvidence/kind``.
    ///   - figures: What was found, by name.
    ///   - settings: What it was found with, by name.
    ///   - index: The index.
    ///   - job: The number of the job.
    /// - Returns: The statement.
    package static func insertion(
        of kind: String,
        _ figures: [String: Double],
        with settings: [String: String] = [:],
        about index: IndexIdentity,
        by job: Int64?
    ) -> Statement {
        let names = figures.keys.sorted()
        let settingNames = settings.keys.sorted()
        return Statement(
            PackageResources.evidence_insert_sql,
            [
                job, kind, Int64(index.oid), Int64(index.relfilenode), names,
                names.map { figures[$0] ?? 0 }, settingNames, settingNames.map { settings[$0] ?? "" },
            ]
        )
    }
}
