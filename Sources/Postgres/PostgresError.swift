internal import SafeText

/// Why a connection, a statement or the reading of a row failed.
///
/// `description` is one terse line; `debugDescription` has everything that the server said. Neither holds a
/// parameter of a statement or any part of a connection string.
public struct PostgresError: Error, Sendable {
    /// The kind of failure, which a caller can decide on.
    public enum Code: String, Sendable, Hashable {
        /// The connection string cannot be parsed.
        case invalidTarget
        /// A statement or parameter cannot be sent, for instance because it contains a NUL character.
        case invalidStatement
        /// Connecting failed; `sqlState` says why if a server refused the connection.
        case connectionFailed
        /// The timeout passed, and the running statement was cancelled.
        case timedOut
        /// The Swift task was cancelled, and so was the running statement.
        case cancelled
        /// The server answered with an error; the connection is usable.
        case server
        /// The connection broke, or the server ended it; it is closed now.
        case connectionLost
        /// A value is missing, or cannot be read as the type that the caller asked for.
        case decoding
        /// The statement needs something that this client does not support (COPY from or to the client).
        case unsupported
    }

    /// The kind of failure.
    public internal(set) var code: Code
    /// The server's error code, if the error came from a server.
    public var sqlState: SQLState?
    /// The primary message: one sentence, lower case, without a full stop.
    public var message: String
    /// The server's DETAIL.
    public var detail: String?
    /// A sentence that says how to fix it, from the server or from this client.
    public var hint: String?
    /// `ERROR`, `FATAL` or `PANIC`, never translated.
    public var severity: String?
    /// The server's call stack: function, trigger or internal statement.
    public var context: String?
    /// The text of the statement that failed, never its parameters.
    public var statement: String?
    /// Where in the statement the server saw the error, in characters from 1.
    public var position: Int?
    /// The schema of the object that the error is about.
    public var schema: String?
    /// The table that the error is about.
    public var table: String?

    /// Creates an error of this kind, with its message and a hint how to fix it.
    public init(_ code: Code, _ message: String, hint: String? = nil, statement: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.statement = statement
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The message and the SQLSTATE, on one line.
    public var description: String {
        let line = SafeText.onOneLine(message)
        return sqlState.map { "\(line) (SQLSTATE \($0))" } ?? line
    }

    /// Everything known, one fact a line.
    public var debugDescription: String {
        var lines = ["\(code): \(severity.map { $0 + ": " } ?? "")\(message)"]
        let facts: [(String, String?)] = [
            ("SQLSTATE", sqlState?.rawValue), ("DETAIL", detail), ("HINT", hint), ("CONTEXT", context),
            ("SCHEMA", schema), ("TABLE", table), ("POSITION", position.map(String.init)), ("STATEMENT", statement),
        ]
        for case (let name, let value?) in facts {
            lines.append("\(name): \(value)")
        }
        return lines.joined(separator: "\n")
    }
}
