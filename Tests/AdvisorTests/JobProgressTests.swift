import Advisor
import Testing

/// What the server counts, and what is made of it.
struct ProgressCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var method: IndexMethod
    var sample: BuildSample
    var predictedSeconds: Double?
    var fraction: Double?
    var secondsLeft: Double?

    init(
        _ description: String,
        by method: IndexMethod = .hnsw,
        _ sample: BuildSample,
        predicted: Double? = nil,
        fraction: Double?,
        left: Double?
    ) {
        testDescription = description
        self.method = method
        self.sample = sample
        predictedSeconds = predicted
        self.fraction = fraction
        secondsLeft = left
    }
}

private let loading = "building index: loading tuples"
private let clustering = "building index: performing k-means"

@Suite("How far a build is")
struct JobProgressTests {
    @Test(
        "is reckoned from the phase",
        arguments: [
            ProgressCase(
                "nothing is done while writers are waited for, and nobody knows for how long",
                BuildSample(phase: "waiting for writers before build", seconds: 40),
                predicted: 100,
                fraction: 0,
                left: nil
            ),
            ProgressCase(
                "HNSW counts the blocks of the table",
                BuildSample(phase: loading, blocks: .init(50, of: 100), seconds: 95),
                fraction: 0.475,
                left: 105
            ),
            ProgressCase(
                "too early for a pace, so the prediction holds",
                BuildSample(phase: loading, blocks: .init(1, of: 100), seconds: 2),
                predicted: 60,
                fraction: 0.0095,
                left: 58
            ),
            ProgressCase(
                "too early for a pace, and no prediction",
                BuildSample(phase: loading, blocks: .init(1, of: 100), seconds: 2),
                fraction: 0.0095,
                left: nil
            ),
            ProgressCase(
                "an empty table has no blocks",
                BuildSample(phase: loading, seconds: 0),
                fraction: 0,
                left: nil
            ),
            ProgressCase(
                "a table that grew while it was read is not more than all",
                BuildSample(phase: loading, blocks: .init(120, of: 100), seconds: 95),
                fraction: 0.95,
                left: 5
            ),
            ProgressCase(
                "k-means counts nothing and goes by the clock",
                by: .ivfflat,
                BuildSample(phase: clustering, seconds: 20),
                predicted: 100,
                fraction: 0.2,
                left: 80
            ),
            ProgressCase(
                "k-means without a prediction",
                by: .ivfflat,
                BuildSample(phase: clustering, seconds: 20),
                fraction: nil,
                left: nil
            ),
            ProgressCase(
                "k-means that takes longer than was predicted",
                by: .ivfflat,
                BuildSample(phase: clustering, seconds: 500),
                predicted: 100,
                fraction: 0.4,
                left: nil
            ),
            ProgressCase(
                "assigning counts blocks",
                by: .ivfflat,
                BuildSample(phase: "building index: assigning tuples", blocks: .init(1, of: 2), seconds: 60),
                predicted: 1,
                fraction: 0.6,
                left: 40
            ),
            ProgressCase(
                "loading counts rows, while the blocks stand at the end",
                by: .ivfflat,
                BuildSample(phase: loading, blocks: .init(9, of: 9), tuples: .init(0, of: 10), seconds: 80),
                fraction: 0.8,
                left: 20
            ),
            ProgressCase(
                "the table is read once more",
                BuildSample(phase: "index validation: scanning table", blocks: .init(1, of: 2), seconds: 98),
                fraction: 0.98,
                left: 2
            ),
            ProgressCase(
                "all is done but for the wait, which may take for ever",
                BuildSample(phase: "waiting for old snapshots", seconds: 98),
                predicted: 200,
                fraction: 1,
                left: nil
            ),
            ProgressCase(
                "a phase of a server to come",
                BuildSample(phase: "polishing", blocks: .init(1, of: 2), seconds: 1),
                predicted: 10,
                fraction: nil,
                left: nil
            ),
        ]
    )
    func reckoned(item: ProgressCase) throws {
        let progress = JobProgress(item.sample, method: item.method, predictedSeconds: item.predictedSeconds)
        #expect(progress.phase == item.sample.phase)
        #expect(isNear(progress.fraction, item.fraction))
        #expect(isNear(progress.secondsLeft, item.secondsLeft))
    }

    @Test("nothing goes back within a phase, and what was known is not forgotten")
    func monotone() {
        func next(_ phase: String, _ done: Int64, _ total: Int64, after earlier: JobProgress?) -> JobProgress {
            let sample = BuildSample(phase: phase, blocks: .init(done, of: total), seconds: 10)
            return JobProgress(sample, method: .hnsw, predictedSeconds: nil, after: earlier)
        }
        let half = next(loading, 50, 100, after: nil)
        #expect(next(loading, 50, 200, after: half).fraction == half.fraction)
        #expect(next(loading, 0, 0, after: half).fraction == half.fraction)
        #expect(isNear(next(loading, 60, 100, after: half).fraction, 0.57))
        let other = next("building index: initializing", 0, 0, after: half)
        #expect(other.fraction == 0, "another phase stands for itself")
    }

    private func isNear(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return abs(left - right) < 1e-9
    }
}
