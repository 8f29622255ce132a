/// Rejects a connection string before libpq acts on it, if libpq would show parts of a password as a host, port or
/// database.
enum TargetCheck {
    /// Checks the string as written.
    static func check(text: String) throws(PostgresError) {
        if text.utf8.contains(0) {
            throw PostgresError(.invalidTarget, "the connection string contains a NUL character")
        }
        guard let authority = afterScheme(text) else { return }
        // libpq takes the first `@` for the end of the password, unless a `/` comes first. Any other `@` is most likely
        // part of a password that needed %40, and would be shown as part of the host.
        let ats = authority.utf8.indices.filter { authority.utf8[$0] == UInt8(ascii: "@") }
        let slash = authority.utf8.firstIndex(of: UInt8(ascii: "/")) ?? authority.endIndex
        if ats.count > 1 || ats.contains(where: { $0 > slash }) {
            throw unreadable(text)
        }
    }

    /// Checks the settings that libpq has parsed.
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
                // The host may begin with `@` (a socket in Linux's abstract namespace) but not contain one; a socket
                // folder may.
                for host in setting.value.split(separator: ",") where host.dropFirst().contains("@") {
                    if host.hasPrefix("/") { continue }
                    throw unreadable(text, "the host of the connection string contains an @")
                }
            default: break
            }
        }
    }

    /// Nobody fills in a placeholder: libpq uses it literally.
    private static let placeholderHint =
        "Variables are not expanded in a connection string. Write the value, leave the setting out so that libpq takes it from "
        + "PGHOST, PGUSER and so on, or name a service file (service=NAME) and keep the password in ~/.pgpass."

    /// Whether a value is a variable in the notation of shells, systemd, Kubernetes or templates.
    ///
    /// A password may contain any characters, so it counts only if it is nothing else.
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

    /// The error for a string that cannot be parsed; it repeats nothing of the string.
    static func unreadable(
        _ text: String,
        _ message: String = "the connection string cannot be parsed"
    ) -> PostgresError {
        PostgresError(.invalidTarget, message, hint: hint(for: text))
    }

    private static func hint(for text: String) -> String {
        if ["${", "$(", "{{"].contains(where: text.contains) { return placeholderHint }
        if text.hasPrefix("postgresql+") || text.hasPrefix("postgres+") {
            return "Write postgresql:// without the name of a Python driver."
        }
        if afterScheme(text) != nil {
            return "In a URI, percent-encode special characters in a user name or password: "
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
