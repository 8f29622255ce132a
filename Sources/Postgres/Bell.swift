internal import Synchronization

/// Ends a wait for notifications from another task.
public final class Bell: Sendable {
    private struct State {
        var isRung = false
        var wait: SocketWait?
    }

    private let state = Mutex(State())

    /// A bell that nobody has rung.
    public init() {}

    /// Ends the wait that is under way, or the next one where there is none.
    public func ring() {
        let wait = state.withLock { state in
            defer { state.wait = nil }
            state.isRung = state.wait == nil
            return state.wait
        }
        wait?.end(.timedOut)
    }

    /// Has a wait ended by this bell.
    func attach(_ wait: SocketWait) {
        let isLate = state.withLock { state in
            if !state.isRung { state.wait = wait }
            defer { state.isRung = false }
            return state.isRung
        }
        if isLate { wait.end(.timedOut) }
    }

    /// Forgets a wait that is over.
    func detach() { state.withLock { $0.wait = nil } }
}
