public import Advisor

/// Finds the distances of the nearest rows of many queries in one pass over the rows.
///
/// It keeps for each query the least distances and no row, so its memory depends on the queries alone. Several can work on
/// parts of the rows and be put together with ``merge(_:)``.
public struct ExactSearch: Sendable {
    /// The rows that it has seen and compared.
    public private(set) var rows = 0
    /// The rows without a vector.
    public private(set) var nulls = 0
    /// The rows whose vector has other dimensions than the queries; no search finds them.
    public private(set) var otherDimensions = 0
    /// For each query its least distances, in ascending order; a distance that is no number is in none.
    public private(set) var nearest: [[Float]]

    private let type: VectorType
    private let metric: DistanceMetric
    private let neighbours: Int
    private let isRounding: Bool
    /// What is kept of the rows themselves, shared by the searches that work on parts of them.
    let kept: KeptRows?
    /// The number of the next row, which no other row of the pass has; the rows are counted on from it.
    public var nextRow = 0
    /// How many vectors it searches for.
    public var queryCount: Int { queries.count }
    /// The searches by smaller forms of the vectors; `nil` for none.
    private var forms: SmallerForms?
    private let queries: [StoredVector]
    let dimensions: Int
    /// The queries one after the other, each filled up with zeros.
    private var dense: [Float] = []
    /// Rows whose distances are computed together.
    private var waiting: [Float]
    private var waitingRows = 0
    private var waitingNumbers = SIMD4<Int>.zero
    /// The key below which ``kept`` takes a row into its sample.
    private var sampleLimit = UInt64.max

    /// Creates a search over no rows yet.
    ///
    /// - Parameters:
    ///   - queries: The vectors that are searched for, of the type and the same dimensions.
    ///   - type: The type of the stored vectors.
    ///   - metric: The distance.
    ///   - neighbours: How many distances to keep for each query.
    ///   - isRounding: Whether rows are rounded to half precision first, as a cast to `halfvec` does.
    ///   - kept: Gets rows as they are compared; `nil` to keep none.
    ///   - forms: Searches by smaller forms of the same rows; `nil` for none.
    public init(
        _ queries: [StoredVector],
        among type: VectorType,
        by metric: DistanceMetric,
        neighbours: Int,
        isRounding: Bool = false,
        keeping kept: KeptRows? = nil,
        comparing forms: SmallerForms? = nil
    ) {
        self.type = type
        self.metric = metric
        self.neighbours = neighbours
        self.isRounding = isRounding
        self.kept = kept
        self.forms = forms
        self.queries = queries
        dimensions = queries.first?.dimensions ?? 0
        nearest = Array(repeating: [], count: queries.count)
        let stride = DenseKernel.stride(dimensions)
        // A sparse vector may have a thousand million dimensions.
        waiting = [Float](repeating: 0, count: type == .vector || type == .halfvec ? 4 * stride : 0)
        for case .dense(let values) in queries {
            dense += metric == .cosineDistance ? Self.normalized(values) : values
            dense += [Float](repeating: 0, count: stride - values.count)
        }
    }

    private static func normalized(_ values: [Float]) -> [Float] {
        let length = values.reduce(0 as Double) { $0 + Double($1) * Double($1) }.squareRoot()
        return values.map { Float(Double($0) / length) }
    }

    /// Compares a row, given as its type's send function writes it; `nil` for NULL.
    ///
    /// - Throws: If the bytes are not such a value.
    public mutating func add(_ bytes: UnsafeRawBufferPointer?) throws(UnreadableVector) {
        guard let bytes else {
            nulls += 1
            nextRow += 1
            return
        }
        if type == .vector || type == .halfvec, try addDense(bytes) { return }
        add(try StoredVector(bytes, as: type))
    }

    /// Compares a row.
    public mutating func add(_ vector: StoredVector) {
        guard vector.dimensions == dimensions else {
            otherDimensions += 1
            nextRow += 1
            return
        }
        if case .dense(let values) = vector {
            for (position, value) in values.enumerated() { set(value, at: position) }
            endRow()
            return
        }
        rows += 1
        nextRow += 1
        for (position, query) in queries.enumerated() {
            keep(SparseDistance.between(query, vector, by: metric), of: position)
        }
    }

    /// Reads a dense row without an array of its own; returns false if it has other dimensions or is unreadable.
    private mutating func addDense(_ bytes: UnsafeRawBufferPointer) throws(UnreadableVector) -> Bool {
        let width = type == .vector ? 4 : 2
        guard bytes.count == 4 + width * dimensions, bytes.integer(at: 0, as: Int16.self) == dimensions else {
            return false
        }
        let start = waitingRows * DenseKernel.stride(dimensions)
        let (isRounding, dimensions, type) = (isRounding, dimensions, type)
        waiting.withUnsafeMutableBufferPointer { waiting in
            for position in 0..<dimensions {
                var value =
                    type == .vector ? bytes.float(at: 4 + 4 * position) : bytes.half(at: 4 + 2 * position)
                if isRounding { value = Float(Float16(value)) }
                waiting[start + position] = value
            }
        }
        endRow()
        return true
    }

    private mutating func set(_ value: Float, at position: Int) {
        waiting[waitingRows * DenseKernel.stride(dimensions) + position] = isRounding ? Float(Float16(value)) : value
    }

    private mutating func endRow() {
        rows += 1
        waitingNumbers[waitingRows] = nextRow
        nextRow += 1
        waitingRows += 1
        if waitingRows == 4 { compareWaiting() }
    }

