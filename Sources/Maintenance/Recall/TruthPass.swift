internal import Advisor
internal import Foundation
internal import Postgres
internal import Recall

/// Finds the nearest rows of all queries in one pass over a table.
///
/// `COPY` of a table is not planned and runs nothing that the table carries. Of an index on an expression, or on a part of the
/// rows, the server has to say what it has, which is planned, under the lock. Either way the server reads each vector once,
/// and the distances are computed here, on all processors but one.
struct TruthPass {
    let measured: MeasuredIndex
    let queries: [StoredVector]
    let neighbours: Int
    /// The rows that the table has, to tell how far the pass is.
    let expectedRows: Double
    let onProgress: @Sendable (Double) -> Void

    /// The processors that compare: all but one.
    static let processors = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)

    /// Values that are compared by one task.
    private struct Batch: Sendable {
        static let size = 1 << 20

        var bytes: [UInt8] = []
        /// Where each value ends; its beginning again for NULL.
        var ends: [Int?] = []

        func add(to search: inout ExactSearch) throws(UnreadableVector) {
            var start = 0
            for end in ends {
                guard let end else {
                    try search.add(nil)
                    continue
                }
                try bytes.withUnsafeBufferPointer { bytes throws(UnreadableVector) in
                    try search.add(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<end])))
                }
                start = end
            }
        }
    }

    /// Reads the table in the transaction of a connection.
    ///
    /// - Throws: When the server refuses, the time is over or the connection is lost.
    func run(on connection: inout Connection, within budget: Duration) async throws(PostgresError) -> ExactSearch {
        let name = Identifier.qualified(measured.relation.schema, measured.relation.table)
        let column = Identifier(measured.collection.name.column)
        let source = measured.isReadByServer ? "(SELECT vector FROM \(RecallViews.rows))" : "\(name.sql) (\(column))"
        let sql = "COPY \(source) TO STDOUT (FORMAT binary)"
        let empty = ExactSearch(
            queries,
            among: measured.readType,
            by: measured.metric,
            neighbours: neighbours,
            isRounding: measured.isRounding
        )
        let outcome = await withTaskGroup(
            of: Result<ExactSearch, UnreadableVector>.self,
            returning: Result<ExactSearch, PostgresError>.self
        ) { group in
            var idle = [ExactSearch](repeating: empty, count: Self.processors)
            var unreadable: UnreadableVector?
            var copy = BinaryCopy()
            var batch = Batch()
            var rows = 0.0
            func collect(_ result: Result<ExactSearch, UnreadableVector>) {
                switch result {
                case .success(let search): idle.append(search)
                case .failure(let error): unreadable = unreadable ?? error
                }
            }
            do throws(PostgresError) {
                try await connection.copy(sql, timeout: budget) { chunk in
                    guard unreadable == nil else { return }
                    do throws(UnreadableVector) {
                        try chunk.withUnsafeBufferPointer { bytes throws(UnreadableVector) in
                            try copy.read(UnsafeRawBufferPointer(bytes)) { value throws(UnreadableVector) in
                                if let value { batch.bytes += value }
                                batch.ends.append(value == nil ? nil : batch.bytes.count)
                            }
                        }
                    } catch {
                        unreadable = error
                    }
                    guard batch.bytes.count >= Batch.size else { return }
                    rows += Double(batch.ends.count)
                    onProgress(min(1, rows / max(1, expectedRows)))
                    if idle.isEmpty, let result = await group.next() { collect(result) }
                    guard var search = idle.popLast() else { return }
                    let full = batch
                    batch = Batch()
                    group.addTask {
                        do throws(UnreadableVector) {
                            try full.add(to: &search)
                            return .success(search)
                        } catch {
                            return .failure(error)
                        }
                    }
                }
            } catch {
                return .failure(error)
            }
            for await result in group { collect(result) }
            var all = idle.popLast() ?? empty
            do throws(UnreadableVector) {
                if let unreadable { throw unreadable }
                guard copy.isComplete else { throw UnreadableVector("the end of COPY is missing") }
                try batch.add(to: &all)
            } catch {
                return .failure(PostgresError(.decoding, error.reason, statement: sql))
            }
            for other in idle { all.merge(other) }
            all.finish()
            return .success(all)
        }
        return try outcome.get()
    }
}
