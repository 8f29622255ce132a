public import Advisor

/// The result of one run of vecsteward, for any format.
public struct Report: Sendable {
    /// The version of the program.
    public let programVersion: String
    /// The databases, in the order of the configuration.
    public let databases: [DatabaseSection]

    /// A report on databases in the order in which it is to give them.
    public init(programVersion: String, databases: [DatabaseSection]) {
        self.programVersion = programVersion
        self.databases = databases
    }

    /// Whether a database has something to do; see ``DatabaseSection/hasWork``.
    public var hasWork: Bool { databases.contains(where: \.hasWork) }

    /// Whether vecsteward could not poll a database.
    public var hasFailures: Bool { databases.contains(where: \.hasFailed) }
}

/// The part of a report about one database.
public struct DatabaseSection: Sendable {
    /// The name in the configuration.
    public let name: String
    /// Its address without any secret: `database app on db1:5432 as steward`.
    public let target: String
    /// The result of the poll.
    public let outcome: Outcome

    /// The result of a poll.
    public enum Outcome: Sendable {
        /// The assessment, the exact SQL of each job of its plan in the plan's order, and how long the poll took.
        case assessed(Assessment, statements: [[String]], elapsedSeconds: Double?)
        /// Why the poll failed.
        case failed(Failure)
    }

    /// A section, which takes names and addresses as they are: each format escapes them.
    public init(name: String, target: String, outcome: Outcome) {
        self.name = name
        self.target = target
        self.outcome = outcome
    }

    /// Whether there is something to do: a finding that is a warning or worse, a job that would run, or a job in the queue
    /// that is unfinished or has failed.
    ///
    /// A notice alone (of an index without scans, for example) does not fail a check, nor does a measurement that is due.
    public var hasWork: Bool {
        guard case .assessed(let assessment, _, _) = outcome else { return false }
        return assessment.findings.contains { $0.severity >= .warning }
            || assessment.plan.jobs.contains { $0.disposition == .act && !($0.spec is any EvidenceJobSpec) }
            || (assessment.queue?.total ?? 0) > 0
    }

    /// Whether vecsteward could not poll it.
    public var hasFailed: Bool {
        if case .failed = outcome { true } else { false }
    }
}

/// Why vecsteward could not poll a database.
public struct Failure: Sendable, Equatable {
    /// What happened, without a full stop.
    public let message: String
    /// What to do about it, in sentences.
    public let hint: String?
    /// The server's SQLSTATE, `nil` if the failure did not come from the server.
    public let sqlState: String?

    /// A failure, with texts as they are: each format escapes them.
    public init(message: String, hint: String?, sqlState: String?) {
        self.message = message
        self.hint = hint
        self.sqlState = sqlState
    }
}
