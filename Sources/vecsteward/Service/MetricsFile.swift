import Advisor
import Dispatch
import Glibc
import Maintenance
import Reports
import Synchronization

/// The file for node_exporter's textfile collector: gathers what happens in all databases, and writes it down.
///
/// It is written whole, and no more often than every few seconds. Writing happens on a queue of its own: a disk that
/// hangs holds up nobody.
final class MetricsFile: Sendable {
    /// What is worth telling of the file.
    enum News {
        /// It cannot be written; told once, until it can.
        case cannotBeWritten(ProgramFailure.Complaint)
        /// It can be written again.
        case isWrittenAgain(path: String)
    }

    private struct State {
        var path: String?
        var report: MetricsReport
        /// What the file holds, as far as it was asked for.
        var written: MetricsReport?
        var isScheduled = false
        var lastWrite: DispatchTime?
        /// Whether the file that is there is this program's.
        var isInPlace = false
        var isComplained = false
    }

    /// The shortest time from one writing to the next.
    private static let pause = DispatchTimeInterval.seconds(5)

    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "vecsteward.metrics")
    private let onEvent: @Sendable (News) -> Void

    /// Begins with a configuration, and writes the file for the first time.
    ///
    /// - Parameters:
    ///   - configuration: Which file, if any, and which databases.
    ///   - onEvent: Takes what goes wrong with the file.
    init(_ configuration: Configuration, onEvent: @escaping @Sendable (News) -> Void) {
        let report = MetricsReport(
            programVersion: programVersion,
            configuration: MetricsReport.ConfigurationState(takenAt: Self.now),
            databases: configuration.databases.map { DatabaseMetrics($0, in: configuration) }
        )
        state = Mutex(State(path: configuration.metricsFile, report: report))
        self.onEvent = onEvent
        schedule()
    }

    /// Takes what happens in a database.
    func take(_ event: Scheduler.Event, of database: String) {
        // By far the most of all events, and no number here depends on it.
        if case .isAlive = event { return }
        let now = Self.now
        state.withLock { state in
            guard let place = state.report.databases.firstIndex(where: { $0.name == database }) else { return }
            state.report.databases[place].take(event, at: now)
        }
        schedule()
    }

    /// Takes another configuration, which is in force from now on.
    ///
    /// What is known of a database that is in both stays.
    func take(_ configuration: Configuration) {
        let now = Self.now
        let oldPath = state.withLock { state -> String? in
            let known = Dictionary(state.report.databases.map { ($0.name, $0) }) { first, _ in first }
            state.report.configuration = MetricsReport.ConfigurationState(takenAt: now)
            state.report.databases = configuration.databases.map { database in
                let fresh = DatabaseMetrics(database, in: configuration)
                var metrics = known[database.name] ?? fresh
                metrics.pollInterval = fresh.pollInterval
                return metrics
            }
            let old = state.path
            state.path = configuration.metricsFile
            guard old != state.path else { return nil }
            defer { state.isInPlace = false }
            state.written = nil
            state.isComplained = false
            return state.isInPlace ? old : nil
        }
        // Two files with the same metrics are an error to node_exporter.
        if let oldPath { queue.async { unlink(oldPath) } }
        schedule()
    }

    /// Takes note that a configuration was refused, and the one before stays in force.
    func takeRefusal() {
        state.withLock { $0.report.configuration.isCurrent = false }
        schedule()
    }

    /// Writes the file for the last time.
    ///
    /// It stays, so that an alert on the time of the last look is heard when nobody starts the program again.
    func close() {
        state.withLock { state in
            for place in state.report.databases.indices { state.report.databases[place].takeStop() }
        }
        queue.sync { write() }
    }

    private func schedule() {
        let deadline = state.withLock { state -> DispatchTime? in
            guard state.path != nil, !state.isScheduled, state.written != state.report else { return nil }
            state.isScheduled = true
            return max(.now(), state.lastWrite.map { $0 + Self.pause } ?? .now())
        }
        if let deadline { queue.asyncAfter(deadline: deadline) { self.write() } }
    }

    private func write() {
        let (path, report) = state.withLock { state in
            state.isScheduled = false
            state.lastWrite = .now()
            state.written = state.report
            return (state.path, state.report)
        }
        guard let path else { return }
        do throws(SystemError) {
            // What a crash of the host loses is written again when the program is started.
            let file = try PendingFile(beside: path, mode: 0o644)
            try file.commit(PrometheusText.render(report), isFlushed: false)
            let isNews = state.withLock { state in
                if state.path == path { state.isInPlace = true }
                defer { state.isComplained = false }
                return state.isComplained
            }
            if isNews { onEvent(.isWrittenAgain(path: path)) }
        } catch {
            let isNews = state.withLock { state in
                // The next change, which the next look is at the latest, tries again.
                state.written = nil
                defer { state.isComplained = true }
                return !state.isComplained
            }
            if isNews { onEvent(.cannotBeWritten(Self.complaint(path, error))) }
        }
    }

    private static func complaint(_ path: String, _ error: SystemError) -> ProgramFailure.Complaint {
        let folder = Quoted.name(ReportDestination.folder(of: path))
        let hint =
            switch error.code {
            case ENOENT: "Make the folder \(folder), or correct metrics.file in the configuration."
            case EACCES, EPERM: "Let the user who runs vecsteward make files in \(folder)."
            case EROFS:
                "Under systemd only the folders that the unit names can be written to: "
                    + "add ReadWritePaths=\(folder) to it (systemctl edit vecsteward)."
            case ENOSPC, EDQUOT: "Make room there, or give metrics.file a path on another disk."
            default: "Correct metrics.file in the configuration."
            }
        return ProgramFailure.Complaint(
            message: "cannot write the metrics to \(Quoted.name(path)): \(error); all else goes on",
            hint: hint
        )
    }

    /// The time by this host's clock, in seconds since 1970.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension MetricsFile.News {
    /// What is said of it.
    var message: ServiceMessage {
        switch self {
        case .cannotBeWritten(let complaint):
            ServiceMessage(.metricsUnwritable, complaint.message, hint: complaint.hint)
        case .isWrittenAgain(let path):
            ServiceMessage(.metricsWritten, "the metrics are written to \(Quoted.name(path)) again")
        }
    }
}

