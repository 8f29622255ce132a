import Advisor
import CountingJob
import Maintenance
import Postgres

/// A daemon that knows the kind of job for tests, to be killed by them: `counting-daemon CONNINFO`.
@main
enum CountingDaemon {
    static func main() async throws {
        let target = try ConnectionTarget(parsing: CommandLine.arguments[1])
        let connections = ConnectionPool(target, timeout: .seconds(60), applicationName: "vecsteward")
        var settings = Scheduler.Settings(name: "test", assessor: Assessor(connections, kinds: .withCounting))
        settings.pollInterval = .seconds(1)
        await Scheduler(settings, slots: JobSlots(perServer: 1)).keep { _ in }
    }
}
