internal import Synchronization

/// A person's way, or that of a program that has to stop, to ask for the end of a job that is being carried out.
public final class JobControl: Sendable {
    private struct State {
        var isCancelled = false
        var isToYield = false
        var nextToken = 0
        var handlers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())
    private let wait = Mutex(false)
    private let slot: JobSlots.Slot?

    /// A control by which nothing has been asked yet.
    public convenience init() { self.init(slot: nil) }

    /// A control of a job that has a slot, which others have while it only waits.
    init(slot: JobSlots.Slot?) { self.slot = slot }

    /// Whether the job does nothing but wait for others, so that other jobs may go on.
    var isHeldUp: Bool { wait.withLock { $0 } }

    /// Takes note of whether the job does nothing but wait for others, or gets no processor to itself any more.
    func take(isHeldUp: Bool) {
        wait.withLock { $0 = isHeldUp }
        if isHeldUp { slot?.lend() } else { slot?.reclaim() }
    }

    /// Gives back the slot.
    func giveBackSlot() { slot?.giveBack() }

    /// Asks for the end of the job, from any task and any number of times.
    ///
    /// A build is cancelled on the server within about a second and what it leaves is dropped. A job that is giving names
    /// to indexes or dropping the old one by then is finished instead: that takes moments, and half of it helps nobody.
    public func cancel() { interrupt { $0.isCancelled = true } }

    /// Whether the end was asked for.
    public var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Asks a job in the background to give way to others; a job of another lane goes on.
    func yield() { interrupt { $0.isToYield = true } }

    /// Whether the job is to end or to give way.
    package var isInterrupted: Bool { state.withLock { $0.isCancelled || $0.isToYield } }

    /// Calls a handler once when the job is to end or to give way; at once where it is already.
    ///
    /// - Returns: By what the handler is forgotten.
    func onInterruption(_ handler: @escaping @Sendable () -> Void) -> Int {
        let (token, isLate) = state.withLock { state in
            state.nextToken += 1
            let isLate = state.isCancelled || state.isToYield
            if !isLate { state.handlers[state.nextToken] = handler }
            return (state.nextToken, isLate)
        }
        if isLate { handler() }
        return token
    }

    /// Forgets a handler.
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
