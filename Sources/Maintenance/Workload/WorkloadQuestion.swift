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
        let running = Postgres.Statement(PackageResources.running_searches_sql, [StatementStatistics.distances])
        switch source {
        case .unknown: return always
        case .statements(let statistics):
            return always + [running, statistics.check, statistics.counts]
                + (statistics.hasBeginning ? [statistics.beginning] : [])
        case .activity: return always + [running]
        }
    }
}

/// The answer to a ``WorkloadQuestion``, read while the server produces it.
struct WorkloadAnswer {
    /// The source that was asked.
    let source: WorkloadQuestion.Source
    /// What can be read now.
    var access = StatementAccess.unknown
    var roles: [UInt32: SearchingRole] = [:]
    /// The settings of the server that bear on searches.
    var serverSettings: [String: SearchSetting] = [:]
    /// What pg_stat_statements has counted, and when it began; `nil` where it does not say.
    var counts: [StatementKey: StatementCounts] = [:]
    var beginning: Double?
    /// What pg_stat_activity shows.
    var running: [RunningText] = []

    init(to question: WorkloadQuestion) { source = question.source }

    /// Reads rows of one of ``WorkloadQuestion/statements``.
    mutating func add(_ rows: Rows, of position: Int) throws(PostgresError) {
        switch position {
        case 0: for row in rows { access = try StatementAccess(row) }
        case 1: try SearchingRole.read(rows, into: &roles)
        case 2: serverSettings.merge(try SearchSetting.ofServer(rows)) { _, new in new }
        case 3: for row in rows { running.append(try RunningText(row)) }
        case 5:
            for row in rows {
                if let key = try StatementKey(row) { counts[key] = try StatementCounts(row) }
            }
        case 6: for row in rows { beginning = try row["since", as: Double?.self] }
        // The check returns nothing that matters.
        default: break
        }
    }

    /// The roles that search, or that run other statements that are counted.
    var searchingRoles: Set<UInt32> {
        var roles = Set(running.map(\.roleOID))
        for key in counts.keys { roles.insert(key.roleOID) }
        return roles
    }
}
