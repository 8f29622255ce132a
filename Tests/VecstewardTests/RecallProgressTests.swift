import Testing

@testable import vecsteward

@Suite("The time that a measurement still takes")
struct RecallProgressTests {
    @Test("follows from the share of a part that is done and the time for it")
    func left() {
        let progress = RecallProgress()
        let start = ContinuousClock.now
        #expect(progress.secondsLeft(of: "reading", at: 0, now: start) == nil)
        #expect(progress.secondsLeft(of: "reading", at: 0.01, now: start + .seconds(3)) == nil, "too little is done")
        #expect(progress.secondsLeft(of: "reading", at: 0.25, now: start + .seconds(10)) == 30)
        #expect(progress.secondsLeft(of: "reading", at: 1, now: start + .seconds(40)) == 0)
        // Another part, which begins with a share that was done at once.
        #expect(progress.secondsLeft(of: "searching", at: 0.5, now: start + .seconds(50)) == nil)
        #expect(progress.secondsLeft(of: "searching", at: 0.75, now: start + .seconds(60)) == 10)
        // The same again.
        #expect(progress.secondsLeft(of: "searching", at: 0.1, now: start + .seconds(70)) == nil)
        #expect(progress.secondsLeft(of: "searching", at: 0.2, now: start + .milliseconds(70_500)) == nil, "too short")
    }
}
