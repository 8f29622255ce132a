internal import Advisor

/// Distances of vectors that are not dense.
enum SparseDistance {
    /// The distance of two values of one type and the same dimensions; not a number if the metric has none for them.
    static func between(_ left: StoredVector, _ right: StoredVector, by metric: DistanceMetric) -> Float {
        switch (left, right) {
        case (.bits(let left, _), .bits(let right, _)): bits(left, right, metric)
        case (.sparse(_, let leftPositions, let leftValues), .sparse(_, let rightPositions, let rightValues)):
            sparse((leftPositions, leftValues), (rightPositions, rightValues), metric)
        default: .nan
        }
    }

    /// Unused bits of the last byte are zero in both.
    private static func bits(_ left: [UInt8], _ right: [UInt8], _ metric: DistanceMetric) -> Float {
        var (different, common, ofLeft, ofRight) = (0, 0, 0, 0)
        for (left, right) in zip(left, right) {
            different += (left ^ right).nonzeroBitCount
            common += (left & right).nonzeroBitCount
            ofLeft += left.nonzeroBitCount
            ofRight += right.nonzeroBitCount
        }
        switch metric {
        case .hammingDistance: return Float(different)
        // pgvector's jaccard_distance is 1 if no bit is common, also where no bit is set at all.
        case .jaccardDistance: return common == 0 ? 1 : Float(1 - Double(common) / Double(ofLeft + ofRight - common))
        default: return .nan
        }
    }

    private typealias Elements = (positions: [Int32], values: [Float])

    private static func sparse(_ left: Elements, _ right: Elements, _ metric: DistanceMetric) -> Float {
        var (product, squares, differences) = (0 as Float, 0 as Float, 0 as Float)
        func add(_ one: Float, _ other: Float) {
            product += one * other
            squares += (one - other) * (one - other)
            differences += abs(one - other)
        }
        var (here, there) = (0, 0)
        while here < left.positions.count || there < right.positions.count {
            let one = here < left.positions.count ? left.positions[here] : .max
            let other = there < right.positions.count ? right.positions[there] : .max
            add(one <= other ? left.values[here] : 0, other <= one ? right.values[there] : 0)
            if one <= other { here += 1 }
            if other <= one { there += 1 }
        }
        switch metric {
        case .l2Distance: return squares.squareRoot()
        case .l1Distance: return differences
        case .maxInnerProduct: return -product
        case .cosineDistance:
            func length(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            return 1 - product / (length(left.values) * length(right.values))
        default: return .nan
        }
    }
}
