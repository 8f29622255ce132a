extension BuildHistory {
    /// Corrects a prediction of the formula by the builds that are like it.
    ///
    /// The factor is the weighted median of measured to predicted times, so that one build on a busy server does not move it.
    /// A build of another column tells of the server, but not of the vectors, and so weighs less; few of these move the
    /// prediction by a part of what they say.
    ///
    /// - Parameters:
    ///   - prediction: What the formula says.
    ///   - definition: What is built.
    ///   - place: The table and column that are built on.
    ///   - shape: What is put into the index.
    /// - Returns: The prediction, which says how many builds it goes by.
    func correcting(
        _ prediction: Prediction,
        of definition: IndexDefinition,
        on place: CollectionName,
        _ shape: BuildShape
    ) -> Prediction {
        var prediction = prediction
        var times: [(value: Double, weight: Double)] = []
        var sizes: [(value: Double, weight: Double)] = []
        for build in builds {
            let weight = Self.likeness(of: build, to: definition, shape, at: place)
            guard weight >= Self.leastLikeness, let formula = build.formula else { continue }
            // Moments that every statement takes say nothing of its pace.
            let ratio = (build.seconds + Self.moment) / (formula.seconds + Self.moment)
            if ratio.isFinite, ratio > 0 { times.append((ratio, weight)) }
            if build.place == place, let size = build.sizeBytes, build.shape.rows > 0 {
                sizes.append((Double(size) / Double(max(formula.diskBytes, 1)), weight))
            }
        }
        if let factor = Self.median(times) {
            let weight = times.reduce(0) { $0 + $1.weight }
            prediction.seconds *= Self.power(factor, weight / (weight + Self.doubt))
            prediction.basis = .builds(times.count)
        }
        // Sizes are not a matter of chance: what another column holds says nothing of this one.
        if let factor = Self.median(sizes), factor.isFinite, factor > 0 {
            prediction.diskBytes = Int64((Double(prediction.diskBytes) * factor).rounded())
        }
        return prediction
    }

    private static let leastLikeness = 0.03
    private static let doubt = 0.2
    private static let moment = 0.05

    /// From 1 for the same index of the same column to 0.
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

    /// How many times one has to be doubled to get the other.
    private static func octaves(_ left: Double, _ right: Double) -> Double {
        (Prediction.logarithm(max(left, 1)) - Prediction.logarithm(max(right, 1))).magnitude
    }

    /// The middle of the values by weight, between the two next to it where it falls between them.
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
    /// What the formula says of the build as it was carried out.
    fileprivate var formula: Prediction? {
        let definition = IndexDefinition(
            distanceMetric: .l2Distance,
            operatorClass: "",
            operatorClassSchema: "",
            parameters: parameters
        )
        return definition.prediction(of: shape, workers: workers, memoryLimit: memoryBytes)
    }
}
