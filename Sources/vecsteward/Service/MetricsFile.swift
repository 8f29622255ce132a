import Advisor
import Dispatch
import Glibc
import Maintenance
import Reports
import Synchronization

/// Collects the metrics of all databases and writes them to the file that the textfile collector of node_exporter
/// reads.
///
/// It replaces the whole file, at most once every five seconds. A queue of its own does the writing, so that a hanging
/// disk blocks nothing else.
final class MetricsFile: Sendable {
    /// What the service logs about the file.
    enum News {
        /// The file cannot be written; reported once, until a write succeeds.
        case cannotBeWritten(ProgramFailure.Complaint)
        /// A write succeeded after a failure.
        case isWrittenAgain(path: String)
    }

    private struct State {
        var path: String?
        var report: MetricsReport
        /// The last report whose write was scheduled; `nil` if the file must be written again.
        var written: MetricsReport?
        var isScheduled = false
        var lastWrite: DispatchTime?
        /// Whether this program wrote the file that is at the path.
        var isInPlace = false
        var isComplained = false
    }

    /// The shortest time between two writes.
    private static let pause = DispatchTimeInterval.seconds(5)

    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "vecsteward.metrics")
    private let onEvent: @Sendable (News) -> Void

    /// Starts with a configuration, and schedules the first write.
    ///
    /// - Parameters:
    ///   - configuration: Names the file, if any, and the databases.
    ///   - onEvent: Receives failures to write the file, and the end of each.
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

    /// Updates the metrics by an event of a database.
    func record(_ event: Scheduler.Event, of database: String) {
        // The most frequent event by far, and it changes no metric.
        if case .isAlive = event { return }
        let now = Self.now
        state.withLock { state in
            guard let place = state.report.databases.firstIndex(where: { $0.name == database }) else { return }
            state.report.databases[place].record(event, at: now)
        }
        schedule()
    }

    /// Applies a new configuration.
    ///
    /// The metrics of a database that both configurations name are kept.
    func record(_ configuration: Configuration) {
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
        // node_exporter rejects two files that have the same metrics.
        if let oldPath { queue.async { unlink(oldPath) } }
        schedule()
    }

    /// Records that a new configuration was invalid and the previous one stays in effect.
    func recordRefusal() {
        state.withLock { $0.report.configuration.isCurrent = false }
        schedule()
    }

    /// Writes the file for the last time.
    ///
    /// The file stays, so that an alert on the time of the last poll fires if nobody starts the program again.
    func close() {
        state.withLock { state in
            for place in state.report.databases.indices { state.report.databases[place].recordStop() }
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
            // No fsync: if the host crashes, the program writes the file again when it starts.
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
                // The next change, at the latest the next poll, tries again.
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
                "Under systemd a service can write only to the folders that its unit names: "
                    + "add ReadWritePaths=\(folder) to it (systemctl edit vecsteward)."
            case ENOSPC, EDQUOT: "Make room there, or give metrics.file a path on another disk."
            default: "Correct metrics.file in the configuration."
            }
        return ProgramFailure.Complaint(
            message: "cannot write the metrics to \(Quoted.name(path)): \(error); everything else continues",
            hint: hint
        )
    }

    /// Unix time by the clock of this host, in seconds.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension MetricsFile.News {
    /// The message for the log.
    var message: ServiceMessage {
        switch self {
        case .cannotBeWritten(let complaint):
            ServiceMessage(.metricsUnwritable, complaint.message, hint: complaint.hint)
        case .isWrittenAgain(let path):
            ServiceMessage(.metricsWritten, "writing the metrics to \(Quoted.name(path)) again")
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

    fileprivate mutating func record(_ event: Scheduler.Event, at time: Double) {
        switch event {
        case .leadershipChanged(let leadership):
            record(isLeader: leadership == .leads)
            record(isKeptOut: leadership.isKeptOut)
        case .isOutOfReach: record(isUp: false)
        case .isBack, .turned: record(isUp: true)
        case .polled(let poll): recordPoll(poll.assessment, seconds: poll.seconds, at: time)
        case .queued(let records): for _ in records { recordQueued() }
        case .begins(let record): recordBegin(record)
        case .news(let record, .progress(let progress)):
            if let fraction = progress.fraction { recordProgress(fraction, of: record) }
        case .rests(let record, _): recordRest(record)
        case .stops(let record, let isLeft): recordRest(record, isQueued: !isLeft)
        case .ended(let record, let end):
            switch end.outcome {
            case .done: recordEnd(record, .done, seconds: end.seconds)
            case .cancelled: recordEnd(record, .cancelled)
            case .postponed, .yielded: recordEnd(record, .postponed)
            case .failed: recordEnd(record, end.retryAfterSeconds == nil ? .failed : .postponed)
            }
        case .pollFailed, .cannotAct, .findings, .didNotHelp, .unreadable, .waitsForWindow, .waitsForTable, .news,
            .isAlive,
            .isGone:
            break
        }
    }
}
