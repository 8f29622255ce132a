import Dispatch
import Synchronization
import Testing

@testable import Postgres

@Suite("Calls that may block, such as name resolution", .timeLimit(.minutes(2)))
struct BlockingCallTests {
    private final class Tracked: Sendable {
        let gone: DispatchSemaphore
        init(_ gone: DispatchSemaphore) { self.gone = gone }
        deinit { gone.signal() }
    }

    @Test("return what they return")
    func returns() async throws {
        guard case .returned(7) = await BlockingCall.run(to: "a", until: nil, cancellable: true, { 7 }) else {
            Issue.record("the value did not arrive")
            return
        }
    }

    @Test("are waited for no longer than asked, and what they return too late is released", arguments: [true, false])
    func late(isCancelled: Bool) async throws {
        let (release, gone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let task = Task {
            await BlockingCall<Tracked>.run(
                to: "b",
                until: isCancelled ? nil : .now + .milliseconds(50),
                cancellable: true
            ) {
                release.wait()
                return Tracked(gone)
            }
        }
        if isCancelled { task.cancel() }
        switch await task.value {
        case .returned: Issue.record("the call had not ended")
        case .timedOut: #expect(!isCancelled)
        case .cancelled: #expect(isCancelled)
        }
        release.signal()
        let wasReleased = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: gone.wait(timeout: .now() + 30) == .success) }
        }
        #expect(wasReleased)
    }

    @Test("do not grow with the number of times that a place says nothing, and keep no other place waiting")
    func bounded() async throws {
        let release = DispatchSemaphore(value: 0)
        let begun = Mutex(0)
        for _ in 0..<100 {
            let outcome = await BlockingCall.run(to: "silent", until: .now + .milliseconds(5), cancellable: true) {
                begun.withLock { $0 += 1 }
                release.wait()
                return 7
            }
            guard case .timedOut = outcome else {
                Issue.record("it returned")
                return
            }
        }
        #expect(begun.withLock { $0 } <= 8)
        guard
            case .returned(3) = await BlockingCall.run(
                to: "other",
                until: .now + .seconds(60),
                cancellable: true,
                { 3 }
            )
        else {
            Issue.record("another place had to wait")
            return
        }
        // When it answers again, so it goes on.
        for _ in 0..<8 { release.signal() }
        guard
            case .returned(5) = await BlockingCall.run(
                to: "silent",
                until: .now + .seconds(60),
                cancellable: true,
                { 5 }
            )
        else {
            Issue.record("the place stayed blocked")
            return
        }
    }

    @Test("are given up when the task is cancelled before one could be made")
    func cancelledBeforehand() async throws {
        let release = DispatchSemaphore(value: 0)
        for _ in 0..<8 {
            _ = await BlockingCall.run(to: "hung", until: .now + .milliseconds(5), cancellable: true) { release.wait() }
        }
        let task = Task { await BlockingCall.run(to: "hung", until: nil, cancellable: true, { 1 }) }
        task.cancel()
        guard case .cancelled = await task.value else {
            Issue.record("it was not cancelled")
            return
        }
        for _ in 0..<8 { release.signal() }
    }
}
