/// Finds the centres of lists in a sample of the rows, as pgvector does when it builds an IVFFlat index.
///
/// k-means (`ivfkmeans.c` of pgvector 0.8), with normalized centres for cosine distance and inner product. Two things differ:
/// the first centres are drawn in rounds, each an eighth as large as all rounds before, in which k-means++ draws one after the
/// other (Bahmani and others, 2012, "Scalable k-means++"); and it ends after twenty steps, in place of five hundred, or when
/// fewer than one row in a thousand changes its list. Neither changes the recall by more than measurements of it scatter.
struct ListTraining: Sendable {
    /// The rows to train on; those of a sample by direction have length 1.
    let rows: RowSample.Rows
    let isSpherical: Bool
    let tasks: Int

    private static let mostSteps = 20
    /// The steps after which the centres are good enough if the time is over.
    private static let fewestSteps = 4

    /// The lists that were found.
    struct Lists: Sendable {
        var centres: ListCentres
        /// How many of the rows to train on each has.
        var sizes: [Int]
    }

    /// The rows that pgvector trains so many lists on, if the sample has them.
    func trainingRows(lists: Int) -> Int { min(rows.count, max(10_000, 50 * lists)) }

    /// Trains.
    ///
    /// - Parameters:
    ///   - lists: How many lists to find, at most as many as there are rows.
    ///   - seed: Which random numbers draw the first centres.
    ///   - deadline: When to stop.
    /// - Returns: The lists; `nil` if the time was over before they were good enough, or the task was cancelled.
    func run(lists: Int, seed: UInt64, until deadline: ContinuousClock.Instant) async -> Lists? {
        let count = trainingRows(lists: lists)
        guard lists >= 1, count >= lists else { return nil }
        guard var centres = await start(lists: lists, count: count, seed: seed, until: deadline) else { return nil }
        var assigned = [Int32](repeating: -1, count: count)
        for step in 1...Self.mostSteps {
            let new = await assignment(to: centres, count: count)
            let changed = zip(assigned, new).count { $0 != $1 }
            assigned = new
            if changed * 1_000 < count || step == Self.mostSteps { break }
            if Task.isCancelled { return nil }
            if ContinuousClock.now >= deadline {
                guard step >= Self.fewestSteps else { return nil }
                break
            }
            centres = self.centres(of: assigned, former: centres)
        }
        var sizes = [Int](repeating: 0, count: lists)
        for list in assigned { sizes[Int(list)] += 1 }
        return Lists(centres: centres, sizes: sizes)
    }

    /// Draws rows as the first centres, with a chance that grows with the square of the distance from those drawn before.
    private func start(
        lists: Int,
        count: Int,
        seed: UInt64,
        until deadline: ContinuousClock.Instant
    ) async -> ListCentres? {
        var numbers = SeededNumbers(seed: SeededNumbers.mixed(UInt64(lists)) &+ seed)
        var drawn = row(Int.random(in: 0..<count, using: &numbers))
        var last = ListCentres(drawn, stride: rows.stride, isSpherical: isSpherical)
        var distances = [Float](repeating: .infinity, count: count)
        while drawn.count / rows.stride < lists {
            if Task.isCancelled || ContinuousClock.now >= deadline { return nil }
            let nearer = await nearest(to: last, count: count)
            for (number, nearest) in nearer.enumerated() {
                // Of vectors of length 1, half the square of their distance.
                let square = isSpherical ? 1 + nearest.distance : nearest.distance
                distances[number] = min(distances[number], max(0, square))
            }
            let known = drawn.count / rows.stride
            let wanted = min(lists - known, max(1, known / 8))
            for number in draw(wanted, by: distances, &numbers) { drawn += row(number) }
            last = ListCentres(Array(drawn[(known * rows.stride)...]), stride: rows.stride, isSpherical: isSpherical)
        }
        return ListCentres(drawn, stride: rows.stride, isSpherical: isSpherical)
    }

    /// Draws some of the rows, with chances in proportion to their weights.
    private func draw(_ wanted: Int, by weights: [Float], _ numbers: inout SeededNumbers) -> [Int] {
        var sums: [Double] = []
        sums.reserveCapacity(weights.count)
        var total = 0.0
        for weight in weights {
            total += Double(weight)
            sums.append(total)
        }
        var drawn: Set<Int> = []
        for _ in 0..<(4 * wanted) where drawn.count < wanted && total > 0 {
            drawn.insert(Self.first(in: sums, above: Double.random(in: 0..<total, using: &numbers)))
        }
        // Where nearly all rows are equal to a centre, the rest is drawn evenly, and then in their order.
        for _ in 0..<(4 * wanted) where drawn.count < wanted {
            drawn.insert(Int.random(in: 0..<weights.count, using: &numbers))
        }
        for number in weights.indices where drawn.count < wanted { drawn.insert(number) }
        return drawn.sorted()
    }

    /// The position of the first of ascending sums that is greater than a number.
    private static func first(in sums: [Double], above number: Double) -> Int {
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > number { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func row(_ number: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows.stride) { values, count in
            count = rows.stride
            if let values = values.baseAddress { rows.read(number, into: values) }
        }
    }

    /// A list, and how near its centre is.
    private struct Nearest: Sendable {
        var list: Int32
        var distance: Float
    }

    private func nearest(to centres: ListCentres, count: Int) async -> [Nearest] {
        let rows = rows
        let parts = await ParallelRanges.map(count, tasks: tasks) { (range: Range<Int>) -> [Nearest] in
            var found: [Nearest] = []
            found.reserveCapacity(range.count)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.stride) { row in
                guard let row = row.baseAddress else { return }
                for number in range {
                    rows.read(number, into: row)
                    let (list, distance) = centres.nearest(to: row)
                    found.append(Nearest(list: Int32(list), distance: distance))
                }
            }
            return found
        }
        return parts.count == 1 ? parts[0] : parts.flatMap { $0 }
    }

    private func assignment(to centres: ListCentres, count: Int) async -> [Int32] {
        await nearest(to: centres, count: count).map(\.list)
    }

    /// The means of the rows of each list; a list without rows keeps its centre.
    private func centres(of assigned: [Int32], former: ListCentres) -> ListCentres {
        let (count, stride) = (former.count, rows.stride)
        var sums = [Float](repeating: 0, count: count * stride)
        var sizes = [Int](repeating: 0, count: count)
        let isSpherical = isSpherical
        withUnsafeTemporaryAllocation(of: Float.self, capacity: stride) { row in
            guard let values = row.baseAddress else { return }
            sums.withUnsafeMutableBufferPointer { sums in
                for (number, list) in assigned.enumerated() {
                    let start = Int(list) * stride
                    sizes[Int(list)] += 1
                    rows.read(number, into: values)
                    for offset in 0..<stride { sums[start + offset] += values[offset] }
                }
                for list in 0..<count {
                    let centre = UnsafeMutableBufferPointer(rebasing: sums[(list * stride)..<((list + 1) * stride)])
                    let size =
                        isSpherical
                        ? centre.reduce(0) { $0 + $1 * $1 }.squareRoot() : Float(sizes[list])
                    guard size > 0 else {
                        former.copy(list, to: centre)
                        continue
                    }
                    for offset in 0..<stride { centre[offset] /= size }
                }
            }
        }
        return ListCentres(sums, stride: stride, isSpherical: isSpherical)
    }
}
