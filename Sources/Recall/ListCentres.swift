/// The centres of the lists of an IVFFlat index.
struct ListCentres: Sendable {
    /// How many lists there are.
    let count: Int
    /// Whether the nearest centre is that of the nearest direction, as for cosine distance and inner product.
    ///
    /// The centres have length 1 then.
    let isSpherical: Bool
    let stride: Int
    /// The centres one after the other; the last is repeated until they are a multiple of four.
    private var values: [Float]

    /// Takes centres that lie one after the other, at least one.
    init(_ values: [Float], stride: Int, isSpherical: Bool) {
        count = values.count / stride
        self.stride = stride
        self.isSpherical = isSpherical
        self.values = values
        let last = values.suffix(stride)
        while !(self.values.count / stride).isMultiple(of: 4) { self.values += last }
    }

    /// Calls with the distances of each four centres from a vector; below, a smaller one is nearer: squares of distances, or
    /// products without their sign.
    @inline(__always)
    private func eachFour(_ vector: UnsafePointer<Float>, _ receive: (Int, SIMD4<Float>) -> Void) {
        let isSpherical = isSpherical
        values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for first in Swift.stride(from: 0, to: count, by: 4) {
                let centres = values + first * stride
                let sums =
                    isSpherical
                    ? -DenseKernel.fourSums(vector, centres, stride: stride, .product)
                    : DenseKernel.fourSums(vector, centres, stride: stride, .squaredDifference)
                receive(first, sums)
            }
        }
    }

    /// The list whose centre is nearest to a vector, and how near; of equally near ones the first.
    func nearest(to vector: UnsafePointer<Float>) -> (list: Int, distance: Float) {
        var best = SIMD4<Float>(repeating: .infinity)
        var lists = SIMD4<Int32>(repeating: .max)
        let lanes = SIMD4<Int32>(0, 1, 2, 3)
        eachFour(vector) { first, distances in
            let isNearer = distances .< best
            best.replace(with: distances, where: isNearer)
            lists.replace(with: lanes &+ Int32(first), where: isNearer)
        }
        var (list, distance) = (Int32(0), Float.infinity)
        for lane in 0..<4 where best[lane] < distance || best[lane] == distance && lists[lane] < list {
            (list, distance) = (lists[lane], best[lane])
        }
        // The last centre may have been found in the place of a copy.
        return (min(Int(list), count - 1), distance)
    }

    /// The distance of each centre from a vector; a smaller one is nearer.
    func distances(from vector: UnsafePointer<Float>) -> [Float] {
        var all = [Float](repeating: 0, count: (count + 3) / 4 * 4)
        all.withUnsafeMutableBufferPointer { all in
            eachFour(vector) { first, distances in
                for lane in 0..<4 { all[first + lane] = distances[lane] }
            }
        }
        return Array(all.prefix(count))
    }

    /// Writes the centre of a list into a place for it.
    func copy(_ list: Int, to place: UnsafeMutableBufferPointer<Float>) {
        for offset in 0..<stride { place[offset] = values[list * stride + offset] }
    }
}
