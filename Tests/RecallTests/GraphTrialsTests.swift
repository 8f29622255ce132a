import Testing

@testable import Recall

@Suite("Graphs of a sample")
struct GraphTrialsTests {
    private func expected(_ recalls: [Double], measured: Double) -> [Double] {
        let trials = recalls.enumerated().map { number, recall in
            GraphTrials.Trial(
                parameters: GraphTrials.Parameters(m: 4 + number, efConstruction: 10),
                recall: recall,
                interval: recall...recall,
                buildSeconds: 1
            )
        }
        let graphs = GraphTrials(trials: trials, sampledRows: 20_000, queries: 100, measured: measured)
        return trials.map { (graphs.expected($0) * 1_000).rounded() / 1_000 }
    }

    @Test("miss as many times as many in all rows as the present one")
    func misses() {
        #expect(expected([0.62, 0.813, 0.952, 1], measured: 0.477) == [0.477, 0.743, 0.934, 1])
        #expect(expected([0.9, 0.95, 0.5], measured: 0.95) == [0.95, 0.975, 0.75])
        #expect(expected([0.9, 0.2], measured: 0.5) == [0.5, 0])
    }

    @Test("differ from one of all rows by as much as the present one where that misses nothing in the sample")
    func difference() {
        #expect(expected([1, 0.9, 1], measured: 0.93) == [0.93, 0.83, 0.93])
    }
}
