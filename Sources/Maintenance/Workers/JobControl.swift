internal import Synchronization

/// Cancels or interrupts a running job, for a person or for a program that has to stop.
public final class JobControl: Sendable {
    private struct State {
        var isCancelled = false
        var yieldRequestedAt: ContinuousClock.Instant?
        var nextToken = 0
        var handlers: [Int: @Sendable () -> Void] = [:]

        var isInterrupted: Bool { isCancelled || yieldRequestedAt != nil }
    }

    private let state = Mutex(State())
    private let wait = Mutex(false)
    private let slot: JobSlots.Slot?

    /// A control without any request.
    public convenience init() { self.init(slot: nil) }

    /// A control of a job with a slot, which others use while the job only waits.
    init(slot: JobSlots.Slot?) { self.slot = slot }

    /// Whether the job only waits for others, so that other jobs may run.
    var isHeldUp: Bool { wait.withLock { $0 } }

    /// Records whether the job only waits for others, or no longer needs a processor of its own.
    func set(isHeldUp: Bool) {
        wait.withLock { $0 = isHeldUp }
        if isHeldUp { slot?.lend() } else { slot?.reclaim() }
    }

    /// Gives back the slot.
    func giveBackSlot() { slot?.giveBack() }

    /// Cancels the job, from any task and any number of times.
    ///
    /// A build is cancelled on the server within about a second, and its leftover is dropped. A job that is already renaming
    /// indexes or dropping the old one finishes instead: that takes moments, and stopping halfway would not help.
    public func cancel() { interrupt { $0.isCancelled = true } }

    /// Whether the job has been cancelled; it may still be running.
    public var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Asks a background job to yield to others; a job of another lane continues.
    ///
    /// - Returns: When it was first asked.
    func yield() -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        interrupt { $0.yieldRequestedAt = $0.yieldRequestedAt ?? now }
        return state.withLock { $0.yieldRequestedAt } ?? now
    }

    /// Whether the job is to end or to yield.
    package var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// Calls a handler once when the job is to end or to yield; at once if it already is.
    ///
    /// - Returns: The token with which ``forget(_:)`` removes the handler.
    func onInterruption(_ handler: @escaping @Sendable () -> Void) -> Int {
        let (token, isLate) = state.withLock { state in
            state.nextToken += 1
            let isLate = state.isInterrupted
            if !isLate { state.handlers[state.nextToken] = handler }
            return (state.nextToken, isLate)
        }
        if isLate { handler() }
        return token
    }

    /// Removes a handler.
    func forget(_ token: Int) { state.withLock { $0.handlers[token] = nil } }

    private func interrupt(_ change: (inout sending State) -> Void) {
        let handlers = state.withLock { state in
            change(&state)
            defer { state.handlers = [:] }
            return Array(state.handlers.values)
        }
        for handler in handlers { handler() }
    }
}
