internal import Synchronization

/// The vectors of the nearest rows of some queries, of at most so many bytes.
///
/// The tasks of a pass share it: each offers a row that is among the nearest that it has seen itself.
final class NearestVectors: Sendable {
    private struct Row {
        var distance: Float
        /// The number of the row, which decides between rows that are equally near.
        var number: Int
        var place: Int
    }

    private struct State {
        var values: [Float] = []
        /// For each query its nearest rows, the nearest first.
        var rows: [[Row]]
    }

    /// The positions of the queries whose rows it keeps, in ascending order.
    let queries: [Int]
    private let neighbours: Int
    private let stride: Int
    /// The place of each query among ``queries``, or -1.
    private let places: [Int]
    private let state: Mutex<State>

    /// Creates one without rows.
    ///
    /// - Parameters:
    ///   - queries: How many queries there are; if the rows of all take too many bytes, some are chosen, evenly among them.
    ///   - neighbours: How many rows to keep for each.
    ///   - stride: The numbers that a row takes.
    ///   - bytes: The most bytes that the rows take, though always enough for those of one query.
    init(queries: Int, neighbours: Int, stride: Int, bytes: Int) {
        let most = max(1, bytes / (neighbours * stride * MemoryLayout<Float>.stride))
        let count = min(queries, most)
        self.queries = (0..<count).map { $0 * queries / count }
        self.neighbours = neighbours
        self.stride = stride
        var places = [Int](repeating: -1, count: queries)
        for (place, query) in self.queries.enumerated() { places[query] = place }
        self.places = places
        state = Mutex(State(rows: Array(repeating: [], count: count)))
    }

    /// Takes a row if it is among the nearest of a query.
    func offer(_ row: UnsafePointer<Float>, number: Int, distance: Float, from query: Int) {
        let query = places[query]
        guard query >= 0 else { return }
        state.withLock { state in
            var place = state.values.count / stride
            if state.rows[query].count == neighbours, let last = state.rows[query].last {
                guard (distance, number) < (last.distance, last.number) else { return }
                place = last.place
                state.rows[query].removeLast()
                for offset in 0..<stride { state.values[place * stride + offset] = row[offset] }
            } else {
                if state.values.isEmpty { state.values.reserveCapacity(queries.count * neighbours * stride) }
                state.values += UnsafeBufferPointer(start: row, count: stride)
            }
            let position =
                state.rows[query].firstIndex { (distance, number) < ($0.distance, $0.number) }
                ?? state.rows[query].count
            state.rows[query].insert(Row(distance: distance, number: number, place: place), at: position)
        }
    }

    /// The nearest rows of one query.
    struct Neighbours: Sendable {
        /// The position of the query.
        var query: Int
        /// Their distances, in ascending order, and where in ``All/values`` their vectors begin.
        var rows: [(distance: Float, start: Int)]
    }

    /// The nearest rows of all queries.
    struct All: Sendable {
        let values: [Float]
        let queries: [Neighbours]
    }

    /// Hands out all rows; there are none after that.
    func take() -> All {
        let state = state.withLock { state in
            defer { state = State(rows: Array(repeating: [], count: queries.count)) }
            return state
        }
        return All(
            values: state.values,
            queries: zip(queries, state.rows).map { query, rows in
                Neighbours(query: query, rows: rows.map { ($0.distance, $0.place * stride) })
            }
        )
    }
}
