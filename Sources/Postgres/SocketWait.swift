import Dispatch
import Glibc
import Synchronization

/// What ended a wait.
enum Wake: Sendable {
    case ready
    case timedOut
    case cancelled
}

/// The events that a wait is for.
enum SocketInterest: Sendable {
    case reading
    case writing
    /// Either: while there is something to flush, the server may expect us to read first.
    case readingOrWriting
}

/// One wait for one socket: dispatch sources that fire once, and a result when the last of them has released the
/// socket.
///
/// The caller must not continue earlier: libpq may close the socket, and the kernel may reuse its number while a source
/// still watches it.
final class SocketWait: Sendable {
    private struct State {
        var wake: Wake?
        var continuation: CheckedContinuation<Wake, Never>?
        var sources: [DispatchSource] = []
        var watching = 0
    }

    private static let queue = DispatchQueue(label: "vecsteward.postgres.readiness")
    private let state = Mutex(State())

    /// Waits until the socket is ready, the deadline has passed or a bell is rung; if `cancellable`, also until the task is
    /// cancelled.
    static func wait(
        for socket: Int32,
        _ interest: SocketInterest,
        until deadline: ContinuousClock.Instant?,
        cancellable: Bool,
        bell: Bell? = nil
    ) async -> Wake {
        // A server that sends faster than its rows are read has sent more by now: watching would cost more than
        // reading.
        if interest == .reading, isReadable(socket), deadline.map({ .now < $0 }) ?? true,
            !(cancellable && Task.isCancelled)
        {
            return .ready
        }
        let wait = SocketWait()
        bell?.attach(wait)
        defer { bell?.detach() }
        guard cancellable else { return await wait.run(socket, interest, deadline) }
        return await withTaskCancellationHandler {
            await wait.run(socket, interest, deadline)
        } onCancel: {
            wait.end(.cancelled)
        }
    }

    /// Whether there is something to read now.
    static func isReadable(_ socket: Int32) -> Bool {
        var request = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) == 1
    }

    private func run(
        _ socket: Int32,
        _ interest: SocketInterest,
        _ deadline: ContinuousClock.Instant?
    ) async -> Wake {
        var sources: [(source: DispatchSource, wake: Wake)] = []
        if interest != .writing {
            let source = DispatchSource.makeReadSource(fileDescriptor: socket, queue: Self.queue)
            sources.append((Self.concrete(source), .ready))
        }
        if interest != .reading {
            let source = DispatchSource.makeWriteSource(fileDescriptor: socket, queue: Self.queue)
            sources.append((Self.concrete(source), .ready))
        }
        if let deadline {
            let timer = DispatchSource.makeTimerSource(queue: Self.queue)
            timer.schedule(deadline: .now() + .until(deadline))
            sources.append((Self.concrete(timer), .timedOut))
        }
        for (source, wake) in sources {
            source.setEventHandler { [self] in end(wake) }
            source.setCancelHandler { [self] in released() }
        }
        let all = sources.map(\.source)
        return await withCheckedContinuation { continuation in
            let endedBefore = state.withLock { state in
                state.continuation = continuation
                state.sources = all
                state.watching = all.count
                return state.wake != nil
            }
            // A source must be resumed before its release, even if it was cancelled.
            for source in all { source.resume() }
            if endedBefore {
                for source in all { source.cancel() }
            }
        }
    }

    /// Ends the wait, where nothing else has.
    func end(_ wake: Wake) {
        let sources = state.withLock { state in
            guard state.wake == nil else { return [DispatchSource]() }
            state.wake = wake
            return state.sources
        }
        for source in sources { source.cancel() }
    }

    private func released() {
        let finished = state.withLock { state -> (CheckedContinuation<Wake, Never>, Wake)? in
            state.watching -= 1
            guard state.watching == 0, let continuation = state.continuation, let wake = state.wake else { return nil }
            state.continuation = nil
            state.sources = []
            return (continuation, wake)
        }
        if let (continuation, wake) = finished { continuation.resume(returning: wake) }
    }

    /// `any DispatchSourceRead` and similar types are not Sendable; the class behind them is.
    private static func concrete(_ source: any DispatchSourceProtocol) -> DispatchSource {
        guard let source = source as? DispatchSource else { preconditionFailure("an unknown kind of DispatchSource") }
        return source
    }
}

extension DispatchTimeInterval {
    /// The time left until an instant, at least none and at most a year.
    static func until(_ deadline: ContinuousClock.Instant) -> DispatchTimeInterval {
        let left = min(max(ContinuousClock.now.duration(to: deadline), .zero), .seconds(31_536_000))
        let (seconds, attoseconds) = left.components
        return .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }
}
