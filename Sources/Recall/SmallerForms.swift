public import Advisor

/// Searches by smaller forms of the vectors in the same pass as the exact search, to say how much of the nearest rows they find.
///
/// For each query it keeps the rows that are nearest by a form, each with its exact distance, and no row itself.
public struct SmallerForms: Sendable {
    /// A search by one form.
    private struct Search: Sendable {
        var form: FormRecall.Form
        /// The rows to keep for each query.
        var capacity: Int
        /// For each query the rows nearest by the form, the nearest first.
        var nearest: [[(form: Float, exact: Float)]]

        @inline(__always)
        mutating func keep(_ distance: Float, exact: Float, of query: Int) {
            let count = nearest[query].count
            if count == capacity {
                guard distance < nearest[query][count - 1].form else { return }
                nearest[query].removeLast()
            } else if distance.isNaN {
                return
            }
            let place = nearest[query].lastIndex { $0.form <= distance }.map { $0 + 1 } ?? 0
            nearest[query].insert((distance, exact), at: place)
        }
    }

    /// The positions of the queries that it searches for, in ascending order.
    private let queries: [Int]
    private let metric: DistanceMetric
    private let dimensions: Int
    private var half: Search
    private var binary: Search
    private var first: Search
    /// The queries in half precision, their bits, and their first numbers, one query after the other.
    private var halfQueries: [Float] = []
    private var bitQueries: [UInt64] = []
    private var firstQueries: [Float] = []
    /// Four rows in a form.
    private var rows: [Float] = []
    private var bits: [UInt64] = []

    /// What the rows of all queries may take, and what the queries may take in all forms.
    private static let bytes = 8 << 20
    /// How many times k candidates are ordered again by the whole vectors.
    private static let factors = [4, 10]

    /// Prepares a search; `nil` if there are no forms of this type, or none for this distance.
    ///
    /// - Parameters:
    ///   - queries: The vectors that are searched for; if the rows of all take too much memory, some of them are chosen, evenly.
    ///   - type: The type of the column; only `vector` has smaller forms here.
    ///   - metric: The distance.
    ///   - k: How many nearest rows count.
    ///   - tasks: How many searches work on parts of the rows, each with its own memory.
    public init?(of queries: [StoredVector], _ type: VectorType, by metric: DistanceMetric, k: Int, tasks: Int) {
        guard type == .vector, [.cosineDistance, .l2Distance, .maxInnerProduct].contains(metric),
            let dimensions = queries.first?.dimensions, dimensions >= 2
        else { return nil }
        // All three keep one more, for a stored vector that finds itself.
        let most = (Self.factors.max() ?? 1) * k + 1
        let perQuery = (k + 1 + 2 * most) * MemoryLayout<(Float, Float)>.stride
        // The forms of a query take one and a half times as much as its numbers.
        let perForms = 2 * DenseKernel.stride(dimensions) * MemoryLayout<Float>.stride
        let count = min(
            queries.count,
            max(1, Self.bytes / max(1, tasks) / perQuery),
            max(1, Self.bytes / perForms)
        )
        self.queries = (0..<count).map { $0 * queries.count / count }
        self.metric = metric
        self.dimensions = dimensions
        let none = [[(form: Float, exact: Float)]](repeating: [], count: count)
        half = Search(form: .half, capacity: k + 1, nearest: none)
        binary = Search(form: .binary, capacity: most, nearest: none)
        first = Search(form: .first(dimensions / 2), capacity: most, nearest: none)
        for query in self.queries {
            guard case .dense(let values) = queries[query] else { return nil }
            halfQueries += Self.filled(values.map { Float(Float16($0)) }, metric)
            firstQueries += Self.filled(Array(values.prefix(dimensions / 2)), metric)
            bitQueries += Self.signs(values)
        }
        rows = [Float](repeating: 0, count: 4 * DenseKernel.stride(dimensions))
        bits = [UInt64](repeating: 0, count: 4 * ((dimensions + 63) / 64))
    }

    /// Numbers filled up with zeros, for cosine distance with length 1.
    private static func filled(_ values: [Float], _ metric: DistanceMetric) -> [Float] {
        let length = metric == .cosineDistance ? values.reduce(0) { $0 + $1 * $1 }.squareRoot() : 1
        return values.map { $0 / length }
            + [Float](repeating: 0, count: DenseKernel.stride(values.count) - values.count)
    }

