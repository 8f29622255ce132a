internal import CLibPQ

/// The rows of a result. They share libpq's own copy of it, and decode a value when it is asked for.
public struct Rows: RandomAccessCollection, Sendable {
    private let result: Result
    private let statement: String

    init(_ result: Result, statement: String) {
        self.result = result
        self.statement = statement
    }

    /// The first place.
    public var startIndex: Int { 0 }
    /// The place after the last.
    public var endIndex: Int { result.rowCount }
    /// The row at a place.
    public subscript(position: Int) -> Row { Row(result: result, position: position, statement: statement) }
}

/// One row of a result.
public struct Row: Sendable {
    fileprivate let result: Result
    fileprivate let position: Int
    fileprivate let statement: String

    /// The value of a column.
    ///
    /// - Parameters:
    ///   - column: The column's name.
    ///   - type: What to decode; an optional for a column that may be NULL.
    public subscript<Value: RowDecodable>(column: String, as type: Value.Type) -> Value {
        get throws(PostgresError) {
            guard let index = result.columns[column] else {
                throw failure("the result has no column \(column)")
            }
            guard let value = Value.decode(result.bytes(position, index)) else {
                throw failure("column \(column) is not \(Value.self)")
            }
            return value
        }
    }

    private func failure(_ message: String) -> PostgresError {
        PostgresError(code: .decoding, message: message, statement: statement)
    }
}

/// A result of libpq.
///
/// Sendable, though the compiler cannot know: a PGresult is not changed by anybody once it is received, and is freed
/// when its last owner goes.
final class Result: @unchecked Sendable {
    let pointer: OpaquePointer
    let rowCount: Int
    let columns: [String: Int32]

    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
        rowCount = Int(PQntuples(pointer))
        var columns: [String: Int32] = [:]
        for index in 0..<PQnfields(pointer) {
            if let name = PQfname(pointer, index) { columns[String(cString: name)] = index }
        }
        self.columns = columns
    }

    deinit { PQclear(pointer) }

    /// The bytes of a value, `nil` for NULL; good as long as the result lives.
    func bytes(_ row: Int, _ column: Int32) -> UnsafeBufferPointer<UInt8>? {
        let row = Int32(row)
        guard PQgetisnull(pointer, row, column) == 0, let value = PQgetvalue(pointer, row, column) else { return nil }
        let length = Int(PQgetlength(pointer, row, column))
        return value.withMemoryRebound(to: UInt8.self, capacity: length) {
            UnsafeBufferPointer(start: $0, count: length)
        }
    }
}
