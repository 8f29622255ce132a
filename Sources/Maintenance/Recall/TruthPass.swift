internal import Advisor
internal import Foundation
internal import Postgres
internal import Recall

/// Finds the nearest rows of all queries in one pass over a table, or over the partitions of a partitioned one.
///
/// The server reads each vector once, in the parts of ``PassParts``, and the distances are computed here, by several tasks.
struct TruthPass {
    let measured: MeasuredIndex
    /// The search for all queries among all rows, over none yet.
    let search: ExactSearch
    let queries: [StoredVector]
    /// The column by which they are grouped, and the value of each.
    let groups: (column: RecallGroupColumn, values: [String])?
    let neighbours: Int
    /// The rows that the table has, to tell how far the pass is.
    let expectedRows: Double
    /// What it may take of the processors.
    let share: ProcessorShare
    let onProgress: @Sendable (Double) -> Void

    /// Values that are compared by one task.
    private struct Batch: Sendable {
        static let size = 1 << 19
        /// NULL has no byte.
        static let mostRows = 1 << 14
        /// What it takes at most: the array of bytes grows to twice as much.
        static let mostBytes = 2 * size + mostRows * (MemoryLayout<Int?>.stride + MemoryLayout<Int>.stride)

        var bytes: [UInt8] = []
        /// Where each value ends; its beginning again for NULL.
        var ends: [Int?] = []
        /// The number of its first row.
        var firstRow = 0
        /// The group of each value.
        var groups: [Int] = []

        var isFull: Bool { bytes.count >= Self.size || ends.count >= Self.mostRows }

        func add(to search: inout GroupedSearch) throws(UnreadableVector) {
            search.setNextRow(firstRow)
            var start = 0
            for (end, group) in zip(ends, groups) {
                guard let end else {
                    try search.add(nil, to: group)
                    continue
                }
                try bytes.withUnsafeBufferPointer { bytes throws(UnreadableVector) in
                    try search.add(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<end])), to: group)
                }
                start = end
            }
        }
    }

    /// Reads the tables.
    ///
    /// - Parameters:
    ///   - connection: The connection.
    ///   - parts: The parts in which it reads them.
    /// - Returns: What it found.
    /// - Throws: When the server refuses, the time is over or the connection is lost.
    func run(
        on connection: inout Connection,
        reading parts: inout some PassParts
    ) async throws(PostgresError) -> GroupedSearch {
        let grouping = Grouping(groups)
        let empty =
            grouping.map { grouping in
                GroupedSearch(
                    queries,
                    in: grouping.groups,
                    among: measured.readType,
                    by: measured.metric,
                    neighbours: neighbours,
                    isRounding: measured.isRounding
                )
            } ?? GroupedSearch(search)
        let tasks = PassMemory.tasks(of: empty, batch: Batch.mostBytes, processors: share.processors)
        let outcome = await withTaskGroup(
            of: Result<GroupedSearch, UnreadableVector>.self,
            returning: Result<GroupedSearch, PostgresError>.self
        ) { group in
            var idle = [GroupedSearch](repeating: empty, count: tasks)
            var unreadable: UnreadableVector?
            var batch = Batch()
            var rows = 0.0
            var pace = share.pace
            func collect(_ result: Result<GroupedSearch, UnreadableVector>) {
                switch result {
                case .success(let search): idle.append(search)
                case .failure(let error): unreadable = unreadable ?? error
                }
            }
            do throws(PostgresError) {
                while unreadable == nil, let part = try await parts.next(on: &connection) {
                    // It may have waited for a lock.
                    pace.begin()
                    var copy = BinaryCopy(columns: grouping == nil ? 1 : 2)
                    var wanted: Int? = 0
                    var isGroup = grouping != nil
                    try await connection.copy(part.sql, timeout: part.limit + .seconds(5)) { chunk in
                        guard unreadable == nil else { return }
                        do throws(UnreadableVector) {
                            try chunk.withUnsafeBufferPointer { bytes throws(UnreadableVector) in
                                try copy.read(UnsafeRawBufferPointer(bytes)) { value throws(UnreadableVector) in
                                    if let grouping {
                                        defer { isGroup.toggle() }
                                        if isGroup {
                                            wanted = grouping.group(of: value)
                                            return
                                        }
                                    }
                                    guard let wanted else { return }
                                    if let value { batch.bytes += value }
                                    batch.groups.append(wanted)
                                    batch.ends.append(value == nil ? nil : batch.bytes.count)
                                }
                            }
                        } catch {
                            unreadable = error
                        }
                        // Until it reads on, the server waits.
                        await pace.rest()
                        guard batch.isFull else { return }
                        rows += Double(batch.ends.count)
                        onProgress(min(1, rows / max(1, expectedRows)))
                        if idle.isEmpty, let result = await group.next() { collect(result) }
                        guard var search = idle.popLast() else { return }
                        let full = batch
                        batch = Batch(firstRow: full.firstRow + full.ends.count)
                        group.addTask {
                            do throws(UnreadableVector) {
                                try full.add(to: &search)
                                return .success(search)
                            } catch {
                                return .failure(error)
                            }
                        }
                    }
                    guard copy.isComplete || unreadable != nil else {
                        throw PostgresError(.decoding, "the end of COPY is missing", statement: part.sql)
                    }
                    try await parts.end(on: &connection)
                }
            } catch {
                return .failure(error)
            }
            for await result in group { collect(result) }
            var all = idle.popLast() ?? empty
            do throws(UnreadableVector) {
                if let unreadable { throw unreadable }
                try batch.add(to: &all)
            } catch {
                return .failure(PostgresError(.decoding, error.reason))
            }
            for other in idle { all.merge(other) }
            all.finish()
            return .success(all)
        }
        return try outcome.get()
    }
}

/// The groups of some queries, by the values that they want.
private struct Grouping {
    /// The group of each query.
    let groups: [Int]
    private let numbers: [[UInt8]: Int]

    init?(_ groups: (column: RecallGroupColumn, values: [String])?) {
        guard let groups else { return nil }
        var numbers: [[UInt8]: Int] = [:]
        self.groups = groups.values.map { value in
            // A value that is none of the type is that of no row.
            let bytes = groups.column.type.bytes(of: value) ?? []
            let number = numbers[bytes] ?? numbers.count
            numbers[bytes] = number
            return number
        }
        self.numbers = numbers
    }

    /// The group of a row with this value; `nil` if no query wants it.
    func group(of value: UnsafeRawBufferPointer?) -> Int? { value.flatMap { numbers[Array($0)] } }
}
