internal import Dispatch
internal import Synchronization

/// Entries on their way to the journal.
///
/// A journald that does not take them keeps nobody waiting: the entries wait, and the ones that are too many are lost and
/// counted.
public final class JournalQueue: Sendable {
    /// How many entries wait at most.
    private static let capacity = 2_000

    private struct State {
        var waiting = 0
        var lost = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "vecsteward.journal")
    private let send: @Sendable ([Journal.Field]) -> Bool
    private let fallback: @Sendable ([Journal.Field]) -> Void

    /// A queue to the journal.
    ///
    /// - Parameter fallback: Takes an entry that journald refuses.
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

    /// Takes an entry, at once.
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
                Journal.Field("MESSAGE", "\(lost) messages were lost: the journal took too long"),
                Journal.Field("PRIORITY", "4"), Journal.Field("LOST", "\(lost)"),
            ])
        }
    }

    /// Waits until all entries so far are delivered, or for this many milliseconds.
    public func flush(milliseconds: Int) {
        let end = DispatchGroup()
        queue.async(group: end) {}
        _ = end.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    private func deliver(_ fields: [Journal.Field]) {
        if !send(fields) { fallback(fields) }
    }
}
