import Dispatch
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
        guard case .returned(7) = await BlockingCall.run(until: nil, cancellable: true, { 7 }) else {
            Issue.record("the value did not arrive")
            return
        }
    }

    @Test("are waited for no longer than asked, and what they return too late is released", arguments: [true, false])
    func late(isCancelled: Bool) async throws {
        let (release, gone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let task = Task {
            await BlockingCall<Tracked>.run(until: isCancelled ? nil : .now + .milliseconds(50), cancellable: true) {
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
}
