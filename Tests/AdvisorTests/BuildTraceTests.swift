import Testing

@testable import Advisor

/// What is shown of a build while it goes on, against what it turned out to be.
@Suite("How far real builds were")
struct BuildTraceTests {
    private struct Shown {
        var seconds: Double
        var fraction: Double
        var left: Double?
        /// Whether it is known that something is done: by the counts, or where there are none by the clock.
        var isAdvancing: Bool
    }

    /// What is shown of a build that was predicted to take so many times as long as it did.
    private func shown(
        _ trace: BuildTrace,
        predictedTimes factor: Double,
        phases: BuildPhases? = nil
    ) throws -> [Shown] {
        let definition = IndexDefinition(
            distanceMetric: .l2Distance,
            operatorClass: "vector_l2_ops",
            operatorClassSchema: "public",
            parameters: trace.parameters
        )
        let parts = try #require(
            definition.parts(of: trace.shape, workers: trace.workers, memoryLimit: trace.memoryBytes)
        )
        let scaled =
            phases.map { parts.with($0, within: factor * trace.seconds) }
            ?? parts.scaled(by: factor * trace.seconds / parts.total)
        var progress: JobProgress?
        var former: ProgressSample?
        return trace.samples.map { sample in
            defer { former = sample }
            let isUncounted = sample.phase.hasSuffix("k-means") || sample.blocks.fraction == 1
            let latest = JobProgress(sample, method: definition.method, parts: scaled, after: progress)
            progress = latest
            return Shown(
                seconds: sample.seconds,
                fraction: latest.fraction ?? -1,
                left: latest.secondsLeft,
                isAdvancing: isUncounted || sample.blocks != former?.blocks && sample.blocks.total > 0
            )
        }
    }

    @Test(
        "the bar never goes back nor stands still, and is not full before the end",
        arguments: BuildTrace.all,
        [0.25, 0.5, 1, 2, 4]
    )
    func moving(trace: BuildTrace, factor: Double) throws {
        var last: Shown?
        for now in try shown(trace, predictedTimes: factor) {
            #expect(now.fraction < 1)
            if let last {
                #expect(now.fraction >= last.fraction, "at \(now.seconds) s")
                if now.isAdvancing, now.seconds > last.seconds, last.fraction < 0.994 {
                    #expect(now.fraction > last.fraction, "at \(now.seconds) s")
                }
            }
            last = now
        }
    }

    @Test(
        "the time left of HNSW is within a quarter from a quarter of the way on, that of IVFFlat within a quarter of the whole",
        arguments: BuildTrace.all
    )
    func timeLeft(trace: BuildTrace) throws {
        // Where k-means ends is a matter of the vectors, and most of an IVFFlat build may be k-means.
        var share = 0.06
        if case .ivfflat = trace.parameters { share = 0.26 }
        for now in try shown(trace, predictedTimes: 1) where now.seconds >= trace.seconds / 4 {
            let truth = trace.seconds - now.seconds
            guard let left = now.left else { continue }
            // Of the last moments a part of the whole counts, since a quarter of nothing is nothing.
            #expect(
                abs(left - truth) <= max(0.25 * truth, share * trace.seconds),
                "at \(now.seconds) s: \(left) s shown, \(truth) s true"
            )
        }
    }

    @Test(
        "where recorded builds show the phases, the time left of IVFFlat is within a quarter from a quarter of the way on",
        arguments: BuildTrace.all.filter(\.isIVFFlat),
        [0.92, 1, 1.08]
    )
    func recordedPhases(trace: BuildTrace, factor: Double) throws {
        let assigning = try #require(trace.samples.first { $0.phase.hasSuffix("assigning tuples") }).seconds
        let loading = try #require(trace.samples.first { $0.phase.hasSuffix("loading tuples") }).seconds
        // Builds of the same take a little more or less.
        let phases = BuildPhases(training: assigning * factor, assigning: (loading - assigning) * (2 - factor))
        for now in try shown(trace, predictedTimes: 1, phases: phases) where now.seconds >= trace.seconds / 4 {
            let truth = trace.seconds - now.seconds
            guard let left = now.left else { continue }
            #expect(
                abs(left - truth) <= max(0.25 * truth, 0.06 * trace.seconds),
                "at \(now.seconds) s: \(left) s shown, \(truth) s true"
            )
        }
    }

    @Test(
        "a wrong prediction is forgotten once a half is done of what the server counts",
        arguments: BuildTrace.all,
        [0.4, 2.5]
    )
    func wrongPrediction(trace: BuildTrace, factor: Double) throws {
        for now in try shown(trace, predictedTimes: factor) where now.seconds >= trace.seconds * 0.85 {
            let truth = trace.seconds - now.seconds
            guard let left = now.left else { continue }
            #expect(abs(left - truth) <= 0.2 * trace.seconds, "at \(now.seconds) s: \(left) s shown, \(truth) s true")
        }
    }

    @Test("the time left falls with the clock: it does not jump where a phase begins", arguments: BuildTrace.all)
    func steady(trace: BuildTrace) throws {
        var last: Shown?
        for now in try shown(trace, predictedTimes: 1) {
            if let left = now.left, let before = last, let former = before.left {
                let fallen = former - left
                let passed = now.seconds - before.seconds
                #expect(
                    abs(fallen - passed) <= 0.2 * trace.seconds,
                    "at \(now.seconds) s: from \(former) to \(left) s left"
                )
            }
            last = now
        }
    }
}

extension BuildTrace {
    fileprivate var isIVFFlat: Bool {
        if case .ivfflat = parameters { true } else { false }
    }
}
