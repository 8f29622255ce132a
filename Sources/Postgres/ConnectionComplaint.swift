/// The error text of libpq after a failed connection.
///
/// libpq gives the server's refusal only as text.
struct ConnectionComplaint {
    /// The text, without the code and without the line that names the server's source file.
    let message: String
    /// The code of the last refusal.
    let sqlState: SQLState?

    /// Parses the text of libpq.
    ///
    ///     connection to server at "db1", port 5432 failed: FATAL:  28P01: password authentication failed for ...
    ///     LOCATION:  auth_failed, auth.c:326
    ///
    /// The server translates the word before the code.
    ///
    /// `DETAIL` and `HINT` lines may follow. With several hosts there is one such text per host, one below the other.
    init(_ text: String) {
        var sqlState: SQLState?
        var lines: [String] = []
        for line in text.split(whereSeparator: \.isNewline) where !Self.isLocation(line) {
            if let (shortened, code) = Self.takeCode(line) {
                sqlState = code
                lines.append(shortened)
            } else {
                lines.append(String(line))
            }
        }
        message = lines.isEmpty ? "no connection, and no reason given" : lines.joined(separator: "\n")
        self.sqlState = sqlState
    }

    /// Whether the line is `WORD:  function, file.c:123`.
    private static func isLocation(_ line: Substring) -> Bool {
        let parts = line.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].hasPrefix("  "), parts[1].contains(", ") else { return false }
        return !parts[2].isEmpty && parts[2].utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Removes `WORD:  12345: ` from the line, where 12345 is the code and WORD the severity in any language.
    private static func takeCode(_ line: Substring) -> (String, SQLState)? {
        let bytes = Array(line.utf8)
        guard bytes.count > 10 else { return nil }
        for colon in 0..<(bytes.count - 9) where bytes[colon...].starts(with: [0x3A, 0x20, 0x20]) {
            let code = bytes[(colon + 3)..<(colon + 8)]
            let isCode = code.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
            guard isCode, bytes[(colon + 8)...].starts(with: [0x3A, 0x20]) else { continue }
            var word = colon
            while word > 0, bytes[word - 1] != 0x20 { word -= 1 }
            let shortened = String(decoding: bytes[..<word] + bytes[(colon + 10)...], as: UTF8.self)
            return (shortened, SQLState(rawValue: String(decoding: code, as: UTF8.self)))
        }
        return nil
    }
}
