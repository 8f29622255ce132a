import Foundation

/// A keyword/value connection string turned into a URI, which is what SQLAlchemy and other tools take.
struct LibPQURI {
    private var values: [String: String] = [:]

    /// Reads `key=value` pairs, values with spaces in single quotes.
    init(_ conninfo: String) throws {
        var rest = Substring(conninfo)
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard !rest.isEmpty else { break }
            guard let equals = rest.firstIndex(of: "=") else {
                throw FixtureError("a test server's file is not a libpq connection string of key=value pairs")
            }
            let key = rest[..<equals].trimmingCharacters(in: .whitespaces)
            rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
            let isQuoted = rest.first == "'"
            if isQuoted { rest.removeFirst() }
            var value = ""
            while let character = rest.first {
                rest.removeFirst()
                if isQuoted ? character == "'" : character.isWhitespace { break }
                value.append(character == "\\" ? rest.popFirst() ?? character : character)
            }
            values[key] = value
        }
    }

    var password: String { values["password"] ?? "" }

    /// The URI with this scheme and database, and perhaps another user, everything percent-encoded.
    func uri(scheme: String, database: String, user: String? = nil) -> String {
        let user = Self.encode(user ?? values["user"] ?? "postgres")
        let host = values["hostaddr"] ?? values["host"] ?? "127.0.0.1"
        let port = values["port"] ?? "5432"
        return "\(scheme)://\(user):\(Self.encode(password))@\(host):\(port)/\(Self.encode(database))"
    }

    private static func encode(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }
}
