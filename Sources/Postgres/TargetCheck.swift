/// What is refused in a connection string before libpq acts on it, because it would show parts of a password as a
/// host, port or database, and the words in which it is refused.
enum TargetCheck {
    /// Checks the string as written.
    static func check(text: String) throws(PostgresError) {
        if text.utf8.contains(0) {
            throw PostgresError(.invalidTarget, "the connection string holds a NUL character")
        }
        guard let authority = afterScheme(text) else { return }
        // libpq takes the first `@` for the end of the password, unless a `/` comes first. Any other `@` is most
        // likely part of a password that should have been written %40, and would show up as part of the host.
        let ats = authority.utf8.indices.filter { authority.utf8[$0] == UInt8(ascii: "@") }
        let slash = authority.utf8.firstIndex(of: UInt8(ascii: "/")) ?? authority.endIndex
        if ats.count > 1 || ats.contains(where: { $0 > slash }) {
            throw unreadable(text)
        }
    }

    /// Checks what libpq read.
    static func check(settings: [ConnectionTarget.Setting], of text: String) throws(PostgresError) {
        for setting in settings {
            switch setting.keyword {
            case "port":
                for port in setting.value.split(separator: ",") where UInt16(port.trimmingSpaces()) ?? 0 == 0 {
                    throw unreadable(text, "the port of the connection string is not a number from 1 to 65535")
                }
            case "host", "hostaddr":
                // A host may begin with `@` (a socket in Linux's abstract namespace) but not have one inside.
                // A socket folder may.
                for host in setting.value.split(separator: ",") where host.dropFirst().contains("@") {
                    if host.hasPrefix("/") { continue }
                    throw unreadable(text, "the host of the connection string has an @ in it")
                }
            default: break
            }
        }
    }

    /// The error for a string that cannot be understood, in words that repeat nothing of it.
    static func unreadable(
        _ text: String,
        _ message: String = "the connection string cannot be understood"
    ) -> PostgresError {
        PostgresError(.invalidTarget, message, hint: hint(for: text))
    }

    private static func hint(for text: String) -> String {
        if text.hasPrefix("postgresql+") || text.hasPrefix("postgres+") {
            return "Write postgresql:// without the name of a Python driver."
        }
        if afterScheme(text) != nil {
            return "In a URI, special characters in a user name or password are percent-encoded: "
                + "% as %25, @ as %40, / as %2F, ? as %3F, # as %23, : as %3A and a space as %20."
        }
        if text.contains("://") {
            return "A URI begins with postgresql:// or postgres://."
        }
        return "Write keyword=value pairs with libpq's keywords (host, port, dbname, user, password, service, ...), "
            + "values with spaces in single quotes, or a URI that begins with postgresql:// and has special "
            + "characters percent-encoded."
    }

    private static func afterScheme(_ text: String) -> Substring? {
        for scheme in ["postgresql://", "postgres://"] where text.hasPrefix(scheme) {
            return text.dropFirst(scheme.count)
        }
        return nil
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
