internal import SafeText

/// A message that the server sent without being asked: NOTICE, WARNING, INFO, ...
public struct Notice: Sendable, Hashable, CustomStringConvertible {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`, never translated.
    public let severity: String
    /// The code; `00000` for most notices, `01000` and its class for warnings.
    public let sqlState: SQLState?
    /// The primary message.
    public let message: String
    /// The server's DETAIL.
    public let detail: String?
    /// The server's HINT.
    public let hint: String?

    /// Severity and message, on one line.
    public var description: String { "\(severity): \(SafeText.onOneLine(message))" }
}