    /// Compares the rows that wait for others; call it when there are no more.
    public mutating func finish() { compareWaiting() }

    private mutating func compareWaiting() {
        guard waitingRows > 0 else { return }
        let stride = DenseKernel.stride(dimensions)
        let term: DenseKernel.Term =
            switch metric {
            case .l2Distance: .squaredDifference
            case .l1Distance: .difference
            default: .product
            }
        let (dense, waiting, count) = (dense, waiting, waitingRows)
        var exact: [SIMD4<Float>] = []
        if forms != nil { exact.reserveCapacity(queries.count) }
        dense.withUnsafeBufferPointer { dense in
            waiting.withUnsafeBufferPointer { rows in
                guard let dense = dense.baseAddress, let rows = rows.baseAddress else { return }
                let lengths: SIMD4<Float> =
                    metric == .cosineDistance ? DenseKernel.fourLengths(rows, stride: stride) : .one
                for query in queries.indices {
                    let sums = DenseKernel.fourSums(dense + query * stride, rows, stride: stride, term)
                    let distances =
                        switch metric {
                        case .cosineDistance: 1 - sums / lengths
                        case .maxInnerProduct: -sums
                        case .l2Distance: sums.squareRoot()
                        default: sums
                        }
                    if forms != nil { exact.append(distances) }
                    for row in 0..<count where keep(distances[row], of: query) {
                        kept?.nearest?.offer(
                            rows + row * stride,
                            number: waitingNumbers[row],
                            distance: distances[row],
                            from: query
                        )
                    }
                }
                forms?.add(rows, count: count, exact: exact)
                guard let kept else { return }
                for row in 0..<count {
                    let key = RowSample.key(ofRow: waitingNumbers[row])
                    if key < sampleLimit { sampleLimit = kept.offer(rows + row * stride, key: key) ?? sampleLimit }
                }
            }
        }
        waitingRows = 0
    }

    /// Keeps a distance if it is among the least, and says whether it is.
    @inline(__always)
    @discardableResult
    private mutating func keep(_ distance: Float, of query: Int) -> Bool {
        let count = nearest[query].count
        if count == neighbours {
            guard count > 0, distance < nearest[query][count - 1] else { return false }
            nearest[query].removeLast()
        } else if distance.isNaN {
            return false
        }
        // Without it an array grows to twice what it needs.
        if count == 0 { nearest[query].reserveCapacity(neighbours) }
        let place = nearest[query].lastIndex { $0 <= distance }.map { $0 + 1 } ?? 0
        nearest[query].insert(distance, at: place)
        return true
    }

    /// The bytes that a search for the same queries takes beside this one once it has seen rows; those of ``forms`` are bounded
    /// there.
    var bytesOfCopy: Int {
        queries.count * (neighbours * MemoryLayout<Float>.stride + PassMemory.bytesOfArray)
            + waiting.count * MemoryLayout<Float>.stride
    }

    /// Adds what another search for the same queries has found among other rows.
    public mutating func merge(_ other: ExactSearch) {
        var other = other
        other.finish()
        finish()
        rows += other.rows
        nulls += other.nulls
        otherDimensions += other.otherDimensions
        if let others = other.forms { forms?.merge(others) }
        for query in queries.indices {
            for distance in other.nearest[query] { keep(distance, of: query) }
        }
    }

    /// By how much distances near this one may differ in the last digits of a Float although they are equal, as those of a
    /// vector and its double by cosine distance.
    public func tolerance(at distance: Float) -> Float {
        switch metric {
        // A difference from 1.
        case .cosineDistance: 4 * Float.ulpOfOne
        // Counts, and a ratio of counts that is computed in one way.
        case .hammingDistance, .jaccardDistance: 0
        default: 4 * Float.ulpOfOne * abs(distance)
        }
    }

    /// The numbers of a query, filled up to the stride, as its distances are computed; none of a query that is not dense.
    func denseQuery(_ query: Int) -> [Float] {
        let stride = DenseKernel.stride(dimensions)
        return dense.isEmpty ? [] : Array(dense[(query * stride)..<((query + 1) * stride)])
    }

    /// The least distances from a query; that of its own row is left out if it is a stored vector, which finds itself.
    public func nearest(to query: Int, isStored: Bool) -> [Float] {
        var distances = nearest[query]
        if isStored, let place = distances.firstIndex(of: ownDistance(of: query)) { distances.remove(at: place) }
        return distances
    }

    /// What smaller forms of the vectors find, compared with this search.
    ///
    /// - Parameters:
    ///   - k: How many nearest rows count.
    ///   - isStored: Whether the queries are stored vectors, which are not to find themselves.
    /// - Returns: The figures; none if no form was searched.
    public func formRecalls(k: Int, isStored: Bool) -> [FormRecall] {
        forms?.recalls(self, k: k, isStored: isStored) ?? []
    }

    /// The distance of a query from itself; of a stored vector, that of its own row.
    func ownDistance(of query: Int) -> Float { distance(of: queries[query], from: query) }

    /// The distance of one vector from a query, as the pass computes it.
    public func distance(of vector: StoredVector, from query: Int) -> Float {
        var one = ExactSearch([queries[query]], among: type, by: metric, neighbours: 1, isRounding: isRounding)
        one.add(vector)
        one.finish()
        return one.nearest[0].first ?? .nan
    }
}
