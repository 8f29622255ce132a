internal import Postgres

/// An expression as the server writes it: names in it are as they are, line breaks and reversed text included.
struct DeparsedSQL {
    private let sql: String

    init(_ sql: String) { self.sql = sql }

    /// The same expression with its quoted names as ``Identifier`` writes them, so that a report can show it as it runs.
    var legible: String {
        var result = ""
        var rest = Substring(sql).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": result += Identifier(Self.takeQuoted(by: scalar, from: &rest)).sql
            case "'":
                let text = Self.takeQuoted(by: scalar, from: &rest)
                result +=
                    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// What stands up to the closing quote, with doubled ones as one.
    private static func takeQuoted(by quote: Unicode.Scalar, from rest: inout Substring.UnicodeScalarView) -> String {
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
