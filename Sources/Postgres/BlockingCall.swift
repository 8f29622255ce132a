import Dispatch
import Synchronization

/// A call into libpq that may block (name resolution, PQcancel).
///
/// It runs on a thread of its own, and the caller waits no longer than it wants.
///
/// If the wait ends first, the call continues alone and its result is dropped. Such a call occupies a thread, and
/// perhaps a socket, for as long as a silent server lets it. Therefore only a few calls to one place may be left alone
/// at a time; until one of them returns, no further call is made.
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

    /// Runs the call; if `cancellable`, cancelling the task ends the wait as well.
    ///
    /// `place` identifies what the call waits for, such as a host.
    static func run(
        to place: String,
        until deadline: ContinuousClock.Instant?,
        cancellable: Bool,
        _ body: @escaping @Sendable () -> Value
    ) async -> Outcome {
        while !BlockedPlaces.enter(place) {
            if let deadline, deadline <= .now { return .timedOut }
            if cancellable, Task.isCancelled { return .cancelled }
            await BlockedPlaces.pause()
        }
        let call = BlockingCall()
        // A queue of its own: the global queues have a limited number of threads, and a few dead name servers would use
        // them up.
        DispatchQueue(label: "vecsteward.postgres.blocking").async {
            let value = body()
            BlockedPlaces.leave(place)
            call.end(.returned(value))
        }
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

/// Counts the calls to each place that have not returned.
private enum BlockedPlaces {
    /// The limit per place: far more than connect or cancel at the same time if the place answers.
    private static let most = 8
    private static let calls = Mutex<[String: Int]>([:])

    /// Counts a call; false if too many have not returned.
    static func enter(_ place: String) -> Bool {
        calls.withLock { calls in
            guard calls[place, default: 0] < most else { return false }
            calls[place, default: 0] += 1
            return true
        }
    }

    static func leave(_ place: String) {
        calls.withLock { calls in
            calls[place, default: 1] -= 1
            if calls[place] == 0 { calls[place] = nil }
        }
    }

    /// Waits a moment, even in a cancelled task.
    static func pause() async {
        await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
    }
}
