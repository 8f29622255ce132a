import Testing

@testable import Recall

@Suite("Figures of recall")
struct RecallFiguresTests {
    private func outcome(_ distances: [Float], of nearest: [Float], k: Int = 3) -> SearchOutcome {
        SearchOutcome(distances: distances, nearest: nearest, k: k, milliseconds: 1) { _ in 0 }
    }

    @Test("rows as near as the last of the nearest count as found, whichever they are")
    func ties() {
        #expect(outcome([1, 2, 2], of: [1, 2, 2, 2, 2]).found == 3)
        #expect(outcome([1, 2, 3], of: [1, 2, 2, 2]).found == 2)
        #expect(outcome([1], of: [1, 2, 2]).found == 1)
        #expect(outcome([1, 1, 1, 1], of: [1, 1, 1, 1]).found == 3)
    }

    @Test("fewer rows than asked for are all that there are to find")
    func few() {
        let all = outcome([1, 2], of: [1, 2])
        #expect(all.recall == 1)
        #expect(all.expected == 2)
        #expect(RecallFigures([all])?.shortAnswers == 0)
        #expect(RecallFigures([outcome([1], of: [1, 2])])?.shortAnswers == 1)
    }

    @Test("searches without a neighbour do not count")
    func none() throws {
        #expect(RecallFigures([outcome([], of: [])]) == nil)
        #expect(try #require(RecallFigures([outcome([], of: []), outcome([1], of: [1])])).queries == 1)
    }

    @Test("a mean does not hide the tail")
    func tail() throws {
        let good = [SearchOutcome](repeating: outcome([1, 2, 3], of: [1, 2, 3]), count: 95)
        let bad = [SearchOutcome](repeating: outcome([], of: [1, 2, 3]), count: 5)
        let figures = try #require(RecallFigures(good + bad))
        #expect(abs(figures.recall - 0.95) < 1e-12)
        #expect(figures.shareAtNineTenths == 0.95)
        #expect(figures.worstTwentieth == 0)
        #expect(figures.shortAnswers == 5)
    }

    @Test("the interval covers the true recall in about 95 of 100 measurements")
    func coverage() throws {
        var covered = 0
        for _ in 0..<1_000 {
            let outcomes = (0..<100).map { _ in
                // Most searches find all, some few.
                let chance = Double.random(in: 0..<1) < 0.8 ? 0.99 : 0.6
                let found = (0..<10).count { _ in Double.random(in: 0..<1) < chance }
                return SearchOutcome(
                    distances: [Float](repeating: 1, count: found),
                    nearest: [Float](repeating: 1, count: 10),
                    k: 10,
                    milliseconds: 1
                ) { _ in 0 }
            }
            if try #require(RecallFigures(outcomes)).interval.contains(0.8 * 0.99 + 0.2 * 0.6) { covered += 1 }
        }
        // Five standard deviations below what 95 % would give.
        #expect(covered > 915)
    }

    @Test("the interval has a width where all was found, and none was")
    func extremes() throws {
        let all = try #require(RecallFigures(.init(repeating: outcome([1, 2, 3], of: [1, 2, 3]), count: 100)))
        #expect(all.interval.upperBound == 1)
        #expect(all.interval.lowerBound > 0.95 && all.interval.lowerBound < 1)
        let none = try #require(RecallFigures(.init(repeating: outcome([9], of: [1, 2, 3]), count: 100)))
        #expect(none.interval.lowerBound == 0)
        #expect(none.interval.upperBound < 0.05)
    }
}
