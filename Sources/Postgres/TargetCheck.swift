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
            if isPlaceholder(setting) {
                throw PostgresError(
                    .invalidTarget,
                    "the \(setting.keyword) of the connection string is the name of a variable, and no program has put a value there",
                    hint: placeholderHint
                )
            }
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

    /// What nobody fills in: libpq takes it as it stands.
    private static let placeholderHint =
        "Variables are not expanded in a connection string. Write the value, leave the setting out so that libpq takes it from "
        + "PGHOST, PGUSER and their kin, or name a service file (service=NAME) and keep the password in ~/.pgpass."

    /// Whether a value is a variable as shells, systemd, Kubernetes and templates write it.
    ///
    /// A password may hold any characters, and so counts only where it is nothing else.
    private static func isPlaceholder(_ setting: ConnectionTarget.Setting) -> Bool {
        let value = setting.value
        let isName = { (name: Substring) in
            name.first.map { $0.isLetter || "_.".contains($0) } ?? false
                && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_ .-:?".contains($0)) }
        }
        if value.first == "$", isName(value.dropFirst()), value == value.uppercased() { return true }
        for (opening, closing) in [("${", "}"), ("$(", ")"), ("{{", "}}")] {
            var rest = value[...]
            while let start = rest.firstRange(of: opening) {
                rest = rest[start.upperBound...]
                guard let end = rest.firstRange(of: closing) else { break }
                let name = rest[..<end.lowerBound].trimmingSpaces()
                let isAll = value.hasPrefix(opening) && end.upperBound == value.endIndex
                if isName(name[...]), isAll || setting.keyword != "password" { return true }
                rest = rest[end.upperBound...]
            }
        }
        return false
    }

    /// The error for a string that cannot be understood, in words that repeat nothing of it.
    static func unreadable(
        _ text: String,
        _ message: String = "the connection string cannot be understood"
    ) -> PostgresError {
        PostgresError(.invalidTarget, message, hint: hint(for: text))
    }

    private static func hint(for text: String) -> String {
        if ["${", "$(", "{{"].contains(where: text.contains) { return placeholderHint }
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
