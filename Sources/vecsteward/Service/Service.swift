import CMalloc
import Maintenance

/// The daemon: looks after all databases of a configuration until it is told to stop.
struct Service: Sendable {
    private let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Runs until the task is cancelled.
    ///
    /// The databases have nothing to do with each other: one that is down or slow delays no other.
    func run() async -> ExitStatus {
        // An arena for each thread keeps what a look has taken from those of the next look.
        mallopt(M_ARENA_MAX, 1)
        // Cancelling a build and dropping what it leaves takes a moment that leaving it to the server does not.
        Interrupts.serve(patience: configuration.stopPolicy == .cancel ? 15 : 3)
        let slots = BuildSlots(perServer: configuration.concurrentBuilds)
        ServiceLog.announce(configuration)
        let metrics = MetricsFile(configuration) { ServiceLog.write($0) }
        await withTaskGroup(of: Void.self) { group in
            for database in configuration.databases {
                let steward = Steward(configuration.stewardSettings(for: database), slots: slots)
                let log = ServiceLog(database: database.name)
                group.addTask {
                    await steward.keep { event in
                        log.write(event)
                        metrics.take(event, of: database.name)
                        // What a look at thousands of collections takes lies between what is kept, and would stay with the
                        // process: the next look needs it in other pieces.
                        if case .turned(hasLooked: true) = event { malloc_trim(0) }
                    }
                }
            }
        }
        metrics.close()
        ServiceLog.write("stopped")
        return .success
    }
}
