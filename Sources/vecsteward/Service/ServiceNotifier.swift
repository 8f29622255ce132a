import Maintenance
import Synchronization
import Systemd

/// Notifies the service manager: whether the service is ready, what it does, and that it is alive.
final class ServiceNotifier: Sendable {
    private struct State {
        var isReady = false
        var isFailing = false
        var sentence = ""
        var hasReportedSilence = false
    }

    private let manager = ServiceManager()
    private let status: ServiceStatus
    private let liveness: Liveness
    private let output: ServiceOutput
    private let state = Mutex(State())

    init(status: ServiceStatus, liveness: Liveness, output: ServiceOutput) {
        self.status = status
        self.liveness = liveness
        self.output = output
    }

    /// Sends notifications until the task is cancelled.
    func notify() async {
        let watchdog = manager.watchdogInterval
        // sd_watchdog_enabled(3) recommends half of the interval; a quarter leaves room for a busy machine.
        let pause = min(watchdog.map { $0 / 4 } ?? .seconds(1), .seconds(1))
        while !Task.isCancelled {
            update()
            // A first poll of many tables, or of a slow server, may take longer than systemd allows for a start.
            if !state.withLock({ $0.isReady }), liveness.silent().isEmpty { send(.starting(.seconds(60))) }
            if watchdog != nil { feed() }
            try? await Task.sleep(for: pause)
        }
    }

    /// Sends what has changed.
    private func update() {
        let sentence = status.sentence
        let isComplete = status.isComplete
        let news = state.withLock { state -> (isReady: Bool, isOther: Bool) in
            defer {
                state.isReady = state.isReady || isComplete
                state.sentence = sentence
            }
            return (isComplete && !state.isReady, state.sentence != sentence)
        }
        if news.isReady { send(.ready, .status(sentence)) } else if news.isOther { send(.status(sentence)) }
    }

    /// Feeds the watchdog while every running task reports in time.
    private func feed() {
        let silent = liveness.silent()
        guard let first = silent.first else {
            state.withLock { $0.hasReportedSilence = false }
            return send(.alive)
        }
        let isNews = state.withLock { state in
            defer { state.hasReportedSilence = true }
            return !state.hasReportedSilence
        }
        guard isNews else { return }
        let more = silent.count > 1 ? " and \(silent.count - 1) more" : ""
        output.write(
            ServiceMessage(
                .serviceStuck,
                "\(first)\(more) makes no progress; if this continues, the watchdog of systemd restarts the service",
                hint: "A running build continues in the server. "
                    + "Please report this, with the journal of the last minutes."
            )
        )
    }

    /// Announces that the service is reloading its configuration.
    func reloads() { send(.reloading) }

    /// Announces that the reload has ended, whether the configuration was valid or not.
    func hasReloaded() { send(.ready, .status(status.sentence)) }

    /// Announces that the service is stopping.
    func stops() { send(.stopping, .status("stopping")) }

    private func send(_ notifications: ServiceManager.Notification...) {
        guard case .failed(let code) = manager.notify(notifications) else { return }
        let isNews = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        guard isNews else { return }
        output.write(
            ServiceMessage(
                .managerUnreachable,
                "cannot write to the socket in NOTIFY_SOCKET: \(SystemError(code: code))",
                hint: "The service continues, but systemd gets no notifications: with Type=notify, the unit needs "
                    + "NotifyAccess=main, and a sandbox must not hide the socket."
            )
        )
    }
}
