import Advisor
import ArgumentParser
import Maintenance
import Postgres

/// Does what the rules may do.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Build, rebuild and drop what the rules may (mode act), one job after the other, then exit.",
        discussion: """
            It keeps its queue in the schema vecsteward of each database, which it makes when it is not there. It may be \
            stopped at any moment: a build that runs goes on in the server, and the next run finishes it. Of several \
            that run at once in a database only one acts. It exits with 1 when a job has failed or waits for another try.
            """
    )

    @Flag(help: "Work the queue off and exit, as cron and timers want it. This version can do nothing else.")
    var once = false

    @ParentCommand var parent: VecstewardCommand

    @OptionGroup var source: SourceOptions
}

extension RunCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "run")
        guard once else {
            throw ProgramFailure(
                .usage,
                "this version has no daemon yet: it works its queue off once",
                hint: "Say vecsteward run --once, and let cron or a systemd timer repeat it."
            )
        }
        let configuration = try source.merged(over: parent.source).load()
        var failures: [ExitStatus] = []
        var isAllDone = true
        // One database after the other: several may be on one server, which is to carry one build at a time.
        for database in configuration.databases {
            let log = RunLog(database: database.name)
            do throws(PostgresError) {
                let isEmpty = try await configuration.visit(to: database).workOff { log.write($0) }
                isAllDone = isAllDone && isEmpty
            } catch {
                if Task.isCancelled {
                    log.write("stopped; a build that runs goes on in the server, and the next run finishes it")
                    throw .silent(.interrupted)
                }
                let advice = ConnectionAdvice(error)
                failures.append(advice.status)
                FileDescriptor.complain(
                    ProgramFailure.Complaint(
                        message: "database \(Quoted.name(database.name)): \(advice.message)",
                        hint: advice.hint
                    )
                    .text
                )
            }
        }
        return ExitStatus.combining(failures) ?? (isAllDone ? .success : .workToDo)
    }
}

extension Configuration {
    /// What maintains one database.
    fileprivate func visit(to database: DatabaseConfiguration) -> Visit {
        Visit(
            target: database.target,
            assessor: assessor(for: database),
            connectTimeout: connectTimeout,
            statementTimeout: statementTimeout
        )
    }
}

/// Lines on standard error about what happens in one database.
private struct RunLog {
    let database: String

    func write(_ event: Visit.Event) {
        switch event {
        case .isLeftToAnother: write("another vecsteward is at work here, so this one does nothing")
        case .isReadOnly: write("the server takes no writes (a standby?), so nothing is done")
        case .leavesPartitioned(let job):
            write(
                "\(name(of: job)) is partitioned: vecsteward does not create its index by itself yet; "
                    + "vecsteward --dry-run shows the SQL"
            )
        case .queued(let record): write("job \(record.id) queued: \(record.work)")
        case .begins(let record):
            write("job \(record.id) \(record.state == .queued ? "begins" : "goes on"): \(record.work)")
        case .ended(let record, let end): write("job \(record.id) \(words(end))")
        }
    }

    func write(_ line: String) {
        FileDescriptor.complain("vecsteward: \(Quoted.name(database)): \(line)\n")
    }

    private func name(of job: Job) -> String { Quoted.name(job.collection.description) }

    private func words(_ end: Visit.End) -> String {
        switch end {
        case .done(let seconds): "done in \(Numbers.decimal(seconds, digits: seconds < 10 ? 1 : 0)) s"
        case .calledOff(let reason): "called off: \(Quoted.name(reason, limit: 300))"
        case .waits(let seconds, let reason):
            "is tried again in \(Numbers.decimal(seconds / 60, digits: 0)) min: \(Quoted.name(reason, limit: 300))"
        case .failed(let error): "failed: \(Quoted.name(error.message, limit: 300))"
        }
    }
}
