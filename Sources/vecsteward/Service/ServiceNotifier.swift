import Maintenance
import Synchronization
import Systemd

/// What the service manager is told: that the service is ready, what it does, and that it is alive.
final class ServiceNotifier: Sendable {
    private struct State {
        var isReady = false
        var isFailing = false
        var sentence = ""
        var toldSilence = false
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

    /// Tells what there is to tell, again and again, until the task is cancelled.
    func attend() async {
        let watchdog = manager.watchdogInterval
        // The manual of sd_watchdog_enabled(3) asks for half of the time; some may go by on a busy machine.
        let pause = min(watchdog.map { $0 / 4 } ?? .seconds(1), .seconds(1))
        while !Task.isCancelled {
            update()
            // A first look at many tables, or at a slow server, may take longer than systemd gives a start.
            if !state.withLock({ $0.isReady }), liveness.silent().isEmpty { tell(.starting(.seconds(60))) }
            if watchdog != nil { feed() }
            try? await Task.sleep(for: pause)
        }
    }

    /// Tells what has changed.
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
        if news.isReady { tell(.ready, .status(sentence)) } else if news.isOther { tell(.status(sentence)) }
    }

    /// Feeds the watchdog while everybody at work is heard of in time.
    private func feed() {
        let silent = liveness.silent()
        guard let first = silent.first else {
            state.withLock { $0.toldSilence = false }
            return tell(.alive)
        }
        let isNews = state.withLock { state in
            defer { state.toldSilence = true }
            return !state.toldSilence
        }
        guard isNews else { return }
        let more = silent.count > 1 ? " and \(silent.count - 1) more" : ""
        output.write(
            ServiceMessage(
                .serviceStuck,
                "\(first)\(more) makes no progress; if that lasts, the watchdog of systemd restarts the service",
                hint: "A build that runs goes on in the server. Please report it, with the journal of the last minutes."
            )
        )
    }

    /// Says that the configuration is read again.
    func reloads() { tell(.reloading) }

    /// Says that the configuration has been read, whatever came of it.
    func hasReloaded() { tell(.ready, .status(status.sentence)) }

    /// Says that the service ends.
    func stops() { tell(.stopping, .status("stopping")) }

    private func tell(_ notifications: ServiceManager.Notification...) {
        guard case .failed(let code) = manager.notify(notifications) else { return }
        let isNews = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        guard isNews else { return }
        output.write(
            ServiceMessage(
                .managerUnreachable,
                "the socket in NOTIFY_SOCKET cannot be written to: \(SystemError(code: code))",
                hint: "The service goes on, but systemd hears nothing of it: with Type=notify the unit has to have "
                    + "NotifyAccess=main, and a sandbox has to let the socket in."
            )
        )
    }
}
