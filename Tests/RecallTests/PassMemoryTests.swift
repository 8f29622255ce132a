import Advisor
import Testing

@testable import Recall

@Suite("The memory of a pass")
struct PassMemoryTests {
    @Test("bounds the vectors to search for, by their dimensions, by k and by the settings that are tried")
    func queries() {
        func most(_ type: VectorType, _ dimensions: Int, k: Int = 10, attempts: Int = 1) -> Int {
            PassMemory(type: type, dimensions: dimensions, k: k, attempts: attempts).mostQueries
        }
        // What a job in the background asks for always fits.
        #expect(most(.vector, 2_000) > 1_000 && most(.halfvec, 4_000) > 500 && most(.bit, 64_000) > 1_000)
        #expect(most(.sparsevec, 1_000_000_000) > 1_000)
        #expect(most(.vector, 128) > 10_000)
        #expect(most(.vector, 1_536) < 10_000)
        #expect(most(.vector, 8, k: 1_000) < 10_000)
        #expect(most(.vector, 8, k: 1_000, attempts: 14) < most(.vector, 8, k: 1_000) / 4)
        #expect(most(.vector, 16_000, k: 1_000, attempts: 14) >= 1)
    }

    private func search(
        _ type: VectorType,
        queries: Int,
        _ query: StoredVector,
        neighbours: Int,
        groups: Int = 1
    ) -> GroupedSearch {
        GroupedSearch(
            Array(repeating: query, count: queries),
            in: (0..<queries).map { $0 % groups },
            among: type,
            by: .l2Distance,
            neighbours: neighbours,
            isRounding: false
        )
    }

    @Test("bounds the tasks where each takes much, however many processors there are")
    func tasks() {
        func tasks(_ search: GroupedSearch) -> Int { PassMemory.tasks(of: search, batch: 1 << 20, processors: 128) }
        let small = search(.vector, queries: 100, .dense([1, 2]), neighbours: 11)
        #expect(tasks(small) == 11)
        #expect(PassMemory.tasks(of: small, batch: 1 << 20, processors: 3) == 3)
        #expect(tasks(search(.vector, queries: 10_000, .dense([1, 2]), neighbours: 1_001)) == 1)
        let wide = StoredVector.dense([Float](repeating: 1, count: 2_000))
        #expect(tasks(search(.vector, queries: 1_000, wide, neighbours: 11, groups: 1_000)) == 1)
        #expect(PassMemory.tasks(of: small, batch: 1 << 20, processors: 0) == 1)
    }

    @Test("does not grow with the dimensions of sparse vectors")
    func sparse() {
        let vector = StoredVector.sparse(dimensions: 10_000_000, positions: [1], values: [1])
        #expect(search(.sparsevec, queries: 100, vector, neighbours: 11).bytesOfCopy < 100_000)
    }
}
