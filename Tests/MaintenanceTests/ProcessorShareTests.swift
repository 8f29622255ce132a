import Foundation
import Testing

@testable import Maintenance

@Suite("The share of the processors that a measurement takes")
struct ProcessorShareTests {
    @Test("is of the processors of this host, of which one is left")
    func processors() {
        let all = ProcessInfo.processInfo.activeProcessorCount
        #expect(ProcessorShare(share: 1).processors == max(1, all - 1))
        #expect(ProcessorShare(share: 0.5).processors == max(1, min(all - 1, all / 2)))
        #expect(ProcessorShare(share: 0.01).processors == max(1, all / 100))
    }

    @Test("is of the time: pauses are in proportion to the work before them")
    func pauses() async {
        var pace = ProcessorShare(share: 0.25).pace
        let start = ContinuousClock.now
        for _ in 1...5 {
            let working = ContinuousClock.now + .milliseconds(30)
            while ContinuousClock.now < working {}
            await pace.rest()
        }
        #expect(start.duration(to: .now) >= .milliseconds(5 * 30 * 4))
    }

    @Test(
        "gives a pause in proportion, none for little work, and a short one after a long wait",
        arguments: [
            (worked: 19, share: 0.25, pause: 0), (20, 0.25, 60), (100, 0.25, 300), (100, 0.5, 100), (100, 1, 0),
            // A wait of a minute for a lock that somebody else held.
            (60_000, 0.25, 1_000), (60_000, 0.5, 1_000), (60_000, 0.01, 3_960),
        ]
    )
    func pause(worked: Int, share: Double, pause: Int) {
        let given = ProcessorShare.Pace.pause(after: .milliseconds(worked), share: share)
        #expect(abs((given - .milliseconds(pause)) / .milliseconds(1)) < 0.001, "\(given)")
    }
}
