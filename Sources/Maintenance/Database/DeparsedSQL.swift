internal import Postgres

/// An expression as the server writes it: names appear literally, including line breaks and reversed text.
struct DeparsedSQL {
    private let sql: String

    init(_ sql: String) { self.sql = sql }

    /// The same expression with quoted names as ``Identifier`` writes them, so that a report can show SQL that runs.
    var legible: String {
        var result = ""
        var rest = Substring(sql).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": result += Identifier(Self.consumeQuoted(by: scalar, from: &rest)).sql
            case "'":
                let text = Self.consumeQuoted(by: scalar, from: &rest)
                result +=
                    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Reads up to the closing quote, and turns doubled quotes into one.
    private static func consumeQuoted(by quote: Unicode.Scalar, from rest: inout Substring.UnicodeScalarView) -> String
    {
        var content = ""
        while let scalar = rest.popFirst() {
            if scalar == quote {
                guard rest.first == quote else { break }
                rest.removeFirst()
            }
            content.unicodeScalars.append(scalar)
        }
        return content
    }
}
