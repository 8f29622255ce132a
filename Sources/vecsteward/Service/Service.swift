import CMalloc
import Maintenance
import Synchronization

/// The daemon: manages all databases of a configuration until its task is cancelled.
///
/// The databases are independent: one that is down or slow delays no other.
final class Service: Sendable {
    /// A database with its scheduler and the task that runs it.
    fileprivate struct ManagedDatabase {
        var configuration: DatabaseConfiguration
        var scheduler: Scheduler
        var task: Task<Void, Never>
    }

    private let load: @Sendable () throws(ProgramFailure) -> Configuration
    private let output: ServiceOutput
    private let status = ServiceStatus()
    private let liveness = Liveness()
    private let slots: JobSlots
    private let serviceNotifier: ServiceNotifier
    private let managedDatabases = Mutex<[String: ManagedDatabase]>([:])

    /// Creates a daemon.
    ///
    /// - Parameters:
    ///   - output: Where it writes its messages.
    ///   - load: Reads the configuration, at the start and at each reload.
    init(output: ServiceOutput, load: @escaping @Sendable () throws(ProgramFailure) -> Configuration) {
        self.output = output
        self.load = load
        slots = JobSlots(perServer: 1)
        serviceNotifier = ServiceNotifier(status: status, liveness: liveness, output: output)
    }

    /// Runs until the task is cancelled.
    ///
    /// - Returns: The exit status.
    /// - Throws: The problems of the configuration that it starts with.
    func run() async throws(ProgramFailure) -> ExitStatus {
        // An arena per thread would keep the memory of one poll from the next.
        mallopt(M_ARENA_MAX, 1)
        let configuration = try load()
        let (hangups, hangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        Interrupts.serve(patience: configuration.patience) { hangup.yield() }
        output.write(
            ServiceMessage(.serviceStarted, "\(programVersion) manages \(configuration.names)")
                .with(["VERSION": programVersion])
        )
        let metrics = MetricsFile(configuration) { [output] in output.write($0.message) }
        apply(configuration, metrics)
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.serviceNotifier.notify() }
                for await _ in hangups { reload(metrics) }
                group.cancelAll()
            }
        } onCancel: {
            serviceNotifier.stops()
            for task in managedDatabases.withLock({ $0.values.map(\.task) }) { task.cancel() }
            hangup.finish()
        }
        // Also the databases that a reload added while the service was stopping.
        let rest = managedDatabases.withLock { $0.values.map(\.task) }
        for task in rest { task.cancel() }
        for task in rest { await task.value }
        metrics.close()
        output.write(ServiceMessage(.serviceStopped, "stopped"))
        output.flush()
        return .success
    }

    /// Reads the configuration again; an invalid one changes nothing.
    private func reload(_ metrics: MetricsFile) {
        serviceNotifier.reloads()
        defer { serviceNotifier.hasReloaded() }
        do throws(ProgramFailure) {
            let configuration = try load()
            metrics.record(configuration)
            apply(configuration, metrics)
            status.refuse(nil)
            Interrupts.serve(patience: configuration.patience)
            output.write(
                ServiceMessage(
                    .configurationReloaded,
                    "configuration reloaded; managing \(configuration.names)"
                )
            )
        } catch {
            for complaint in error.complaints {
                output.write(ServiceMessage(.configurationRefused, complaint.message, hint: complaint.hint))
            }
            let first = error.complaints.first?.message ?? "it is unreadable"
            let more = error.complaints.count > 1 ? " (and \(error.complaints.count - 1) more)" : ""
            status.refuse(first + more)
            metrics.recordRefusal()
            output.write(
                ServiceMessage(
                    .configurationRefused,
                    "the new configuration is invalid; the previous one stays in effect",
                    hint: "Run vecsteward check-config to see all problems, fix them, and reload again."
                )
            )
        }
    }

    /// Starts schedulers for new databases, stops those of removed ones, and passes new settings to the others.
    private func apply(_ configuration: Configuration, _ metrics: MetricsFile) {
        slots.resize(perServer: configuration.concurrentBuilds)
        status.expect(configuration.databases.map(\.name))
        managedDatabases.withLock { managedDatabases in
            let gone = Set(managedDatabases.keys).subtracting(configuration.databases.map(\.name))
            for name in gone.sorted() {
                _ = managedDatabases.removeValue(forKey: name)?.leave()
                let log = ServiceLog(database: name, output: output)
                log.write(log.message(.leadership, "is no longer managed"))
            }
            for database in configuration.databases {
                let settings = configuration.schedulerSettings(for: database)
                var former: Task<Void, Never>?
                if let managedDatabase = managedDatabases[database.name] {
                    if managedDatabase.configuration.connection == database.connection {
                        managedDatabase.scheduler.adopt(settings)
                        continue
                    }
                    former = managedDatabase.leave()
                }
                let scheduler = Scheduler(settings, slots: slots)
                managedDatabases[database.name] = ManagedDatabase(
                    configuration: database,
                    scheduler: scheduler,
                    task: Task { [former] in
                        await former?.value
                        await self.keep(scheduler, database.name, metrics)
                    }
                )
            }
        }
    }

    private func keep(_ scheduler: Scheduler, _ name: String, _ metrics: MetricsFile) async {
        let log = ServiceLog(database: name, output: output)
        await scheduler.keep { [status, liveness] event in
            liveness.record(event, of: name)
            status.record(event, of: name)
            metrics.record(event, of: name)
            log.write(event)
            // A poll of thousands of collections frees its memory in pieces between what is kept; the next poll needs
            // other sizes, so the process would only grow.
            if case .turned(hasPolled: true) = event { malloc_trim(0) }
        }
    }
}

extension Service.ManagedDatabase {
    /// Stops managing the database; a running build is left to the server, whatever `onStop` says.
    fileprivate func leave() -> Task<Void, Never> {
        scheduler.leaveBuilds()
        task.cancel()
        return task
    }
}

extension Configuration {
    fileprivate var names: String {
        let all = databases.map { Quoted.name($0.name) }
        return all.prefix(20).joined(separator: ", ") + (all.count > 20 ? " and \(all.count - 20) more" : "")
    }

    /// The seconds that the service may take to stop.
    ///
    /// Cancelling a build and dropping what it leaves takes longer than leaving it to the server.
    fileprivate var patience: Int { stopPolicy == .cancel ? 15 : 3 }
}
