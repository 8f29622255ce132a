import Advisor
import ArgumentParser
import Maintenance
import Postgres

/// Runs the jobs that the rules may run: once, or as a daemon.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Manage the databases: build, rebuild and drop indexes as the rules in mode act decide.",
        discussion: """
            The queue of each database is in its schema vecsteward, which is created if it is missing. You may stop the \
            program at any moment: a running build continues in the server, and the next run finishes it. If several \
            instances manage a database, one is the leader and runs the jobs; another takes over when it stops.

            With --once it polls once, runs all queued jobs and exits, for cron. It exits with 1 if a job failed or \
            waits for another try.
            """
    )

    @Flag(help: "Poll once, run all queued jobs, and exit.")
    var once = false

    @ParentCommand var parent: VecstewardCommand

    @OptionGroup var source: SourceOptions
}

extension RunCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "run")
        let source = source.merged(over: parent.source)
        guard once else { return try await Self.serve(source, in: environment) }
        let output = ServiceOutput(stream: environment["JOURNAL_STREAM"])
        defer { output.flush() }
        return try await runQueuedJobs(try source.load(), output)
    }

    /// Runs as a daemon, which reads its configuration again on SIGHUP.
    static func serve(
        _ source: SourceOptions,
        in environment: [String: String]
    ) async throws(ProgramFailure) -> ExitStatus {
        let output = ServiceOutput(stream: environment["JOURNAL_STREAM"])
        let service = Service(output: output) { () throws(ProgramFailure) in try source.load() }
        return try await service.run()
    }

    private func runQueuedJobs(_ configuration: Configuration, _ output: ServiceOutput) async throws(ProgramFailure)
        -> ExitStatus
    {
        var failures: [ExitStatus] = []
        var isAllDone = true
        let slots = JobSlots(perServer: configuration.concurrentBuilds)
        // One database after the other, because several may be on one server.
        for database in configuration.databases {
            let log = ServiceLog(database: database.name, output: output, isOnce: true)
            do throws(PostgresError) {
                let scheduler = Scheduler(configuration.schedulerSettings(for: database), slots: slots)
                let isEmpty = try await scheduler.runQueuedJobs { log.write($0) }
                isAllDone = isAllDone && isEmpty
            } catch {
                if Task.isCancelled {
                    log.write(
                        log.message(
                            .serviceStopped,
                            "stopped; a running build continues in the server, and the next run finishes it"
                        )
                    )
                    throw .silent(.interrupted)
                }
                let advice = ConnectionAdvice(error)
                failures.append(advice.status)
                log.complain(error)
            }
        }
        return ExitStatus.combining(failures) ?? (isAllDone ? .success : .workToDo)
    }
}

extension Configuration {
    /// The settings for the scheduler of one database.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - assessor: An assessor to use again, with its connections; otherwise a new one.
    /// - Returns: The settings.
    func schedulerSettings(for database: DatabaseConfiguration, assessor: Assessor? = nil) -> Scheduler.Settings {
        var settings = Scheduler.Settings(name: database.name, assessor: assessor ?? self.assessor(for: database))
        settings.pollInterval = pollInterval(for: database)
        settings.mayAct = mode(for: database) == .maintain
        settings.windows = windows
        settings.historyDays = historyDays
        settings.cancelsOnStop = stopPolicy == .cancel
        settings.alertInterval = alertInterval
        return settings
    }
}
