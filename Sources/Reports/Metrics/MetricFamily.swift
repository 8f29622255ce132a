internal import Advisor

/// All time series of one name.
struct MetricFamily: Sendable {
    var name: String
    var kind: Kind
    /// The labels that distinguish its time series.
    var labels: [String] = []
    /// The HELP line, a sentence.
    var help: String
    /// Reads its numbers from a report; none for a number that is unknown.
    var samples: @Sendable (MetricsReport) -> [Sample]

    enum Kind: String {
        /// A number that goes up and down.
        case gauge
        /// A number that only rises, from 0 at each start of the program.
        case counter
        /// A count and a sum.
        case summary
    }

    /// One line of a family.
    struct Sample {
        /// What follows the name of the family, such as `_sum`; empty by default.
        var suffix = ""
        /// The values of the labels, in their order.
        var values: [String] = []
        var number: Double
    }
}

extension MetricFamily {
    /// The only list of all metrics.
    static let all: [MetricFamily] = program + databases + polls + searches + recall + work

    private static let program: [MetricFamily] = [
        MetricFamily(
            name: "vecsteward_build_info",
            kind: .gauge,
            labels: ["version"],
            help: "Always 1; the version of vecsteward."
        ) { [Sample(values: [$0.programVersion], number: 1)] },
        MetricFamily(
            name: "vecsteward_config_last_reload_successful",
            kind: .gauge,
            help: "Whether the last reload of the configuration succeeded (1), or the previous one stays in effect (0)."
        ) { [Sample(number: $0.configuration.isCurrent ? 1 : 0)] },
        MetricFamily(
            name: "vecsteward_config_last_reload_success_timestamp_seconds",
            kind: .gauge,
            help: "Unix time when the configuration in effect was read."
        ) { [Sample(number: $0.configuration.takenAt)] },
    ]

    private static let databases: [MetricFamily] = [
        ofDatabases(
            "vecsteward_database_up",
            help: "Whether vecsteward can use the database (1) or not (0)."
        ) { $0.isUp.map { $0 ? 1 : 0 } },
        ofDatabases(
            "vecsteward_leader",
            help: "Whether this instance is the leader in the database (1), or only polls it (0)."
        ) { $0.isLeader.map { $0 ? 1 : 0 } },
        ofDatabases(
            "vecsteward_kept_out",
            help: "Whether a session that is not vecsteward holds the leader lock (1) or not (0)."
        ) { $0.isKeptOut.map { $0 ? 1 : 0 } },
        ofDatabases(
            "vecsteward_poll_interval_seconds",
            help: "Configured time between two polls, in seconds."
        ) { $0.pollInterval },
    ]

    private static let polls: [MetricFamily] = [
        ofDatabases(
            "vecsteward_last_poll_timestamp_seconds",
            help: "Unix time when the last poll finished."
        ) { $0.poll?.endedAt },
        ofDatabases(
            "vecsteward_last_poll_duration_seconds",
            help: "Duration of the last poll, including recording and enqueuing."
        ) { $0.poll?.seconds },
        // Their former names, for dashboards that have them.
        ofDatabases(
            "vecsteward_last_look_timestamp_seconds",
            help: "Former name of vecsteward_last_poll_timestamp_seconds."
        ) { $0.poll?.endedAt },
        ofDatabases(
            "vecsteward_last_look_duration_seconds",
            help: "Former name of vecsteward_last_poll_duration_seconds."
        ) { $0.poll?.seconds },
        ofDatabases("vecsteward_collections", help: "Collections in the last poll.") {
            $0.poll.map { Double($0.collections) }
        },
        ofDatabases("vecsteward_rows", help: "Rows of these collections, mostly estimates.") {
            $0.poll.map { Double($0.rows) }
        },
        ofDatabases("vecsteward_indexes", help: "Vector indexes of these collections; each partition's index counts.") {
            $0.poll.map { Double($0.indexes) }
        },
        ofDatabases(
            "vecsteward_index_size_bytes",
            help: "Size of these indexes, as of their last build, VACUUM or ANALYZE."
        ) { $0.poll.map { Double($0.indexBytes) } },
        ofDatabases(
            "vecsteward_findings",
            labels: ["rule", "severity"],
            help: "Findings of the last poll, by rule and severity."
        ) { database in
            guard let poll = database.poll else { return [] }
            return RuleBook.all.flatMap { rule in
                Severity.allCases.map { severity in
                    let kind = DatabaseMetrics.FindingKind(rule: rule.name, severity: severity)
                    return (values: [rule.name, severity.rawValue], number: Double(poll.findings[kind] ?? 0))
                }
            }
        },
    ]

    private static let work: [MetricFamily] = [
        ofDatabases(
            "vecsteward_jobs",
            labels: ["state"],
            help: "Jobs in the queue of the database by state, whichever instance runs them."
        ) { database in
            guard let jobs = database.jobs else { return [] }
            return DatabaseMetrics.QueuedState.allCases.map { ([$0.rawValue], Double(jobs[$0] ?? 0)) }
        },
        ofDatabases(
            "vecsteward_jobs_ended_total",
            kind: .counter,
            labels: ["kind", "outcome"],
            help: "Jobs that this instance ended since it started, by kind and outcome."
        ) { database in
            JobKinds.standard.names.flatMap { kind in
                DatabaseMetrics.Outcome.allCases.map { outcome in
                    let ended = DatabaseMetrics.EndedJob(kind: kind, outcome: outcome)
                    return (values: [kind, outcome.rawValue], number: Double(database.endedJobs[ended] ?? 0))
                }
            }
        },
        MetricFamily(
            name: "vecsteward_build_duration_seconds",
            kind: .summary,
            labels: ["database"],
            help: "Builds that this instance finished since it started, and their duration."
        ) { report in
            report.databases.flatMap { database in
                [
                    Sample(suffix: "_count", values: [database.name], number: Double(database.builds)),
                    Sample(suffix: "_sum", values: [database.name], number: database.buildSeconds),
                ]
            }
        },
        ofDatabases(
            "vecsteward_build_progress_ratio",
            help: "Progress of the running build, 0 to 1; the minimum if several run."
        ) { $0.buildProgress },
    ]

    /// A metric with several numbers for each database.
    static func ofDatabases(
        _ name: String,
        kind: Kind = .gauge,
        labels: [String],
        help: String,
        samples: @escaping @Sendable (DatabaseMetrics) -> [(values: [String], number: Double)]
    ) -> MetricFamily {
        MetricFamily(name: name, kind: kind, labels: ["database"] + labels, help: help) { report in
            report.databases.flatMap { database in
                samples(database).map { Sample(values: [database.name] + $0.values, number: $0.number) }
            }
        }
    }

    /// A metric with one number for each database in which it is known.
    private static func ofDatabases(
        _ name: String,
        help: String,
        number: @escaping @Sendable (DatabaseMetrics) -> Double?
    ) -> MetricFamily {
        ofDatabases(name, labels: [], help: help) { database in number(database).map { [([], $0)] } ?? [] }
    }
}