extension DatabaseMetrics {
    fileprivate init(_ database: DatabaseConfiguration, in configuration: Configuration) {
        self.init(
            name: database.name,
            pollInterval: configuration.pollInterval(for: database) / .seconds(1)
        )
    }

    fileprivate mutating func take(_ event: Scheduler.Event, at time: Double) {
        switch event {
        case .leadershipChanged(let leadership):
            take(isLeader: leadership == .leads)
            take(isKeptOut: leadership.isKeptOut)
        case .isOutOfReach: take(isUp: false)
        case .isBack, .turned: take(isUp: true)
        case .polled(let poll): takePoll(poll.assessment, seconds: poll.seconds, at: time)
        case .queued(let records): for _ in records { takeQueued() }
        case .begins(let record): takeBegin(record)
        case .news(let record, .progress(let progress)):
            if let fraction = progress.fraction { takeProgress(fraction, of: record) }
        case .rests(let record, _): takeRest(record)
        case .stops(let record, let isLeft): takeRest(record, isQueued: !isLeft)
        case .ended(let record, let end):
            switch end.outcome {
            case .done: takeEnd(record, .done, seconds: end.seconds)
            case .cancelled: takeEnd(record, .cancelled)
            case .postponed, .yielded: takeEnd(record, .postponed)
            case .failed: takeEnd(record, end.retryAfterSeconds == nil ? .failed : .postponed)
            }
        case .pollFailed, .cannotAct, .findings, .didNotHelp, .unreadable, .waitsForWindow, .waitsForTable, .news,
            .isAlive,
            .isGone:
            break
        }
    }
}
