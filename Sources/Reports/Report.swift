public import Advisor

/// Everything that one run of vecsteward has to say, whatever the format.
public struct Report: Sendable {
    /// The version of the program.
    public let programVersion: String
    /// The databases, in the order of the configuration.
    public let databases: [DatabaseSection]

    /// Puts a report together.
    public init(programVersion: String, databases: [DatabaseSection]) {
        self.programVersion = programVersion
        self.databases = databases
    }

    /// Whether there is something to do: a finding that is a warning or worse, a job that would run, or a job in the
    /// queue, which is not done yet or has failed.
    ///
    /// A notice alone (an index that looks unused, say) is no reason to fail a check.
    public var hasWork: Bool {
        databases.contains { section in
            guard case .assessed(let assessment, _, _) = section.outcome else { return false }
            return assessment.findings.contains { $0.severity >= .warning }
                || assessment.plan.jobs.contains { $0.disposition == .act }
                || (assessment.queue?.total ?? 0) > 0
        }
    }

    /// Whether a database could not be looked at.
    public var hasFailures: Bool {
        databases.contains { section in
            if case .failed = section.outcome { true } else { false }
        }
    }
}

/// What a report says of one database.
public struct DatabaseSection: Sendable {
    /// The name in the configuration.
    public let name: String
    /// Where it is, without any secret: `database app on db1:5432 as steward`.
    public let target: String
    /// What came of looking at it.
    public let outcome: Outcome

    /// What came of looking at a database.
    public enum Outcome: Sendable {
        /// It was seen; with the exact SQL of each job of its plan, in the plan's order, and the seconds that it took.
        case assessed(Assessment, statements: [[String]], elapsedSeconds: Double?)
        /// It could not be looked at.
        case failed(Failure)
    }

    /// Puts a section together.
    public init(name: String, target: String, outcome: Outcome) {
        self.name = name
        self.target = target
        self.outcome = outcome
    }
}

/// Why a database could not be looked at.
public struct Failure: Sendable, Equatable {
    /// What happened.
    public let message: String
    /// What to do about it, a sentence.
    public let hint: String?
    /// The server's code.
    public let sqlState: String?

    /// Puts a failure together.
    public init(message: String, hint: String?, sqlState: String?) {
        self.message = message
        self.hint = hint
        self.sqlState = sqlState
    }
}
