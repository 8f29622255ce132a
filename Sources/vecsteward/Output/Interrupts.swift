import Dispatch
import Glibc
import Synchronization

/// Ends a command on SIGINT, SIGTERM and SIGHUP: first by cancelling it, so that statements on servers end too, and
/// soon after without asking.
enum Interrupts {
    /// How a command ends on a signal.
    private struct StopBehaviour {
        /// How long it may take to end.
        var patience = 1
        /// Whether a signal is the way to end it, and not an interruption.
        var isOrderly = false
        /// What SIGHUP asks of a service, which it does not end.
        var hangup: (@Sendable () -> Void)?
    }

    private static let stopBehaviour = Mutex(StopBehaviour())

    /// Lets a signal be the way in which a service ends.
    ///
    /// - Parameters:
    ///   - patience: How many seconds the service may take to end.
    ///   - hangup: What to do at SIGHUP, if that is not what is done already.
    static func serve(patience: Int, hangup: (@Sendable () -> Void)? = nil) {
        stopBehaviour.withLock { stopBehaviour in
            stopBehaviour = StopBehaviour(patience: patience, isOrderly: true, hangup: hangup ?? stopBehaviour.hangup)
        }
    }

    /// Runs a command.
    ///
    /// - Returns: What the command says, or the status of the signal that ended it.
    static func supervise(_ command: @escaping @Sendable () async -> ExitStatus) async -> ExitStatus {
        // A closed pipe is an error of write(2), which says more than a signal.
        signal(SIGPIPE, SIG_IGN)
        let outcome = InterruptState()
        let task = Task { await command() }
        let queue = DispatchQueue(label: "vecsteward.signals")
        let sources = [(SIGINT, ExitStatus.interrupted), (SIGTERM, .terminated), (SIGHUP, .terminated)]
            // What nohup made deaf to a closed terminal stays so.
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
        // Functions cannot be compared, and this one is no function but a number.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// The signal that came, if one came.
private final class InterruptState: Sendable {
    private let status = Mutex<ExitStatus?>(nil)

    var value: ExitStatus? { status.withLock { $0 } }

    func set(_ new: ExitStatus) {
        status.withLock { $0 = new }
    }
}
