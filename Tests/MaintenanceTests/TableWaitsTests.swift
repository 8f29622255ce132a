import Advisor
import Testing

@testable import Maintenance

@Suite("Who has a table that a job needs")
struct TableWaitsTests {
    private let first = LockingSession(processID: 7, role: "a", application: "psql", state: "active", statement: "LOCK")
    private let prepared = LockingSession(processID: nil, role: "b", application: "x", state: "prepared")

    @Test("each is reported after five seconds with all of its jobs, then of other jobs, and every ten minutes")
    func reports() {
        var waits = TableWaits()
        let start = ContinuousClock.now
        func report(_ seconds: Int, _ held: [(job: Int64, holder: LockingSession)]) -> [String] {
            waits.record(held, at: start + .seconds(seconds)).map { "\($0.holder.processID ?? 0): \($0.jobs)" }
        }
        #expect(report(0, [(1, first), (2, first)]) == [])
        #expect(report(5, [(1, first), (2, first), (2, prepared)]) == [])
        #expect(report(6, [(1, first), (2, first), (2, prepared)]) == ["7: [1, 2]"])
        #expect(report(8, [(1, first), (2, first), (2, prepared)]) == [])
        #expect(report(11, [(1, first), (2, prepared)]) == ["0: [2]"])
        #expect(report(20, [(1, first), (3, first), (2, prepared)]) == ["7: [1, 3]"])
        #expect(report(610, [(1, first)]) == [])
        #expect(report(621, [(1, first)]) == ["7: [1]"])
        #expect(report(630, []) == [])
        #expect(report(640, [(1, first)]) == [], "it has come anew, and has its five seconds")
    }

    @Test("the kind of statement is reported, and how to end it")
    func words() {
        #expect(
            first.words == "process 7 (role \"a\", application 'psql', active, its statement LOCK)"
        )
        #expect(first.ending == "SELECT pg_terminate_backend(7);")
        #expect(prepared.ending == "ROLLBACK PREPARED 'x';")
        var idle = first
        idle.state = "idle in transaction"
        #expect(idle.words.hasSuffix("idle in transaction, its last statement LOCK)"))
    }
}