    /// The bits that `binary_quantize` of pgvector gives: 1 for a number above 0.
    private static func signs(_ values: [Float]) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (values.count + 63) / 64)
        for (position, value) in values.enumerated() where value > 0 {
            words[position / 64] |= 1 << UInt64(position % 64)
        }
        return words
    }

    /// Compares up to four rows.
    ///
    /// - Parameters:
    ///   - source: The rows, each filled up to the stride.
    ///   - count: How many they are.
    ///   - exact: The distance of each from each query of the exact search.
    mutating func add(_ source: UnsafePointer<Float>, count: Int, exact: [SIMD4<Float>]) {
        let stride = DenseKernel.stride(dimensions)
        for row in 0..<4 {
            for offset in 0..<dimensions { rows[row * stride + offset] = Float(Float16(source[row * stride + offset])) }
        }
        Self.compare(halfQueries, rows, stride: stride, metric, queries, count: count, exact) {
            half.keep($0, exact: $1, of: $2)
        }
        let firstStride = DenseKernel.stride(dimensions / 2)
        for row in 0..<4 {
            for offset in 0..<firstStride {
                rows[row * firstStride + offset] = offset < dimensions / 2 ? source[row * stride + offset] : 0
            }
        }
        Self.compare(firstQueries, rows, stride: firstStride, metric, queries, count: count, exact) {
            first.keep($0, exact: $1, of: $2)
        }
        // The other form uses more of each row.
        for offset in rows.indices { rows[offset] = 0 }
        addBits(source, count: count, exact: exact)
    }

    private mutating func addBits(_ source: UnsafePointer<Float>, count: Int, exact: [SIMD4<Float>]) {
        let (stride, words) = (DenseKernel.stride(dimensions), (dimensions + 63) / 64)
        for row in 0..<count {
            for word in 0..<words {
                var value: UInt64 = 0
                for position in (64 * word)..<min(64 * word + 64, dimensions) where source[row * stride + position] > 0
                {
                    value |= 1 << UInt64(position % 64)
                }
                bits[row * words + word] = value
            }
        }
        for (place, query) in queries.enumerated() {
            for row in 0..<count where !exact[query][row].isNaN {
                var different = 0
                for word in 0..<words {
                    different += (bits[row * words + word] ^ bitQueries[place * words + word]).nonzeroBitCount
                }
                binary.keep(Float(different), exact: exact[query][row], of: place)
            }
        }
    }

    /// Calls with the distance by a form, the exact one, and the place of the query.
    @inline(__always)
    private static func compare(
        _ dense: [Float],
        _ rows: [Float],
        stride: Int,
        _ metric: DistanceMetric,
        _ queries: [Int],
        count: Int,
        _ exact: [SIMD4<Float>],
        _ keep: (Float, Float, Int) -> Void
    ) {
        let term: DenseKernel.Term = metric == .l2Distance ? .squaredDifference : .product
        dense.withUnsafeBufferPointer { dense in
            rows.withUnsafeBufferPointer { rows in
                guard let dense = dense.baseAddress, let rows = rows.baseAddress else { return }
                let lengths: SIMD4<Float> =
                    metric == .cosineDistance ? DenseKernel.fourLengths(rows, stride: stride) : .one
                for (place, query) in queries.enumerated() {
                    let sums = DenseKernel.fourSums(dense + place * stride, rows, stride: stride, term)
                    let distances = metric == .l2Distance ? sums : -sums / lengths
                    for row in 0..<count where !exact[query][row].isNaN {
                        keep(distances[row], exact[query][row], place)
                    }
                }
            }
        }
    }

    /// Adds what another search for the same queries has found among other rows.
    mutating func merge(_ other: SmallerForms) {
        for place in queries.indices {
            for row in other.half.nearest[place] { half.keep(row.form, exact: row.exact, of: place) }
            for row in other.binary.nearest[place] { binary.keep(row.form, exact: row.exact, of: place) }
            for row in other.first.nearest[place] { first.keep(row.form, exact: row.exact, of: place) }
        }
    }

    /// What each form finds, once with k rows and with more candidates that are ordered again by the whole vectors.
    func recalls(_ search: ExactSearch, k: Int, isStored: Bool) -> [FormRecall] {
        [(half, [1]), (binary, Self.factors), (first, Self.factors)].flatMap { form, factors in
            factors.compactMap { recall(of: form, candidates: $0 * k, search, k: k, isStored: isStored) }
        }
    }

    private func recall(
        of form: Search,
        candidates: Int,
        _ search: ExactSearch,
        k: Int,
        isStored: Bool
    ) -> FormRecall? {
        var outcomes: [SearchOutcome] = []
        for (place, query) in queries.enumerated() {
            let nearest = search.nearest(to: query, isStored: isStored)
            var found = form.nearest[place].map(\.exact)
            if isStored, let own = found.firstIndex(of: search.ownDistance(of: query)) { found.remove(at: own) }
            outcomes.append(
                SearchOutcome(
                    distances: Array(found.prefix(candidates)),
                    nearest: nearest,
                    k: k,
                    milliseconds: 0,
                    tolerance: search.tolerance(at:)
                )
            )
        }
        return RecallFigures(outcomes).map {
            FormRecall(form: form.form, candidates: candidates, recall: $0.recall, interval: $0.interval)
        }
    }
}
