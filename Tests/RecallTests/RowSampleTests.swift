import Testing

@testable import Recall

@Suite("Rows that a pass keeps")
struct RowSampleTests {
    private func offer(_ values: [Float], _ number: Int, to sample: RowSample) {
        values.withUnsafeBufferPointer { row in
            guard let row = row.baseAddress else { return }
            _ = sample.offer(row, key: RowSample.key(ofRow: number))
        }
    }

    private func read(_ rows: RowSample.Rows) -> [[Float]] {
        (0..<rows.count).map { number in
            [Float](unsafeUninitializedCapacity: rows.stride) { values, count in
                count = rows.stride
                if let values = values.baseAddress { rows.read(number, into: values) }
            }
        }
    }

    @Test("a sample does not depend on the order in which rows come")
    func order() {
        let numbers = Array(0..<5_000)
        let samples = [numbers, numbers.reversed(), numbers.shuffled()].map { numbers in
            let sample = RowSample(stride: 8, bytes: 300 * 16)
            for number in numbers { offer([Float](repeating: Float(number), count: 8), number, to: sample) }
            return read(sample.take()).map { $0[0].rounded() }
        }
        #expect(samples[0].count == 300)
        #expect(samples[0] == samples[1])
        #expect(samples[0] == samples[2])
        #expect(Set(samples[0]).count == 300)
        // It is drawn from all of them: half lie in the first half, give or take five standard deviations.
        #expect(abs(samples[0].count { $0 < 2_500 } - 150) < 45)
        // And so is its beginning.
        #expect(abs(samples[0].prefix(100).count { $0 < 2_500 } - 50) < 26)
    }

    @Test("numbers keep a hundred thousandth of the greatest")
    func precision() {
        let sample = RowSample(stride: 8, bytes: 1 << 10)
        let row: [Float] = [1_000, -3, 0.5, 0, 12.25, -999.9, 77, 1e-9]
        offer(row, 0, to: sample)
        offer([Float](repeating: 0, count: 8), 1, to: sample)
        let rows = read(sample.take())
        #expect(rows.contains([Float](repeating: 0, count: 8)))
        let kept = rows.first { $0[0] != 0 } ?? []
        for (one, other) in zip(row, kept) { #expect(abs(one - other) <= 0.016) }
    }

    @Test("the nearest rows are kept whichever comes first, of some queries if all take too much memory")
    func nearest() {
        let all = NearestVectors(queries: 10, neighbours: 3, stride: 8, bytes: 1 << 20)
        let some = NearestVectors(queries: 10, neighbours: 3, stride: 8, bytes: 5 * 3 * 32)
        for nearest in [all, some] {
            for number in (0..<200).shuffled() {
                let row = [Float](repeating: Float(number), count: 8)
                row.withUnsafeBufferPointer { row in
                    guard let row = row.baseAddress else { return }
                    for query in 0..<10 {
                        // Two rows each have the same distance; the first counts.
                        nearest.offer(row, number: number, distance: Float(number / 2), from: query)
                    }
                }
            }
        }
        for (nearest, queries) in [(all, Array(0..<10)), (some, [0, 2, 4, 6, 8])] {
            let taken = nearest.take()
            #expect(taken.queries.map(\.query) == queries)
            for query in taken.queries {
                #expect(query.rows.map(\.distance) == [0, 0, 1])
                #expect(query.rows.map { taken.values[$0.start] } == [0, 1, 2])
            }
        }
    }
}
