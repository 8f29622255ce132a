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

    @Test("of all has no pause")
    func noPause() async {
        var pace = ProcessorShare(share: 1).pace
        let working = ContinuousClock.now + .milliseconds(50)
        while ContinuousClock.now < working {}
        let start = ContinuousClock.now
        await pace.rest()
        #expect(start.duration(to: .now) < .milliseconds(40))
    }
}
