internal import CLibPQ
internal import Glibc

/// Where to connect and as whom, as libpq's own parser reads it.
///
/// It keeps its secrets: no description, dump or mirror shows more than host, port, database, user and service.
public struct ConnectionTarget: Sendable {
    private var options: [String: String]

    /// Reads a connection string: a URI, `key=value` pairs, or `service=NAME`.
    ///
    /// - Throws: ``PostgresError/Code/invalidTarget``. libpq's own message quotes the part that it could not read, which
    ///   may be a password, so the error has words of its own.
    public init(parsing conninfo: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        let parsed = conninfo.contains("\0") ? nil : PQconninfoParse(conninfo, &message)
        if let message { PQfreemem(message) }
        guard let parsed else {
            throw PostgresError(
                code: .invalidTarget,
                message: "the connection string cannot be read",
                hint: "It must be a URI (postgresql://user@host:5432/database), key=value pairs "
                    + "(host=... dbname=... user=...) or service=NAME. In a URI, characters such as % @ : / ? # in a "
                    + "name or password must be percent-encoded."
            )
        }
        defer { PQconninfoFree(parsed) }
        options = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
    }

    private init(options: [String: String]) { self.options = options }

    /// The host or hosts, as written.
    public var host: String? { options["host"] ?? options["hostaddr"] }
    /// The port or ports, as written.
    public var port: String? { options["port"] }
    /// The database, as written.
    public var database: String? { options["dbname"] }
    /// The user, as written.
    public var user: String? { options["user"] }
    /// The service, as written.
    public var service: String? { options["service"] }
    /// Whether a password stands in the connection string.
    public var hasPassword: Bool { options["password"] != nil || options["sslpassword"] != nil }

    /// The same target with some options replaced, `nil` taking one away; the names are libpq's.
    public func replacing(_ changes: [String: String?]) -> ConnectionTarget {
        var options = options
        for (name, value) in changes { options[name] = value }
        return ConnectionTarget(options: options)
    }

    /// How many hosts there are to try.
    var hostCount: Int { max(1, max(parts("host").count, parts("hostaddr").count)) }

    /// The target that only the host at this place remains of.
    func onlyHost(_ index: Int) -> ConnectionTarget {
        var changes: [String: String?] = [:]
        for name in ["host", "hostaddr", "port"] {
            let all = parts(name)
            // A single port is for all hosts.
            if all.count > 1, index < all.count { changes[name] = all[index] }
        }
        return replacing(changes)
    }

    private func parts(_ name: String) -> [String] {
        options[name]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    }

    /// Calls with libpq's parallel arrays of keywords and values.
    func withKeywords<Value>(
        applicationName: String,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        var all = options
        all["fallback_application_name"] = applicationName
        all["client_encoding"] = "UTF8"
        let pairs = all.map { (strdup($0.key), strdup($0.value)) }
        defer {
            for (key, value) in pairs {
                free(key)
                free(value)
            }
        }
        var keywords = pairs.map { UnsafePointer<CChar>($0.0) }
        var values = pairs.map { UnsafePointer<CChar>($0.1) }
        keywords.append(nil)
        values.append(nil)
        return body(keywords, values)
    }
}

extension ConnectionTarget: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Database, host and user, and no secret: `database app on db1:5432 as steward`.
    public var description: String {
        var words: [String] = []
        if let service { words.append("service \(service)") }
        if let database { words.append("database \(database)") }
        if let host { words.append("on \(host)\(port.map { ":\($0)" } ?? "")") }
        if host == nil, let port { words.append("on port \(port)") }
        if let user { words.append("as \(user)") }
        return words.isEmpty ? "the default database" : words.joined(separator: " ")
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Shows the description only.
    public var customMirror: Mirror { Mirror(self, children: ["target": description]) }
}
