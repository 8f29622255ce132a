internal import Advisor
internal import Postgres

/// Whether pg_stat_statements can be read in this database, and how.
struct StatementAccess {
    /// The extension, if it can be read.
    var statistics: StatementStatistics?
    /// What keeps it from being read, or from showing all.
    var status: SearchSources.Statements
    /// Whether it shows the statements of all roles, and counts them.
    var isComplete: Bool
    /// Whether it counts SET and other statements without a plan.
    var countsSets = true
    /// The time of the server, in seconds since 1970 UTC.
    var now: Double

    /// Where searches can be read.
    var source: WorkloadQuestion.Source { statistics.map { .statements($0) } ?? .activity }

    /// What is known before the server has answered.
    static let unknown = StatementAccess(status: .notInstalled(isLoaded: nil), isComplete: false, now: 0)
}

extension StatementAccess {
    /// Reads the row of `workload_source.sql`.
    init(_ row: Row) throws(PostgresError) {
        now = try row["now", as: Double.self]
        isComplete = false
        countsSets = try row["track_utility", as: String?.self] != "off"
        let isLoaded = try row["is_loaded", as: Bool?.self]
        guard let schema = try row["schema", as: String?.self] else {
            status = .notInstalled(isLoaded: isLoaded)
            return
        }
        let track = try row["track", as: String?.self] ?? ""
        let queryID = try row["compute_query_id", as: String?.self] ?? ""
        // A role that may not see the list of libraries can tell by the setting that only the library has.
        if isLoaded == false || (isLoaded == nil && track.isEmpty) {
            status = .notLoaded
            return
        }
        statistics = StatementStatistics(schema: schema, columns: Set(try row["columns", as: [String].self]))
        if track == "none" {
            status = .notCounting(setting: "pg_stat_statements.track", value: track)
        } else if queryID == "off" {
            status = .notCounting(setting: "compute_query_id", value: queryID)
        } else if !(try row["sees_all_texts", as: Bool.self]) {
            status = .notPermitted
        } else {
            status = .read(statements: 0, since: nil)
            isComplete = true
        }
    }
}
