import Advisor
import Testing

@testable import Maintenance

@Suite("The phases of an IVFFlat build as readings show them")
struct PhaseTimesTests {
    private static func times(_ readings: [(phase: String, seconds: Double)]) -> PhaseTimes {
        var times = PhaseTimes()
        for (phase, seconds) in readings {
            times.note(phase.isEmpty ? "initializing" : "building index: \(phase)", at: seconds)
        }
        return times
    }

    private static let readings: [(phase: String, seconds: Double)] = [
        ("", 0), ("performing k-means", 1), ("performing k-means", 4), ("assigning tuples", 5), ("assigning tuples", 8),
        ("loading tuples", 9), ("loading tuples", 10),
    ]

    @Test("end between two readings")
    func between() {
        let times = Self.times(Self.readings)
        #expect(times.phases(of: 10.5) == BuildPhases(training: 4.5, assigning: 4))
    }

    @Test("end where the next one is too short to be seen")
    func missed() {
        let readings = Self.readings.dropLast(2) + [("scanning table", 9.5)]
        #expect(Self.times(Array(readings)).phases(of: 10.5) == BuildPhases(training: 4.5, assigning: 4.25))
    }

    @Test("end before the build does where that ends before the next reading")
    func last() {
        let times = Self.times(Array(Self.readings.dropLast(2)))
        #expect(times.phases(of: 9) == BuildPhases(training: 4.5, assigning: 4))
    }

    @Test("are unknown where one was not seen, or the readings were too rare for so short a build")
    func unknown() {
        #expect(Self.times(Array(Self.readings.dropLast(2))).phases(of: 10) == nil)
        #expect(Self.times(Self.readings.filter { $0.phase != "performing k-means" }).phases(of: 10) == nil)
        let short = Self.readings.map { (phase: $0.phase, seconds: $0.seconds / 2) }
        #expect(Self.times(short).phases(of: 5.2) != nil)
        #expect(Self.times(Self.readings.filter { $0.seconds != 4 && $0.seconds != 5 }).phases(of: 10.5) == nil)
        #expect(Self.times(Self.readings).phases(of: 8) == nil)
    }
}
