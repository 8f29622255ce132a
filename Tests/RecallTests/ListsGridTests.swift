import Advisor
import Testing

@testable import Recall

@Suite("What other lists would find")
struct ListsGridTests {
    /// Random numbers around zero, nearly normal.
    private static func noise(_ numbers: inout SeededNumbers) -> Float {
        (0..<6).reduce(0) { sum, _ in sum + Float.random(in: -0.5...0.5, using: &numbers) }
    }

    /// Rows around random centres.
    private static func rows(
        _ count: Int,
        clusters: Int,
        dimensions: Int = 16,
        width: Float,
        seed: UInt64 = 1
    ) -> [[Float]] {
        var numbers = SeededNumbers(seed: seed)
        let centres = (0..<clusters).map { _ in (0..<dimensions).map { _ in noise(&numbers) } }
        return (0..<count).map { row in centres[row % clusters].map { $0 + width * noise(&numbers) } }
    }

    private func grid(
        _ rows: [[Float]],
        _ queries: [[Float]],
        _ metric: DistanceMetric = .l2Distance,
        lists: [Int],
        probes: [Int] = [],
        target: Double = 0.95,
        within duration: Duration = .seconds(3_600),
        sampleBytes: Int = 8 << 20,
        isStored: Bool = false
    ) async throws -> ListsGrid {
        let kept = KeptRows(
            isSpherical: metric != .l2Distance,
            stride: DenseKernel.stride(rows[0].count),
            queries: queries.count,
            neighbours: 11,
            sampleBytes: sampleBytes
        )
        var search = ExactSearch(
            queries.map { .dense($0) },
            among: .vector,
            by: metric,
            neighbours: 11,
            keeping: kept
        )
        // Two parts, as two tasks work on them.
        var other = search
        for (number, row) in rows.enumerated() {
            if number.isMultiple(of: 3) {
                search.nextRow = number
                search.add(.dense(row))
            } else {
                other.nextRow = number
                other.add(.dense(row))
            }
        }
        search.merge(other)
        let forecast = try #require(ListsForecast(search, k: 10, isStored: isStored, tasks: 2))
        return await forecast.grid(lists: lists, probes: probes, target: target, within: duration)
    }

    @Test(
        "one list is enough where each has a cluster, and each probe reads its share",
        arguments: [DistanceMetric.l2Distance, .cosineDistance, .maxInnerProduct]
    )
    func clusters(metric: DistanceMetric) async throws {
        let rows = Self.rows(1_600, clusters: 8, width: 0.005)
        let grid = try await grid(rows, Array(rows.prefix(40)), metric, lists: [8], probes: [1, 2, 8])
        let cell = try #require(grid.cell(lists: 8, probes: 1))
        #expect(metric == .maxInnerProduct || cell.recall > 0.999)
        #expect(abs(cell.shareOfRowsRead - 0.125) < 0.01)
        #expect(try #require(grid.cell(lists: 8, probes: 8)).recall == 1)
        #expect(grid.sampledRows == 1_600)
    }

    @Test("lists whose centres take too much memory are left out and named")
    func memory() async throws {
        let rows = Self.rows(1_100, clusters: 4, dimensions: 2_048, width: 0.1)
        let grid = try await grid(rows, [rows[0]], lists: [1_100, 4], probes: [1])
        #expect(grid.omissions == [ListsGrid.Omission(lists: 1_100, reason: .memory)])
        #expect(grid.cell(lists: 4, probes: 1) != nil)
    }

    @Test("a probe finds the rows of one list and no more")
    func oneProbe() async throws {
        // Five rows are near, and the other five of ten are in another list.
        let rows = Self.rows(40, clusters: 8, width: 0.005)
        let grid = try await grid(rows, Array(rows.prefix(8)), lists: [8], probes: [1, 8])
        #expect(grid.cell(lists: 8, probes: 1)?.recall == 0.5)
        #expect(grid.cell(lists: 8, probes: 1)?.shareOfRowsRead == 0.125)
        #expect(grid.cell(lists: 8, probes: 8)?.recall == 1)
    }

    @Test("more probes find more, more lists find less, and all lists find all")
    func monotone() async throws {
        let rows = Self.rows(2_000, clusters: 100, width: 1)
        let grid = try await grid(
            rows,
            Self.rows(40, clusters: 40, width: 1, seed: 2),
            lists: [10, 40],
            probes: [3, 40]
        )
        for (one, next) in zip(grid.cells, grid.cells.dropFirst()) where one.lists == next.lists {
            #expect(one.recall <= next.recall)
            #expect(one.shareOfRowsRead < next.shareOfRowsRead)
            #expect(one.interval.contains(one.recall))
        }
        let few = try #require(grid.cell(lists: 10, probes: 3))
        let many = try #require(grid.cell(lists: 40, probes: 3))
        #expect(few.recall > many.recall)
        #expect(few.shareOfRowsRead > many.shareOfRowsRead)
        #expect(grid.cell(lists: 10, probes: 40)?.recall == 1)
        #expect(grid.cell(lists: 10, probes: 40)?.shareOfRowsRead == 1)
        // The least probes that reach the target have a cell.
        let least = try #require(grid.leastWork(reaching: 0.95, lists: 40))
        #expect(least.recall >= 0.95)
        let before = grid.cell(lists: 40, probes: least.probes - 1)
        #expect(before.map { $0.recall < 0.95 } ?? true)
    }

