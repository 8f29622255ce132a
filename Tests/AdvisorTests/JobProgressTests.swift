import Testing

@testable import Advisor

private let loading = "building index: loading tuples"
private let clustering = "building index: performing k-means"

@Suite("How far a build is")
struct JobProgressTests {
    private let graph = BuildParts(loading: 90, writing: 6, validation: 4, rows: 1_000)
    private let lists = BuildParts(training: 30, assigning: 40, loading: 25, validation: 5, rows: 1_000)

    private func progress(
        _ sample: ProgressSample,
        by method: IndexMethod = .hnsw,
        parts: BuildParts? = nil,
        after earlier: JobProgress? = nil
    ) -> JobProgress {
        JobProgress(sample, method: method, parts: parts, after: earlier)
    }

    @Test("nothing is done while writers are waited for, and nobody knows for how long")
    func waiting() {
        let now = progress(ProgressSample(phase: "waiting for writers before build", seconds: 40), parts: graph)
        #expect(now.phase == "waiting for writers before build")
        #expect(now.fraction == 0 && now.secondsLeft == nil)
    }

    @Test("at the begin the prediction holds, and later the pace: the one goes over into the other")
    func blend() throws {
        func left(_ blocks: Int64, at seconds: Double) throws -> Double {
            let sample = ProgressSample(
                phase: loading,
                blocks: .init(blocks, of: 100),
                tuples: .init(blocks * 10),
                seconds: seconds
            )
            return try #require(progress(sample, parts: graph).secondsLeft)
        }
        #expect(abs(try left(0, at: 1) - 100) < 2)
        // Half of the rows went in in a fifth of the time that was predicted for all.
        let half = try left(50, at: 20)
        #expect(half > 20 && half < 40, "\(half)")
        let early = try left(10, at: 3)
        #expect(early > half && early < 100, "\(early)")
    }

    @Test("without a prediction nothing is said until a tenth is done, and then the pace counts")
    func unpredicted() throws {
        let early = progress(ProgressSample(phase: loading, blocks: .init(1, of: 100), seconds: 2))
        #expect(early.secondsLeft == nil)
        #expect(try #require(early.fraction) < 0.02)
        let later = progress(ProgressSample(phase: loading, blocks: .init(50, of: 100), seconds: 40))
        let left = try #require(later.secondsLeft)
        #expect(left > 40 && left < 75, "\(left)")
        let training = progress(ProgressSample(phase: clustering, seconds: 20), by: .ivfflat)
        #expect(training.fraction == nil && training.secondsLeft == nil)
    }

    @Test("a table without blocks, and one that grew while it was read, are no more than nothing and all")
    func blocks() throws {
        #expect(progress(ProgressSample(phase: loading, seconds: 0)).fraction == 0)
        let grown = progress(
            ProgressSample(phase: loading, blocks: .init(120, of: 100), tuples: .init(1_200), seconds: 95),
            parts: graph
        )
        #expect(try #require(grown.fraction) < 1)
    }

    @Test("a scan that begins in the middle of the table counts all its blocks at once, and is not at its end")
    func synchronized() throws {
        let sample = ProgressSample(phase: loading, blocks: .init(64, of: 64), tuples: .init(10), seconds: 0.1)
        #expect(try #require(progress(sample, parts: graph).fraction) < 0.05)
    }

    @Test("k-means counts nothing and goes by the clock, also when it takes longer than was predicted")
    func training() throws {
        func at(_ seconds: Double, after earlier: JobProgress?) -> JobProgress {
            progress(ProgressSample(phase: clustering, seconds: seconds), by: .ivfflat, parts: lists, after: earlier)
        }
        let first = at(15, after: nil)
        #expect(abs(try #require(first.secondsLeft) - 85) < 5)
        #expect(abs(try #require(first.fraction) - 0.15) < 0.02)
        var last = first
        for seconds in stride(from: 20.0, through: 300, by: 20) {
            let now = at(seconds, after: last)
            #expect(try #require(now.fraction) > #require(last.fraction))
            #expect(try #require(now.secondsLeft) > 0)
            last = now
        }
        #expect(try #require(last.fraction) < 0.9)
    }

    @Test("what the server counts of IVFFlat is blocks, then rows while the blocks stand at the end")
    func ivfflat() throws {
        let assigning = "building index: assigning tuples"
        let half = progress(
            ProgressSample(phase: assigning, blocks: .init(1, of: 2), seconds: 50),
            by: .ivfflat,
            parts: lists
        )
        #expect(abs(try #require(half.secondsLeft) - 50) < 1)
        let loaded = progress(
            ProgressSample(phase: loading, blocks: .init(9, of: 9), tuples: .init(0, of: 10), seconds: 70),
            by: .ivfflat,
            parts: lists
        )
        #expect(abs(try #require(loaded.fraction) - 0.7) < 0.02)
    }

    @Test("the writing of a graph counts nothing, and the bar moves all the same")
    func writing() throws {
        var last = progress(
            ProgressSample(phase: loading, blocks: .init(99, of: 100), tuples: .init(990), seconds: 90),
            parts: graph
        )
        for seconds in [92.0, 94, 96, 98, 100, 110, 150] {
            let sample = ProgressSample(
                phase: loading,
                blocks: .init(100, of: 100),
                tuples: .init(1_000),
                seconds: seconds
            )
            let now = progress(sample, parts: graph, after: last)
            #expect(try #require(now.fraction) > #require(last.fraction), "at \(seconds) s")
            last = now
        }
    }

    @Test("where the server counts and its counts stand, the bar stands too, so that a build that is stuck is seen")
    func stuck() throws {
        func at(_ seconds: Double, after earlier: JobProgress?) -> JobProgress {
            let sample = ProgressSample(phase: loading, blocks: .init(5, of: 100), tuples: .init(50), seconds: seconds)
            return progress(sample, parts: graph, after: earlier)
        }
        let first = at(5, after: nil)
        #expect(at(3_600, after: first).fraction == first.fraction)
    }

    @Test("all is done but for the wait, which may take for ever")
    func end() {
        let now = progress(ProgressSample(phase: "waiting for old snapshots", seconds: 98), parts: graph)
        #expect(now.fraction == 1 && now.secondsLeft == nil)
    }

    @Test("of a phase of a server to come nothing is said")
    func unknown() {
        let now = progress(ProgressSample(phase: "polishing", blocks: .init(1, of: 2), seconds: 1), parts: graph)
        #expect(now.fraction == nil && now.secondsLeft == nil)
    }

    @Test("nothing goes back, and what was known is not forgotten")
    func monotone() throws {
        func next(_ phase: String, _ done: Int64, _ total: Int64, after earlier: JobProgress?) -> JobProgress {
            let sample = ProgressSample(
                phase: phase,
                blocks: .init(done, of: total),
                tuples: .init(done * 10),
                seconds: 10
            )
            return progress(sample, parts: graph, after: earlier)
        }
        let half = next(loading, 50, 100, after: nil)
        #expect(next(loading, 50, 200, after: half).fraction == half.fraction)
        #expect(next(loading, 0, 0, after: half).fraction == half.fraction)
        #expect(try #require(next(loading, 60, 100, after: half).fraction) > #require(half.fraction))
        #expect(next("polishing", 0, 0, after: half).fraction == half.fraction)
    }
}
