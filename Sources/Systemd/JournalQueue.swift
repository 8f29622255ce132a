internal import Dispatch
internal import Synchronization

/// A queue of entries for the journal.
///
/// A slow journald blocks nobody: entries wait, and entries beyond the capacity are dropped and counted.
public final class JournalQueue: Sendable {
    /// The most entries that wait.
    private static let capacity = 2_000

    private struct State {
        var waiting = 0
        var lost = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "vecsteward.journal")
    private let send: @Sendable ([Journal.Field]) -> Bool
    private let fallback: @Sendable ([Journal.Field]) -> Void

    /// Creates a queue to the journal.
    ///
    /// - Parameter fallback: Gets each entry that journald rejects.
    public convenience init(fallback: @escaping @Sendable ([Journal.Field]) -> Void) {
        self.init(send: Journal.send, fallback: fallback)
    }

    init(
        send: @escaping @Sendable ([Journal.Field]) -> Bool,
        fallback: @escaping @Sendable ([Journal.Field]) -> Void
    ) {
        self.send = send
        self.fallback = fallback
    }

    /// Adds an entry, without waiting.
    public func add(_ fields: [Journal.Field]) {
        let hasRoom = state.withLock { state in
            guard state.waiting < Self.capacity else {
                state.lost += 1
                return false
            }
            state.waiting += 1
            return true
        }
        guard hasRoom else { return }
        queue.async { [self] in
            deliver(fields)
            let lost = state.withLock { state in
                state.waiting -= 1
                defer { state.lost = 0 }
                return state.lost
            }
            guard lost > 0 else { return }
            deliver([
                Journal.Field("MESSAGE", "\(lost) messages were lost because the journal was too slow"),
                Journal.Field("PRIORITY", "4"), Journal.Field("LOST", "\(lost)"),
            ])
        }
    }

    /// Waits until all entries so far are delivered, at most for this many milliseconds.
    public func flush(milliseconds: Int) {
        let end = DispatchGroup()
        queue.async(group: end) {}
        _ = end.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    private func deliver(_ fields: [Journal.Field]) {
        if !send(fields) { fallback(fields) }
    }
}
