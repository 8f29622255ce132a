import Dispatch
import Synchronization

/// A call into libpq that may block (name resolution, PQcancel), made on a thread that nobody else needs and waited for
/// no longer than asked.
///
/// When the wait ends first, the call goes on alone; what it returns is dropped.
final class BlockingCall<Value: Sendable>: Sendable {
    /// How a wait for the call ended.
    enum Outcome: Sendable {
        case returned(Value)
        case timedOut
        case cancelled
    }

    private enum State {
        case running
        case awaited(CheckedContinuation<Outcome, Never>)
        case ended(Outcome)
        case taken
    }

    private let state = Mutex(State.running)

    /// Makes the call; if `cancellable`, cancelling the task ends the wait as well.
    static func run(
        until deadline: ContinuousClock.Instant?,
        cancellable: Bool,
        _ body: @escaping @Sendable () -> Value
    ) async -> Outcome {
        let call = BlockingCall()
        // A queue of its own, not a global one: those have a bounded number of threads, and a few dead name servers
        // would use them up.
        DispatchQueue(label: "vecsteward.postgres.blocking").async { call.end(.returned(body())) }
        var timer: DispatchWorkItem?
        if let deadline {
            let item = DispatchWorkItem { call.end(.timedOut) }
            DispatchQueue.global().asyncAfter(deadline: .now() + .until(deadline), execute: item)
            timer = item
        }
        defer { timer?.cancel() }
        guard cancellable else { return await call.outcome() }
        return await withTaskCancellationHandler {
            await call.outcome()
        } onCancel: {
            call.end(.cancelled)
        }
    }

    private func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state -> Outcome? in
                guard case .ended(let outcome) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                state = .taken
                return outcome
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }

    private func end(_ outcome: Outcome) {
        let waiting = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            switch state {
            case .running:
                state = .ended(outcome)
                return nil
            case .awaited(let continuation):
                state = .taken
                return continuation
            case .ended, .taken: return nil
            }
        }
        waiting?.resume(returning: outcome)
    }
}
