extension BuildHistory {
    /// Corrects a prediction of the formula by similar builds.
    ///
    /// The factor is the weighted median of actual to predicted times, so that one build on a busy server does not
    /// change it. A build of another column shows the speed of the server but not the effect of the vectors, so it has
    /// less weight; a few of these move the prediction only part of the way.
    ///
    /// - Parameters:
    ///   - prediction: The prediction of the formula.
    ///   - definition: The index to build.
    ///   - place: The table and column to build on.
    ///   - shape: The contents of the index.
    /// - Returns: The prediction, with the number of builds that it is based on.
    func correcting(
        _ prediction: Prediction,
        of definition: IndexDefinition,
        on place: CollectionName,
        _ shape: BuildShape
    ) -> Prediction {
        var prediction = prediction
        var times: [(value: Double, weight: Double)] = []
        var sizes: [(value: Double, weight: Double)] = []
        var shares: [(training: Double, assigning: Double, weight: Double)] = []
        for build in builds {
            let weight = Self.likeness(of: build, to: definition, shape, at: place)
            guard weight >= Self.leastLikeness, let formula = build.formula else { continue }
            // The constant time of every statement says nothing about its speed.
            let ratio = (build.seconds + Self.moment) / (formula.seconds + Self.moment)
            if ratio.isFinite, ratio > 0 { times.append((ratio, weight)) }
            if let share = build.phaseShares { shares.append((share.training, share.assigning, weight)) }
            if build.place == place, let size = build.sizeBytes, build.shape.rows > 0 {
                sizes.append((Double(size) / Double(max(formula.diskBytes, 1)), weight))
            }
        }
        if let factor = Self.median(times) {
            let weight = times.reduce(0) { $0 + $1.weight }
            prediction.seconds *= Self.power(factor, weight / (weight + Self.doubt))
            prediction.basis = .builds(times.count)
        }
        prediction.phases = phases(shares, of: definition, shape, within: prediction.seconds)
        // Sizes are not random: the contents of another column say nothing about this one.
        if let factor = Self.median(sizes), factor.isFinite, factor > 0 {
            prediction.diskBytes = Int64((Double(prediction.diskBytes) * factor).rounded())
            prediction.equalRows = .known
        }
        return prediction
    }

    /// The times of the first phases: those of the formula, corrected by what these phases took of recorded builds in
    /// comparison to the rest of each.
    private func phases(
        _ shares: [(training: Double, assigning: Double, weight: Double)],
        of definition: IndexDefinition,
        _ shape: BuildShape,
        within seconds: Double
    ) -> BuildPhases? {
        guard let training = Self.median(shares.map { ($0.training, $0.weight) }),
            let assigning = Self.median(shares.map { ($0.assigning, $0.weight) }),
            var parts = definition.parts(of: shape, workers: 0, memoryLimit: .max)
        else { return nil }
        let weight = shares.reduce(0) { $0 + $1.weight }
        let trust = weight / (weight + Self.doubt)
        parts.training *= Self.power(training, trust)
        parts.assigning *= Self.power(assigning, trust)
        guard parts.total > 0 else { return nil }
        let scale = seconds / parts.total
        return BuildPhases(training: parts.training * scale, assigning: parts.assigning * scale)
    }

    private static let leastLikeness = 0.03
    private static let doubt = 0.2
    private static let moment = 0.05

    /// The likeness, from 1 for the same index of the same column to 0.
    private static func likeness(
        of build: PastBuild,
        to definition: IndexDefinition,
        _ shape: BuildShape,
        at place: CollectionName
    ) -> Double {
        var distance = 0.5 * octaves(Double(build.shape.rows), Double(shape.rows))
        distance += octaves(Double(build.shape.dimensions), Double(shape.dimensions))
        if build.shape.type != shape.type { distance += 1 }
        switch (build.parameters, definition.parameters) {
        case (.hnsw(let m, let ef), .hnsw(let otherM, let otherEF)):
            distance += octaves(Double(m), Double(otherM)) + 0.5 * octaves(Double(ef), Double(otherEF))
        case (.ivfflat(let lists), .ivfflat(let others)): distance += 0.5 * octaves(Double(lists), Double(others))
        default: return 0
        }
        return (build.place == place ? 1 : 0.15) / (1 + distance * distance)
    }

    /// How many times one must be doubled to get the other.
    private static func octaves(_ left: Double, _ right: Double) -> Double {
        (Prediction.logarithm(max(left, 1)) - Prediction.logarithm(max(right, 1))).magnitude
    }

    /// The weighted median, interpolated if it falls between two values.
    private static func median(_ values: [(value: Double, weight: Double)]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted { $0.value < $1.value }
        let half = sorted.reduce(0) { $0 + $1.weight } / 2
        var passed = 0.0
        for (position, item) in sorted.enumerated() {
            passed += item.weight
            if (passed - half).magnitude <= half * 1e-9, position + 1 < sorted.count {
                return (item.value * sorted[position + 1].value).squareRoot()
            }
            if passed > half { return item.value }
        }
        return sorted.last?.value
    }

    /// A power with an exponent from 0 to 1, without a mathematics library: by the binary digits of the exponent.
    static func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, root, rest) = (1.0, base, min(max(exponent, 0), 1))
        if rest == 1 { return base }
        for _ in 0..<30 {
            root = root.squareRoot()
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return result
    }
}

extension PastBuild {
    /// How many times the share of the formula the first phases took, in comparison to the rest of the build; `nil` if they
    /// are unknown.
    fileprivate var phaseShares: (training: Double, assigning: Double)? {
        guard let phases,
            let parts = definition.parts(of: shape, workers: 0, memoryLimit: memoryBytes),
            parts.training > 0, parts.assigning > 0
        else { return nil }
        let rest = (seconds - phases.training - phases.assigning) / (parts.total - parts.training - parts.assigning)
        let (training, assigning) = (phases.training / parts.training / rest, phases.assigning / parts.assigning / rest)
        guard rest > 0, training > 0, assigning > 0, training.isFinite, assigning.isFinite else { return nil }
        return (training, assigning)
    }

    /// The formula's prediction for the build as it ran.
    fileprivate var formula: Prediction? {
        definition.prediction(of: shape, workers: workers, memoryLimit: memoryBytes)
    }

    private var definition: IndexDefinition {
        IndexDefinition(distanceMetric: .l2Distance, operatorClass: "", operatorClassSchema: "", parameters: parameters)
    }
}
