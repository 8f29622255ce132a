internal import CLibPQ

/// What went wrong between this program and a PostgreSQL server.
///
/// It never holds a parameter of a statement, nor any part of a connection string.
public struct PostgresError: Error, Sendable {
    /// The kind of error.
    public var code: Code
    /// What happened, in the server's words where it is the server's error.
    public var message: String
    /// The server's code.
    public var sqlState: SQLState?
    /// The server's detail.
    public var detail: String?
    /// What to do, by the server or by us.
    public var hint: String?
    /// The server's context (the call stack of functions).
    public var context: String?
    /// The schema that the error is about, as the server names it.
    public var schema: String?
    /// The table that the error is about, as the server names it.
    public var table: String?
    /// The text of the statement, without its parameters.
    public var statement: String?

    /// Kinds of error.
    public enum Code: Sendable, Equatable {
        /// The connection string cannot be read.
        case invalidTarget
        /// No connection was made.
        case connectionFailed
        /// The time allowed is over; the statement was cancelled.
        case timedOut
        /// The Swift task was cancelled; the statement too.
        case cancelled
        /// The server refused the statement.
        case server
        /// The connection was lost in the middle.
        case connectionLost
        /// A value is not of the type that was asked for.
        case decoding
        /// The server or libpq did what it should not.
        case protocolViolation
    }

    /// Makes an error.
    public init(
        code: Code,
        message: String,
        sqlState: SQLState? = nil,
        hint: String? = nil,
        statement: String? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.hint = hint
        self.statement = statement
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The message, and the server's code.
    public var description: String { sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message }

    /// All that is known, a line each.
    public var debugDescription: String {
        let parts: [(String, String?)] = [
            ("DETAIL", detail), ("HINT", hint), ("CONTEXT", context), ("SCHEMA", schema), ("TABLE", table),
            ("STATEMENT", statement),
        ]
        return parts.reduce("\(code): \(description)") { text, part in
            part.1.map { "\(text)\n\(part.0): \($0)" } ?? text
        }
    }
}

extension PostgresError {
    /// The error that a result carries.
    init(result: OpaquePointer, code: Code, statement: String?) {
        func field(_ field: Int32) -> String? { PQresultErrorField(result, field).map { String(cString: $0) } }
        self.init(
            code: code,
            message: field(VS_PG_DIAG_MESSAGE_PRIMARY) ?? trimmed(String(cString: PQresultErrorMessage(result))),
            sqlState: field(VS_PG_DIAG_SQLSTATE).map { SQLState(rawValue: $0) },
            hint: field(VS_PG_DIAG_MESSAGE_HINT),
            statement: statement
        )
        detail = field(VS_PG_DIAG_MESSAGE_DETAIL)
        context = field(VS_PG_DIAG_CONTEXT)
        schema = field(VS_PG_DIAG_SCHEMA_NAME)
        table = field(VS_PG_DIAG_TABLE_NAME)
    }

    /// The error of a connection that was not made.
    ///
    /// libpq has no field for the code here; with verbose errors it stands in the message after the severity, which
    /// may be in any language: `FATAL:  28P01: password authentication failed`. The line on where in the server's
    /// source it was raised is left out.
    init(connecting message: String) {
        var lines = message.split(separator: "\n").map(String.init)
        var sqlState: SQLState?
        for (number, line) in lines.enumerated() {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false).map { trimmed(String($0)) }
            guard let place = parts.firstIndex(where: Self.isSQLState), place + 1 < parts.count else { continue }
            sqlState = SQLState(rawValue: parts[place])
            let severity = parts[place - (place > 0 ? 1 : 0)]
            let marker = "\(severity):  \(parts[place]): "
            if let range = line.firstRange(of: marker) { lines[number].removeSubrange(range) }
        }
        lines.removeAll { $0.hasPrefix("LOCATION:") || ($0.contains(".c:") && $0.contains(", ")) }
        let text = trimmed(lines.joined(separator: "; "))
        self.init(code: .connectionFailed, message: text.isEmpty ? "the server closed the connection" : text)
        self.sqlState = sqlState
    }

    private static func isSQLState(_ text: String) -> Bool {
        text.utf8.count == 5 && text.utf8.first.map { $0 >= 48 && $0 <= 57 } == true
            && text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) }
    }
}

/// Without white space at the ends.
func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
}
