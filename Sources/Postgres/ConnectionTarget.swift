internal import CLibPQ
internal import SafeText

/// Where to connect, parsed by libpq from a keyword/value string or a URI.
///
/// What the string leaves open comes from where every PostgreSQL tool takes it (a service file, `.pgpass`, `PGHOST` and
/// so on, the operating system's user). libpq gets a password in the string; nothing shows it: no description, no
/// `dump`, no error.
public struct ConnectionTarget: Sendable {
    /// One setting, under libpq's name for it.
    struct Setting: Sendable {
        let keyword: String
        var value: String
    }

    /// The settings of the string, without the defaults of libpq.
    private(set) var settings: [Setting]

    /// Parses a connection string such as `host=db1 dbname=app`, `service=app` or `postgresql://steward@db1/app`.
    ///
    /// Throws `.invalidTarget`, with a message that repeats nothing of the string: after an unescaped `%`, `@` or `/`
    /// in a password, a parser takes parts of the password for something else.
    public init(parsing conninfo: String) throws(PostgresError) {
        try TargetCheck.check(text: conninfo)
        guard let options = PQconninfoParse(conninfo, nil) else {
            throw TargetCheck.unreadable(conninfo)
        }
        defer { PQconninfoFree(options) }
        settings = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                settings.append(Setting(keyword: String(cString: keyword), value: String(cString: value)))
            }
            option += 1
        }
        try TargetCheck.check(settings: settings, of: conninfo)
    }

    /// The host or the comma-separated hosts, as written.
    ///
    /// A socket folder begins with `/`.
    public var host: String? { self["host"] ?? self["hostaddr"] }
    /// The port or the comma-separated ports, as written.
    public var port: String? { self["port"] }
    /// The database.
    public var database: String? { self["dbname"] }
    /// The role.
    public var user: String? { self["user"] }
    /// The section of the service file.
    public var service: String? { self["service"] }

    /// The same target with another database.
    public func replacing(database: String) -> ConnectionTarget {
        replacing("dbname", with: database)
    }

    /// The same target with another role.
    public func replacing(user: String) -> ConnectionTarget {
        replacing("user", with: user)
    }

    /// The same target with another password.
    public func replacing(password: String) -> ConnectionTarget {
        replacing("password", with: password)
    }

    /// The same target with another host (or comma-separated list of them) and port.
    public func replacing(host: String, port: String) -> ConnectionTarget {
        replacing("host", with: host).replacing("hostaddr", with: nil).replacing("port", with: port)
    }

    subscript(keyword: String) -> String? {
        settings.first { $0.keyword == keyword }?.value
    }

    func replacing(_ keyword: String, with value: String?) -> ConnectionTarget {
        var copy = self
        copy.settings.removeAll { $0.keyword == keyword }
        if let value { copy.settings.append(Setting(keyword: keyword, value: value)) }
        return copy
    }
}

extension ConnectionTarget: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parts that are not secret: `database app on db1:5432 as steward`, `service app`.
    public var description: String {
        var words: [String] = []
        if let database { words.append("database \(database)") }
        if host != nil || port != nil { words.append("on \(places)") }
        if let user { words.append("as \(user)") }
        if let service { words.append(words.isEmpty ? "service \(service)" : "(service \(service))") }
        return words.isEmpty ? "the default database" : SafeText.onOneLine(words.joined(separator: " "))
    }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Shows the description and nothing else.
    public var customMirror: Mirror {
        Mirror(self, children: ["description": description])
    }

    private var places: String {
        guard let host else { return "port \(port ?? "")" }
        guard let port else { return host }
        let hosts = host.split(separator: ",", omittingEmptySubsequences: false)
        let ports = port.split(separator: ",", omittingEmptySubsequences: false)
        guard ports.count == hosts.count || ports.count == 1 else { return host }
        return hosts.indices.map { index in
            let port = ports[ports.count == 1 ? 0 : index]
            let name = hosts[index].contains(":") ? "[\(hosts[index])]" : "\(hosts[index])"
            return port.isEmpty ? name : "\(name):\(port)"
        }.joined(separator: ",")
    }
}
