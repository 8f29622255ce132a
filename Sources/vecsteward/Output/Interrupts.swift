import Dispatch
import Glibc
import Synchronization

/// Stops a command on SIGINT, SIGTERM and SIGHUP: first cancels it, so that statements on servers end too, and soon
/// after exits.
enum Interrupts {
    /// How a command reacts to a signal.
    private struct StopBehaviour {
        /// The seconds that it may take to stop.
        var patience = 1
        /// Whether a signal is the normal way to stop it.
        var isOrderly = false
        /// The action on SIGHUP of a service, which does not stop it.
        var hangup: (@Sendable () -> Void)?
    }

    private static let stopBehaviour = Mutex(StopBehaviour())

    /// Makes a signal the normal way to stop a service.
    ///
    /// - Parameters:
    ///   - patience: The seconds that the service may take to stop.
    ///   - hangup: The action on SIGHUP; `nil` keeps the previous one.
    static func serve(patience: Int, hangup: (@Sendable () -> Void)? = nil) {
        stopBehaviour.withLock { stopBehaviour in
            stopBehaviour = StopBehaviour(patience: patience, isOrderly: true, hangup: hangup ?? stopBehaviour.hangup)
        }
    }

    /// Runs a command.
    ///
    /// - Returns: The status of the command, or that of the signal that stopped it.
    static func supervise(_ command: @escaping @Sendable () async -> ExitStatus) async -> ExitStatus {
        // Without SIGPIPE, write(2) fails with EPIPE on a closed pipe, which says more.
        signal(SIGPIPE, SIG_IGN)
        let outcome = InterruptState()
        let task = Task { await command() }
        let queue = DispatchQueue(label: "vecsteward.signals")
        let sources = [(SIGINT, ExitStatus.interrupted), (SIGTERM, .terminated), (SIGHUP, .terminated)]
            // If nohup ignores SIGHUP, it stays ignored.
            .filter { number, _ in number != SIGHUP || !isIgnored(number) }
            .map { number, status in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler {
                    let stopBehaviour = stopBehaviour.withLock { $0 }
                    if number == SIGHUP, let hangup = stopBehaviour.hangup { return hangup() }
                    let status = stopBehaviour.isOrderly ? .success : status
                    outcome.set(status)
                    task.cancel()
                    queue.asyncAfter(deadline: .now() + .seconds(stopBehaviour.patience)) {
                        PendingFile.removeAll()
                        _exit(status.rawValue)
                    }
                }
                source.resume()
                return source
            }
        let status = await task.value
        for source in sources { source.cancel() }
        return outcome.value ?? status
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        // Functions are not comparable; SIG_IGN is a number in the place of one.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// The signal that arrived, if any.
private final class InterruptState: Sendable {
    private let status = Mutex<ExitStatus?>(nil)

    var value: ExitStatus? { status.withLock { $0 } }

    func set(_ new: ExitStatus) {
        status.withLock { $0 = new }
    }
}
