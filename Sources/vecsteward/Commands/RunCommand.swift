import Advisor
import ArgumentParser
import Maintenance
import Postgres

/// Does what the rules may do, once or for as long as it runs.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Look after the databases: build, rebuild and drop what the rules may (mode act).",
        discussion: """
            It keeps its queue in the schema vecsteward of each database, which it makes when it is not there. It may be \
            stopped at any moment: a build that runs goes on in the server, and the next run finishes it. Of several \
            that run at once in a database only one acts, and another takes over when it goes.

            With --once it looks once, works the queue off and exits, as cron wants it: with 1 when a job has failed \
            or waits for another try.
            """
    )

    @Flag(help: "Look once, work the queue off and exit.")
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
        return try await workOff(try source.load(), output)
    }

    /// Runs as a daemon, which reads its configuration again when it is told to.
    static func serve(
        _ source: SourceOptions,
        in environment: [String: String]
    ) async throws(ProgramFailure) -> ExitStatus {
        let output = ServiceOutput(stream: environment["JOURNAL_STREAM"])
        let service = Service(output: output) { () throws(ProgramFailure) in try source.load() }
        return try await service.run()
    }

    private func workOff(_ configuration: Configuration, _ output: ServiceOutput) async throws(ProgramFailure)
        -> ExitStatus
    {
        var failures: [ExitStatus] = []
        var isAllDone = true
        let slots = JobSlots(perServer: configuration.concurrentBuilds)
        // One database after the other: several may be on one server.
        for database in configuration.databases {
            let log = ServiceLog(database: database.name, output: output, isOnce: true)
            do throws(PostgresError) {
                let scheduler = Scheduler(configuration.schedulerSettings(for: database), slots: slots)
                let isEmpty = try await scheduler.workOff { log.write($0) }
                isAllDone = isAllDone && isEmpty
            } catch {
                if Task.isCancelled {
                    log.write(
                        log.message(
                            .serviceStopped,
                            "stopped; a build that runs goes on in the server, and the next run finishes it"
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
    /// What a scheduler of one database is told.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - assessor: What looks at it, where something does already.
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
