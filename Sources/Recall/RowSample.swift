internal import Synchronization

/// A random sample of the rows of one pass, of at most so many bytes.
///
/// Each row has a key that its number decides, and the rows with the least keys stay. So the sample does not depend on which
/// task has seen which row first, and its rows by their keys are in random order: the first of them are a sample, too. A row's
/// numbers are kept in 16 bits as multiples of one number, a hundred thousandth part of the greatest being their error.
final class RowSample: Sendable {
    private struct State {
        var values: [Int16] = []
        var units: [Float] = []
        /// The keys of the rows and their places, the greatest key first (a binary heap).
        var heap: [(key: UInt64, place: Int)] = []

        mutating func rise(from start: Int) {
            var child = start
            while child > 0, heap[child].key > heap[(child - 1) / 2].key {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }

        mutating func sink() {
            var parent = 0
            while true {
                var greatest = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && heap[child].key > heap[greatest].key {
                    greatest = child
                }
                guard greatest != parent else { return }
                heap.swapAt(parent, greatest)
                parent = greatest
            }
        }
    }

    /// The rows of a sample.
    struct Rows: Sendable {
        /// The numbers of the rows, each row filled up to the stride, in units of its own.
        let values: [Int16]
        let units: [Float]
        let stride: Int
        /// The place of each row, in random order.
        let places: [Int]

        var count: Int { places.count }

        /// Writes the numbers of a row into a place for them.
        func read(_ number: Int, into row: UnsafeMutablePointer<Float>) {
            let place = places[number]
            let unit = units[place]
            values.withUnsafeBufferPointer { values in
                for offset in 0..<stride { row[offset] = Float(values[place * stride + offset]) * unit }
            }
        }
    }

    private let stride: Int
    /// How many rows it keeps.
    let capacity: Int
    private let state = Mutex(State())

    /// Creates an empty sample.
    ///
    /// - Parameters:
    ///   - stride: The numbers that a row takes.
    ///   - bytes: The most bytes that the rows take.
    init(stride: Int, bytes: Int) {
        self.stride = stride
        capacity = max(1, min(Self.mostRows, bytes / (stride * MemoryLayout<Int16>.stride)))
    }

    /// As many as 4,000 lists are trained on.
    private static let mostRows = 200_000

    /// The key of a row; each number of a row has its own.
    static func key(ofRow number: Int) -> UInt64 { SeededNumbers.mixed(UInt64(number)) }

    /// Takes a row if its key is among the least.
    ///
    /// - Returns: The key below which a row is taken from now on.
    func offer(_ row: UnsafePointer<Float>, key: UInt64) -> UInt64 {
        let row = UnsafeBufferPointer(start: row, count: stride)
        let greatest = row.reduce(0) { max($0, abs($1)) }
        let unit = max(greatest / Float(Int16.max), .leastNormalMagnitude)
        return state.withLock { state in
            let values = row.lazy.map { Int16(($0 / unit).rounded()) }
            if state.heap.count < capacity {
                // Memory that is reserved at once is never copied, and is none before it is written to.
                if state.heap.isEmpty { state.values.reserveCapacity(capacity * stride) }
                state.heap.append((key, state.heap.count))
                state.values += values
                state.units.append(unit)
                state.rise(from: state.heap.count - 1)
            } else if key < state.heap[0].key {
                let place = state.heap[0].place
                state.heap[0].key = key
                for (offset, value) in values.enumerated() { state.values[place * stride + offset] = value }
                state.units[place] = unit
                state.sink()
            }
            return state.heap.count < capacity ? .max : state.heap[0].key
        }
    }

    /// Hands out the rows; the sample is empty after that.
    func take() -> Rows {
        let state = state.withLock { state in
            defer { state = State() }
            return state
        }
        let places = state.heap.sorted { $0.key < $1.key }.map(\.place)
        return Rows(values: state.values, units: state.units, stride: stride, places: places)
    }
}
