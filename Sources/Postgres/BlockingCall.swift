import Dispatch
import Synchronization

/// A call into libpq that may block (name resolution, PQcancel), made on a thread that nobody else needs and waited for
/// no longer than asked.
///
/// When the wait ends first, the call goes on alone; what it returns is dropped. Such a call keeps a thread, and perhaps a
/// socket, for as long as a server that says nothing lets it: so of calls to one place only a few go on alone at a time,
/// and until one of them returns no other one is made.
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
    ///
    /// `place` is what it waits for, such as a host.
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
        // A queue of its own, not a global one: those have a bounded number of threads, and a few dead name servers
        // would use them up.
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

/// How many calls to each place have not returned.
private enum BlockedPlaces {
    /// As many as may be under way to one place: far more than connect or cancel there at a time, where it answers.
    private static let most = 8
    private static let calls = Mutex<[String: Int]>([:])

    /// Takes note of a call; false where there are too many that have not returned.
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

    /// Lets a moment pass, also in a task that is cancelled.
    static func pause() async {
        await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
    }
}
