internal import Dispatch
internal import Synchronization

/// How a wait ended.
enum Ending<Value: Sendable>: Sendable {
    case finished(Value)
    case timedOut
    case cancelled
}

/// Something to wait for that a result, a time limit or a cancellation ends, whichever comes first.
final class Race<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Ending<Value>, Never>)
        case ended(Ending<Value>)
    }

    private let state = Mutex<State>(.open)

    /// Ends the wait; only the first call counts.
    func end(_ ending: Ending<Value>) {
        let waiting: CheckedContinuation<Ending<Value>, Never>? = state.withLock { state in
            switch state {
            case .open:
                state = .ended(ending)
                return nil
            case .waiting(let continuation):
                state = .ended(ending)
                return continuation
            case .ended:
                return nil
            }
        }
        waiting?.resume(returning: ending)
    }

    /// Waits, once.
    ///
    /// - Parameters:
    ///   - deadline: When the wait ends as timed out.
    ///   - isCancellable: Whether the cancellation of the task ends it. Clean-up must not be.
    func wait(until deadline: ContinuousClock.Instant?, isCancellable: Bool) async -> Ending<Value> {
        let timer = DispatchWorkItem { self.end(.timedOut) }
        defer { timer.cancel() }
        if let deadline {
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            let (seconds, attoseconds) = left.components
            let nanoseconds = Int(clamping: seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds), execute: timer)
        }
        guard isCancellable else { return await ending() }
        return await withTaskCancellationHandler {
            await ending()
        } onCancel: {
            end(.cancelled)
        }
    }

    private func ending() async -> Ending<Value> {
        await withCheckedContinuation { continuation in
            let ended: Ending<Value>? = state.withLock { state in
                if case .ended(let ending) = state { return ending }
                state = .waiting(continuation)
                return nil
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }
}

/// Runs what may block on a thread that is not the cooperative pool's, and goes on when the time is over: what then
/// comes of it is dropped.
func offPool<Value: Sendable>(
    until deadline: ContinuousClock.Instant?,
    isCancellable: Bool,
    _ work: @escaping @Sendable () -> Value
) async -> Ending<Value> {
    let race = Race<Value>()
    blockingQueue.async { race.end(.finished(work())) }
    return await race.wait(until: deadline, isCancellable: isCancellable)
}

private let blockingQueue = DispatchQueue(label: "vecsteward.libpq.blocking", attributes: .concurrent)
