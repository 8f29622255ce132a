import CMalloc
import Maintenance
import Synchronization

/// The daemon: looks after all databases of a configuration until it is told to stop.
///
/// The databases have nothing to do with each other: one that is down or slow delays no other.
final class Service: Sendable {
    /// A database that is looked after.
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

    /// A daemon.
    ///
    /// - Parameters:
    ///   - output: Where it says what happens.
    ///   - load: Reads the configuration, at the start and at each reload.
    init(output: ServiceOutput, load: @escaping @Sendable () throws(ProgramFailure) -> Configuration) {
        self.output = output
        self.load = load
        slots = JobSlots(perServer: 1)
        serviceNotifier = ServiceNotifier(status: status, liveness: liveness, output: output)
    }

    /// Runs until the task is cancelled.
    ///
    /// - Returns: How to exit.
    /// - Throws: What is wrong with the configuration that it starts with.
    func run() async throws(ProgramFailure) -> ExitStatus {
        // An arena for each thread keeps what a look has taken from those of the next look.
        mallopt(M_ARENA_MAX, 1)
        let configuration = try load()
        let (hangups, hangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        Interrupts.serve(patience: configuration.patience) { hangup.yield() }
        output.write(
            ServiceMessage(.serviceStarted, "\(programVersion) looks after \(configuration.names)")
                .with(["VERSION": programVersion])
        )
        let metrics = MetricsFile(configuration) { [output] in output.write($0.message) }
        apply(configuration, metrics)
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.serviceNotifier.attend() }
                for await _ in hangups { reload(metrics) }
                group.cancelAll()
            }
        } onCancel: {
            serviceNotifier.stops()
            for task in managedDatabases.withLock({ $0.values.map(\.task) }) { task.cancel() }
            hangup.finish()
        }
        // Also those that a reload has added while the service was told to stop.
        let rest = managedDatabases.withLock { $0.values.map(\.task) }
        for task in rest { task.cancel() }
        for task in rest { await task.value }
        metrics.close()
        output.write(ServiceMessage(.serviceStopped, "stopped"))
        output.flush()
        return .success
    }

    /// Reads the configuration again; a wrong one changes nothing.
    private func reload(_ metrics: MetricsFile) {
        serviceNotifier.reloads()
        defer { serviceNotifier.hasReloaded() }
        do throws(ProgramFailure) {
            let configuration = try load()
            metrics.take(configuration)
            apply(configuration, metrics)
            status.refuse(nil)
            Interrupts.serve(patience: configuration.patience)
            output.write(
                ServiceMessage(
                    .configurationReloaded,
                    "the configuration is read again: looks after \(configuration.names)"
                )
            )
        } catch {
            for complaint in error.complaints {
                output.write(ServiceMessage(.configurationRefused, complaint.message, hint: complaint.hint))
            }
            let first = error.complaints.first?.message ?? "it cannot be read"
            let more = error.complaints.count > 1 ? " (and \(error.complaints.count - 1) more)" : ""
            status.refuse(first + more)
            metrics.takeRefusal()
            output.write(
                ServiceMessage(
                    .configurationRefused,
                    "the configuration is wrong, and the one before still holds",
                    hint: "vecsteward check-config says all that is wrong with it. Then reload again."
                )
            )
        }
    }

    /// Begins with databases that are new, ends with those that are gone, and tells the others what is new to them.
    private func apply(_ configuration: Configuration, _ metrics: MetricsFile) {
        slots.resize(perServer: configuration.concurrentBuilds)
        status.expect(configuration.databases.map(\.name))
        managedDatabases.withLock { managedDatabases in
            let gone = Set(managedDatabases.keys).subtracting(configuration.databases.map(\.name))
            for name in gone.sorted() {
                _ = managedDatabases.removeValue(forKey: name)?.leave()
                let log = ServiceLog(database: name, output: output)
                log.write(log.message(.leadership, "is no longer looked after"))
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
            liveness.take(event, of: name)
            status.take(event, of: name)
            metrics.take(event, of: name)
            log.write(event)
            // What a look at thousands of collections takes lies between what is kept, and would stay with the process:
            // the next look needs it in other pieces.
            if case .turned(hasPolled: true) = event { malloc_trim(0) }
        }
    }
}

extension Service.ManagedDatabase {
    /// Ends the looking after it; a build that runs is left to the server, whatever the service does when it stops itself.
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

    /// How many seconds the service may take to stop.
    ///
    /// Cancelling a build and dropping what it leaves takes a moment that leaving it to the server does not.
    fileprivate var patience: Int { stopPolicy == .cancel ? 15 : 3 }
}
