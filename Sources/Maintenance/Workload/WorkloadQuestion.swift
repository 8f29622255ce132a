internal import Advisor
internal import Postgres

/// What a poll asks about searches, in one round trip.
struct WorkloadQuestion {
    /// Where searches are read.
    enum Source: Equatable {
        /// Nothing is read until it is known what there is.
        case unknown
        /// In pg_stat_statements.
        case statements(StatementStatistics)
        /// In pg_stat_activity, because there is no pg_stat_statements.
        case activity
    }

    var source: Source
    /// The roles whose settings it asks for: those that searched at the poll before.
    var roles: Set<UInt32>

    /// The statements; ``WorkloadAnswer`` reads their rows.
    var statements: [Postgres.Statement] {
        let always = [
            Postgres.Statement(PackageResources.workload_source_sql),
            SearchingRole.statement(for: roles),
            Postgres.Statement(PackageResources.server_settings_sql, [SearchingRole.settings]),
        ]
        switch source {
        case .unknown: return always
        case .statements(let statistics):
            return always + [statistics.check, statistics.counts]
                + (statistics.hasBeginning ? [statistics.beginning] : [])
        case .activity:
            return always
                + [Postgres.Statement(PackageResources.running_searches_sql, [StatementStatistics.distances])]
        }
    }
}

/// The answer to a ``WorkloadQuestion``.
struct WorkloadAnswer {
    /// The source that was asked.
    let source: WorkloadQuestion.Source
    /// What can be read now.
    let access: StatementAccess
    var roles: [UInt32: SearchingRole]
    /// The settings of the server that bear on searches.
    var serverSettings: [String: String] = [:]
    /// What pg_stat_statements has counted, and when it began; `nil` where it does not say.
    var counts: [StatementKey: StatementCounts] = [:]
    var beginning: Double?
    /// What pg_stat_activity shows.
    var running: [RunningText] = []

    /// Reads the rows of ``WorkloadQuestion/statements``.
    init(to question: WorkloadQuestion, _ rows: [Rows]) throws(PostgresError) {
        source = question.source
        access = try StatementAccess(try rows[0].one())
        roles = try SearchingRole.roles(in: rows[1])
        for row in rows[2] { serverSettings[try row["name", as: String.self]] = try row["setting", as: String.self] }
        switch source {
        case .unknown: break
        case .statements(let statistics):
            for row in rows[4] {
                if let key = try StatementKey(row) { counts[key] = try StatementCounts(row) }
            }
            if statistics.hasBeginning { beginning = try rows[5].one()["since", as: Double?.self] }
        case .activity: for row in rows[3] { running.append(try RunningText(row)) }
        }
    }

    /// The roles that search, or that run other statements that are counted.
    var searchingRoles: Set<UInt32> {
        var roles = Set(running.map(\.roleOID))
        for key in counts.keys { roles.insert(key.roleOID) }
        return roles
    }
}
