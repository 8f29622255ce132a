@preconcurrency internal import Dispatch
internal import Synchronization

/// Waits until a socket can be read from or written to, without holding a thread.
enum Readiness {
    private static let queue = DispatchQueue(label: "vecsteward.libpq.readiness")

    /// Waits for a socket, once.
    ///
    /// It returns only when the dispatch sources have let go of the socket, so that it can be closed after that.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - reading: Whether to wait until it can be read from.
    ///   - writing: Whether to wait until it can be written to.
    ///   - deadline: When to stop waiting.
    ///   - isCancellable: Whether the cancellation of the task ends the wait.
    static func wait(
        for socket: Int32,
        reading: Bool,
        writing: Bool,
        until deadline: ContinuousClock.Instant?,
        isCancellable: Bool
    ) async -> Ending<Void> {
        let ready = Race<Void>()
        let released = Race<Void>()
        var sources: [any DispatchSourceProtocol] = []
        if reading { sources.append(DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue)) }
        if writing { sources.append(DispatchSource.makeWriteSource(fileDescriptor: socket, queue: queue)) }
        let remaining = Counter(sources.count)
        for source in sources {
            source.setEventHandler { ready.end(.finished(())) }
            source.setCancelHandler { if remaining.decrement() == 0 { released.end(.finished(())) } }
            source.activate()
        }
        let ending = await ready.wait(until: deadline, isCancellable: isCancellable)
        for source in sources { source.cancel() }
        _ = await released.wait(until: nil, isCancellable: false)
        return ending
    }

    private final class Counter: Sendable {
        private let value: Mutex<Int>
        init(_ value: Int) { self.value = Mutex(value) }
        func decrement() -> Int {
            value.withLock { value in
                value -= 1
                return value
            }
        }
    }
}
