/// Sums over the numbers of two vectors, eight at a time.
///
/// The sums of a pair do not depend on which other pairs are computed with it, so a stored vector has one distance from a
/// query wherever it is met.
enum DenseKernel {
    typealias Lanes = SIMD8<Float>

    /// The number of values that an array needs for vectors of these dimensions; the rest is filled with zeros.
    static func stride(_ dimensions: Int) -> Int { (dimensions + 7) / 8 * 8 }

    /// What is summed up for two numbers.
    enum Term {
        /// Their product.
        case product
        /// The square of their difference.
        case squaredDifference
        /// Their difference without its sign.
        case difference
    }

    /// The sums for one query and four rows that lie one after the other.
    @inline(__always)
    static func fourSums(
        _ query: UnsafePointer<Float>,
        _ rows: UnsafePointer<Float>,
        stride: Int,
        _ term: Term
    ) -> SIMD4<Float> {
        switch term {
        case .product: fourSums(query, rows, stride) { $0 + $1 * $2 }
        case .squaredDifference:
            fourSums(query, rows, stride) { sum, left, right in
                let difference = left - right
                return sum + difference * difference
            }
        case .difference:
            fourSums(query, rows, stride) { sum, left, right in
                let difference = left - right
                return sum + difference.replacing(with: -difference, where: difference .< 0)
            }
        }
    }

    /// The sum of the products of one pair.
    static func productSum(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, stride: Int) -> Float {
        var sum = Lanes.zero
        for position in Swift.stride(from: 0, to: stride, by: Lanes.scalarCount) {
            let offset = position * MemoryLayout<Float>.stride
            sum +=
                UnsafeRawPointer(left).loadUnaligned(fromByteOffset: offset, as: Lanes.self)
                * UnsafeRawPointer(right).loadUnaligned(fromByteOffset: offset, as: Lanes.self)
        }
        return sum.sum()
    }

    /// The lengths of four rows that stand one after the other.
    static func fourLengths(_ rows: UnsafePointer<Float>, stride: Int) -> SIMD4<Float> {
        var lengths = SIMD4<Float>.zero
        for row in 0..<4 {
            let start = rows + row * stride
            lengths[row] = productSum(start, start, stride: stride).squareRoot()
        }
        return lengths
    }

    @inline(__always)
    private static func fourSums(
        _ query: UnsafePointer<Float>,
        _ rows: UnsafePointer<Float>,
        _ stride: Int,
        _ add: (Lanes, Lanes, Lanes) -> Lanes
    ) -> SIMD4<Float> {
        let query = UnsafeRawPointer(query)
        let rows = UnsafeRawPointer(rows)
        let length = stride * MemoryLayout<Float>.stride
        var (first, second, third, fourth) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var offset = 0
        while offset < length {
            let value = query.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
            first = add(first, value, rows.loadUnaligned(fromByteOffset: offset, as: Lanes.self))
            second = add(second, value, rows.loadUnaligned(fromByteOffset: length + offset, as: Lanes.self))
            third = add(third, value, rows.loadUnaligned(fromByteOffset: 2 * length + offset, as: Lanes.self))
            fourth = add(fourth, value, rows.loadUnaligned(fromByteOffset: 3 * length + offset, as: Lanes.self))
            offset += MemoryLayout<Lanes>.stride
        }
        return SIMD4(first.sum(), second.sum(), third.sum(), fourth.sum())
    }
}
