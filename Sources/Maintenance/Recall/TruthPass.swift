internal import Advisor
internal import Foundation
internal import Postgres
internal import Recall

/// Finds the nearest rows of all queries in one pass over a table, or over the partitions of a partitioned one.
///
/// `COPY` of a table is not planned and runs nothing that the table carries. Of an index on an expression, or on a part of the
/// rows, the server has to say what it has, which is planned, under the lock. Either way the server reads each vector once,
/// and the distances are computed here, on all processors but one.
struct TruthPass {
    let measured: MeasuredIndex
    /// The tables with the rows.
    let tables: [RecallTable]
    /// The search for all queries, over no rows yet.
    let search: ExactSearch
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
        /// The number of its first row.
        var firstRow = 0

        func add(to search: inout ExactSearch) throws(UnreadableVector) {
            search.nextRow = firstRow
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

    /// What is read, one after the other: the tables, which COPY takes only one by one, or what the server says that the
    /// index has.
    private var statements: [String] {
        let column = Identifier(measured.collection.name.column)
        let sources =
            measured.isReadByServer
            ? ["(SELECT vector FROM \(RecallViews.rows))"] : tables.map { "\($0.qualified.sql) (\(column))" }
        return sources.map { "COPY \($0) TO STDOUT (FORMAT binary)" }
    }

    /// Reads the tables in the transaction of a connection.
    ///
    /// - Parameters:
    ///   - connection: The connection.
    ///   - budget: The time for all of them; the server ends what takes longer.
    /// - Returns: What it found.
    /// - Throws: When the server refuses, the time is over or the connection is lost.
    func run(on connection: inout Connection, within budget: Duration) async throws(PostgresError) -> ExactSearch {
        let end = ContinuousClock.now + budget
        let statements = statements
        let empty = search
        let outcome = await withTaskGroup(
            of: Result<ExactSearch, UnreadableVector>.self,
            returning: Result<ExactSearch, PostgresError>.self
        ) { group in
            var idle = [ExactSearch](repeating: empty, count: Self.processors)
            var unreadable: UnreadableVector?
            var batch = Batch()
            var rows = 0.0
            func collect(_ result: Result<ExactSearch, UnreadableVector>) {
                switch result {
                case .success(let search): idle.append(search)
                case .failure(let error): unreadable = unreadable ?? error
                }
            }
            do throws(PostgresError) {
                for sql in statements {
                    // With no time left it would have no limit.
                    let left = max(.milliseconds(1), ContinuousClock.now.duration(to: end))
                    let timeout = "\(max(1, Int(left / .milliseconds(1))))ms"
                    _ = try await connection.query(
                        "SELECT pg_catalog.set_config('statement_timeout', \(timeout), TRUE)",
                        timeout: .seconds(35)
                    )
                    var copy = BinaryCopy()
                    try await connection.copy(sql, timeout: left + .seconds(5)) { chunk in
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
                        throw PostgresError(.decoding, "the end of COPY is missing", statement: sql)
                    }
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
                return .failure(PostgresError(.decoding, error.reason, statement: statements.first))
            }
            for other in idle { all.merge(other) }
            all.finish()
            return .success(all)
        }
        return try outcome.get()
    }
}