    @Test("the same rows give the same grid, whichever task has seen them")
    func seeded() async throws {
        let rows = Self.rows(1_500, clusters: 50, width: 0.7)
        let queries = Array(rows.prefix(20))
        let first = try await grid(rows, queries, lists: [20], sampleBytes: 40_000)
        let second = try await grid(rows, queries, lists: [20], sampleBytes: 40_000)
        #expect(first.cells == second.cells)
        #expect(first.sampledRows == 40_000 / 32)
    }

    @Test("a stored vector does not find itself")
    func stored() async throws {
        // Each row is alone but for its own query: with it, one of ten is always found.
        let rows = Self.rows(1_000, clusters: 1_000, width: 0)
        let queries = Array(rows.prefix(50))
        let with = try await grid(rows, queries, lists: [50], probes: [1])
        let without = try await grid(rows, queries, lists: [50], probes: [1], isStored: true)
        let found = try #require(with.cell(lists: 50, probes: 1)).recall
        let other = try #require(without.cell(lists: 50, probes: 1)).recall
        #expect(other < found - 0.03)
    }

    @Test("lists that the sample or the time do not allow are left out, and named")
    func omissions() async throws {
        let rows = Self.rows(1_500, clusters: 50, width: 0.7)
        let queries = Array(rows.prefix(20))
        let small = try await grid(rows, queries, lists: [10, 500], sampleBytes: 40_000)
        #expect(small.omissions == [ListsGrid.Omission(lists: 500, reason: .sample)])
        #expect(Set(small.cells.map(\.lists)) == [10])
        let late = try await grid(rows, queries, lists: [10], within: .zero)
        #expect(late.omissions == [ListsGrid.Omission(lists: 10, reason: .time)])
        #expect(late.cells.isEmpty)
    }

    @Test("equal rows, and fewer than lists, do no harm")
    func degenerate() async throws {
        let equal = [[Float]](repeating: [1, 2, 3], count: 500)
        let grid = try await grid(equal, [[1, 2, 3]], .cosineDistance, lists: [5, 700], probes: [1])
        #expect(grid.cell(lists: 5, probes: 1)?.recall == 1)
        #expect(grid.omissions == [ListsGrid.Omission(lists: 700, reason: .sample)])
        // A zero vector has no direction.
        let zeros = try await self.grid(equal + [[0, 0, 0]], [[1, 2, 3]], .cosineDistance, lists: [5])
        #expect(zeros.sampledRows == 500)
    }

    private static func cell(_ lists: Int, _ probes: Int, _ recall: Double, _ share: Double) -> ListsGrid.Cell {
        ListsGrid.Cell(
            lists: lists,
            probes: probes,
            recall: recall,
            interval: recall...recall,
            shareOfRowsRead: share
        )
    }

    private static let table = ListsGrid(
        cells: [
            cell(8, 8, 1, 1), cell(30, 10, 0.99, 0.34), cell(30, 5, 0.951, 0.17), cell(63, 10, 0.945, 0.16),
            cell(63, 14, 0.96, 0.2), cell(120, 10, 0.88, 0.08), cell(120, 30, 0.955, 0.12),
        ],
        queries: 100,
        rows: 1_000,
        sampledRows: 1_000
    )

    @Test("the most lists keep the recall within the tolerance, at the same probes")
    func mostLists() {
        #expect(Self.table.mostLists(keeping: 0.944, atProbes: 10) == 63)
        #expect(Self.table.mostLists(keeping: 0.955, atProbes: 10) == 63)
        #expect(Self.table.mostLists(keeping: 0.956, atProbes: 10) == 30)
        #expect(Self.table.mostLists(keeping: 0.89, atProbes: 10) == 120)
        // With fewer lists than probes all are read.
        #expect(Self.table.mostLists(keeping: 1, atProbes: 10) == 30)
        #expect(Self.table.mostLists(keeping: 1, atProbes: 10, within: 0) == 8)
        #expect(Self.table.mostLists(keeping: 0.5, atProbes: 7) == nil)
    }

    @Test("the least work counts the rows and the centres")
    func leastWork() {
        #expect(Self.table.leastWork(reaching: 0.95) == Self.cell(30, 5, 0.951, 0.17))
        #expect(Self.table.leastWork(reaching: 0.95, lists: 63) == Self.cell(63, 14, 0.96, 0.2))
        #expect(Self.table.leastWork(reaching: 0.995) == Self.cell(8, 8, 1, 1))
        #expect(Self.table.leastWork(reaching: 0.995, lists: 63) == nil)
    }

    @Test("the lists to try begin with the present ones, and no two are nearly the same")
    func lists() {
        #expect(ListsForecast.lists(present: 30, rows: 63_666) == [30, 63, 43, 25, 20, 15, 120, 7])
        #expect(ListsForecast.lists(present: 63, rows: 63_666) == [63, 52, 42, 31, 126, 252, 15])
        #expect(ListsForecast.lists(present: 1, rows: 20) == [1, 5, 2, 4])
        #expect(ListsForecast.lists(present: 100, rows: 0) == [])
    }
}
