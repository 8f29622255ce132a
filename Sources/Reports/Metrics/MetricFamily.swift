internal import Advisor

/// All time series of one name.
struct MetricFamily: Sendable {
    /// Its name.
    var name: String
    /// What its numbers are.
    var kind: Kind
    /// What tells its time series apart.
    var labels: [String] = []
    /// What it is, in a sentence.
    var help: String
    /// Takes its numbers out of a report.
    var samples: @Sendable (MetricsReport) -> [Sample]

    enum Kind: String {
        /// A number that goes up and down.
        case gauge
        /// A number that goes up only, until the program is started again.
        case counter
        /// How many there were, and their sum.
        case summary
    }

    /// One number.
    struct Sample {
        /// What follows the name of the family.
        var suffix = ""
        /// The values of the labels.
        var values: [String] = []
        /// The number.
        var number: Double
    }
}

extension MetricFamily {
    /// The only list of all metrics.
    static let all: [MetricFamily] = program + databases + polls + work

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
            help: "Whether the last attempt to read the configuration went well (1), or the one before is in force (0)."
        ) { [Sample(number: $0.configuration.isCurrent ? 1 : 0)] },
        MetricFamily(
            name: "vecsteward_config_last_reload_success_timestamp_seconds",
            kind: .gauge,
            help: "When the configuration that is in force was read, in seconds since 1970."
        ) { [Sample(number: $0.configuration.takenAt)] },
    ]

    private static let databases: [MetricFamily] = [
        ofDatabases(
            "vecsteward_database_up",
            help: "Whether the database is looked after (1), or cannot be reached or used (0)."
        ) { $0.isUp.map { $0 ? 1 : 0 } },
        ofDatabases(
            "vecsteward_leader",
            help: "Whether this vecsteward does the work in the database (1), or only looks (0)."
        ) { $0.isLeader.map { $0 ? 1 : 0 } },
        ofDatabases(
            "vecsteward_kept_out",
            help: "Whether a session that can be no vecsteward has the lock under which one acts (1), or not (0)."
        ) { $0.isKeptOut.map { $0 ? 1 : 0 } },
        ofDatabases(
            "vecsteward_poll_interval_seconds",
            help: "How often the database is looked at, as the configuration says."
        ) { $0.pollInterval },
    ]

    private static let polls: [MetricFamily] = [
        ofDatabases(
            "vecsteward_last_look_timestamp_seconds",
            help: "When the last look that came to its end did so, in seconds since 1970."
        ) { $0.poll?.endedAt },
        ofDatabases(
            "vecsteward_last_look_duration_seconds",
            help: "How long that look took, with what it wrote down and queued."
        ) { $0.poll?.seconds },
        ofDatabases("vecsteward_collections", help: "Collections that the last look saw.") {
            $0.poll.map { Double($0.collections) }
        },
        ofDatabases("vecsteward_rows", help: "Rows of these collections, by estimate for the most part.") {
            $0.poll.map { Double($0.rows) }
        },
        ofDatabases("vecsteward_indexes", help: "Vector indexes of these collections, each partition's by itself.") {
            $0.poll.map { Double($0.indexes) }
        },
        ofDatabases(
            "vecsteward_index_size_bytes",
            help: "Size of these indexes, as of their last build, VACUUM or ANALYZE."
        ) { $0.poll.map { Double($0.indexBytes) } },
        ofDatabases(
            "vecsteward_findings",
            labels: ["rule", "severity"],
            help: "Findings of the last look, by rule and severity."
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
            help: "Jobs in the queue of the database, whoever works on them, by state."
        ) { database in
            guard let jobs = database.jobs else { return [] }
            return DatabaseMetrics.QueuedState.allCases.map { ([$0.rawValue], Double(jobs[$0] ?? 0)) }
        },
        ofDatabases(
            "vecsteward_jobs_ended_total",
            kind: .counter,
            labels: ["kind", "outcome"],
            help: "Jobs that this vecsteward brought to an end since it was started, by kind and outcome."
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
            help: "Builds that this vecsteward finished since it was started, and how long they took."
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
            help: "How far the build is that is at work here, from 0 to 1; of several, the one that is the least far."
        ) { $0.buildProgress },
    ]

    /// A metric with several numbers of each database.
    private static func ofDatabases(
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

    /// A metric with one number of each database, where that is known.
    private static func ofDatabases(
        _ name: String,
        help: String,
        number: @escaping @Sendable (DatabaseMetrics) -> Double?
    ) -> MetricFamily {
        ofDatabases(name, labels: [], help: help) { database in number(database).map { [([], $0)] } ?? [] }
    }
}
