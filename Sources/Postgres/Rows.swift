internal import CLibPQ
public import Synchronization

/// The rows of one statement.
///
/// Values are decoded on demand, directly from libpq's result.
public struct Rows: RandomAccessCollection, Sendable {
    let result: ServerResult

    /// The position of the first row, 0.
    public let startIndex = 0
    /// The number of rows.
    public var endIndex: Int { result.rowCount }

    init(adopting pointer: OpaquePointer, shape: ResultShape? = nil) {
        result = ServerResult(adopting: pointer, shape: shape)
    }

    /// The row at a position.
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < result.rowCount, "no such row")
        return Row(result: result, index: Int32(position))
    }

    /// The names of the columns, in their order.
    public var columnNames: [String] { result.shape.columnNames }

    /// The object identifiers of the types of the columns, in their order; of a domain that of its base type.
    public var columnTypes: [UInt32] { result.shape.columnTypes }

    /// The number of rows that a command has inserted, changed, deleted or returned.
    public var affectedRows: Int { result.affectedRows }

    /// The only row.
    ///
    /// Throws `.decoding` if there is none or more than one.
    public func one() throws(PostgresError) -> Row {
        guard count == 1 else { throw PostgresError(.decoding, "expected one row but got \(count)") }
        return self[0]
    }
}

/// One row.
public struct Row: Sendable {
    // Decoding is generic, and a poll does it half a million times: specialized in the caller it is three times faster.
    @usableFromInline let result: ServerResult
    @usableFromInline let index: Int32

    init(result: ServerResult, index: Int32) {
        self.result = result
        self.index = index
    }

    /// The value of a column as the requested type; use an optional if it may be NULL.
    ///
    /// If several columns have the name, it is the first. Throws `.decoding`, which names the column but not the value,
    /// if the column does not exist, is NULL, or cannot be read as the type.
    @inlinable
    public subscript<Value: ColumnDecodable>(column: String, as type: Value.Type) -> Value {
        get throws(PostgresError) {
            guard let position = result.shape.position(of: column) else {
                throw PostgresError(.decoding, "no column \"\(column)\" in the result")
            }
            return try decode(position)
        }
    }

    /// The value at a position, counted from 0.
    ///
    /// Throws as the subscript by name does.
    @inlinable
    public subscript<Value: ColumnDecodable>(position: Int, as type: Value.Type) -> Value {
        get throws(PostgresError) {
            guard position >= 0, position < result.shape.columnNames.count else {
                throw PostgresError(.decoding, "no column at position \(position) in the result")
            }
            return try decode(Int32(position))
        }
    }

    @inlinable
    func decode<Value: ColumnDecodable>(_ position: Int32) throws(PostgresError) -> Value {
        let value = withExtendedLifetime(result) { Value(cell: result.cell(row: index, column: position)) }
        guard let value else { throw undecoded(position, as: Value.self) }
        return value
    }

    @usableFromInline
    func undecoded(_ position: Int32, as type: Any.Type) -> PostgresError {
        let name = result.shape.columnNames[Int(position)]
        let what = result.cell(row: index, column: position).isNull ? "is NULL" : "cannot be read as \(type)"
        return PostgresError(.decoding, "column \"\(name)\" \(what)")
    }
}

/// Owns a PGresult.
///
/// @unchecked because of the pointer: libpq documents a PGresult as safe to read from any thread, nothing here changes
/// it once it has arrived, and it is freed with the last row that reads from it.
@usableFromInline
final class ServerResult: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    @usableFromInline let shape: ResultShape

    /// - Parameters:
    ///   - pointer: The result.
    ///   - shape: Its columns, if another result of the same statement has them already.
    init(adopting pointer: OpaquePointer, shape: ResultShape?) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        self.shape = shape ?? ResultShape(of: pointer)
    }

    deinit { PQclear(pointer) }

    var affectedRows: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// Row and column must exist: libpq would report the error to a notice receiver that may be gone.
    @usableFromInline
    func cell(row: Int32, column: Int32) -> Cell {
        let length = Int(PQgetlength(pointer, row, column))
        // Distinguishes an empty text from NULL only if it matters: the call costs as much as the others.
        if length == 0, PQgetisnull(pointer, row, column) == 1 { return Cell(bytes: nil) }
        let start = UnsafeRawPointer(PQgetvalue(pointer, row, column))
        return Cell(bytes: UnsafeRawBufferPointer(start: start, count: length))
    }
}

/// The columns of a result.
@usableFromInline
final class ResultShape: Sendable {
    @usableFromInline let columnNames: [String]
    let columnTypes: [UInt32]
    /// Positions by name; computed once, because a poll looks up each name ten thousand times.
    @usableFromInline let columns: [String: Int32]
    @usableFromInline let hasDistinctNames: Bool
    /// The column after the one that was read last; it is a guess, so races do not matter.
    @usableFromInline let following = Atomic<Int>(0)

    init(of pointer: OpaquePointer) {
        columnNames = (0..<PQnfields(pointer)).map { column in
            PQfname(pointer, column).map { String(cString: $0) } ?? ""
        }
        columnTypes = (0..<PQnfields(pointer)).map { PQftype(pointer, $0) }
        let positions = columnNames.enumerated().map { ($0.element, Int32($0.offset)) }
        columns = Dictionary(positions, uniquingKeysWith: { first, _ in first })
        hasDistinctNames = !columns.isEmpty && columns.count == columnNames.count
    }

    /// The position of a column.
    ///
    /// Rows are mostly read in the order of their columns, and then no name is hashed.
    @inlinable
    func position(of column: String) -> Int32? {
        let guess = following.load(ordering: .relaxed)
        let position: Int
        if hasDistinctNames, columnNames[guess] == column {
            position = guess
        } else if let known = columns[column] {
            position = Int(known)
        } else {
            return nil
        }
        following.store(position + 1 < columnNames.count ? position + 1 : 0, ordering: .relaxed)
        return Int32(position)
    }
}
