internal import SafeText

/// A text as an SQL string constant, for statements that accept no parameters.
///
/// Quotes are doubled. A text with backslashes, control characters or Unicode's format characters is written as
/// `E'...\u000A...'`, which has the same meaning for every value of `standard_conforming_strings`, and which a terminal
/// or a log can show.
public struct Literal: Sendable, Hashable, CustomStringConvertible {
    /// The text itself.
    public let text: String

    /// Accepts any text; PostgreSQL rejects one with a NUL character.
    public init(_ text: String) {
        self.text = text
    }

    /// The quoted form.
    public var sql: String {
        let mustEscape = text.unicodeScalars.contains { $0 == "\\" || SafeText.isUnsafe($0) }
        var quoted = mustEscape ? "E'" : "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": quoted += "''"
            case "\\": quoted += "\\\\"
            case _ where SafeText.isUnsafe(scalar): quoted += Self.escape(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "'"
    }

    /// The quoted form.
    public var description: String { sql }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let length = scalar.value <= 0xFFFF ? 4 : 8
        return (length == 4 ? "\\u" : "\\U") + String(repeating: "0", count: length - digits.count) + digits
    }
}
