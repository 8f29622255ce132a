import Advisor
import Maintenance
import Testing

@testable import vecsteward

@Suite("The watchdog is fed")
struct LivenessTests {
    private let start = SuspendingClock.now
    private let scheduler = Liveness.Member(database: "app", worker: .scheduler)

    private func alive(_ worker: Scheduler.Worker, within: Duration?) -> Scheduler.Event {
        .isAlive(worker, within: within)
    }

    @Test("while each running task reports within the time that its step may take")
    func steps() {
        let liveness = Liveness()
        liveness.record(alive(.scheduler, within: .seconds(30)), of: "app", at: start)
        liveness.record(alive(.job(7), within: .seconds(1)), of: "app", at: start)
        #expect(liveness.silent(at: start + .seconds(30)).isEmpty)
        #expect(
            liveness.silent(at: start + .seconds(40)) == [Liveness.Member(database: "app", worker: .job(7))],
            "a running job does not speak for the scheduler, nor the other way round"
        )
        liveness.record(alive(.job(7), within: .seconds(1)), of: "app", at: start + .seconds(40))
        #expect(liveness.silent(at: start + .seconds(50)).isEmpty)
        #expect(liveness.silent(at: start + .seconds(65)) == [scheduler])
    }

    @Test("by each database for itself")
    func databases() {
        let liveness = Liveness()
        liveness.record(alive(.scheduler, within: .seconds(1)), of: "app", at: start)
        liveness.record(alive(.scheduler, within: .seconds(60)), of: "other", at: start)
        #expect(liveness.silent(at: start + .seconds(60)) == [scheduler])
    }

    @Test("when a running task has ended")
    func ends() {
        let liveness = Liveness()
        liveness.record(alive(.job(7), within: .seconds(1)), of: "app", at: start)
        liveness.record(.isGone(.job(7)), of: "app", at: start)
        #expect(liveness.silent(at: start + .seconds(86_400)).isEmpty)
    }

    @Test("for ten minutes where a step says nothing of its time, and no longer")
    func unbounded() {
        let liveness = Liveness()
        liveness.record(alive(.scheduler, within: nil), of: "app", at: start)
        #expect(liveness.silent(at: start + .seconds(600)).isEmpty)
        #expect(liveness.silent(at: start + .seconds(700)) == [scheduler])
    }
}
