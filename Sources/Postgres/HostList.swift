internal import CLibPQ

/// The hosts of a connection string, so that a host that does not answer can be skipped.
///
/// libpq tries the next host if one refuses, but leaves timeouts to the caller, and has no call to give up on one host.
struct HostList {
    /// One host.
    ///
    /// Empty parts mean libpq's defaults.
    struct Entry {
        var host: String
        var address: String
        var port: String

        var name: String { host.isEmpty ? address : host }

        var description: String {
            let port = self.port.isEmpty ? "" : name.contains(":") ? " port \(self.port)" : ":\(self.port)"
            return name.isEmpty ? "the default host" : name + port
        }
    }

    private(set) var entries: [Entry]

    init(host: String?, address: String?, port: String?) {
        let hosts = Self.split(host)
        let addresses = Self.split(address)
        let ports = Self.split(port)
        entries = (0..<max(hosts.count, addresses.count, 1)).map { index in
            Entry(
                host: index < hosts.count ? hosts[index] : "",
                address: index < addresses.count ? addresses[index] : "",
                // One port serves all hosts.
                port: ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
            )
        }
    }

    /// The hosts of a target.
    init(_ settings: [ConnectionTarget.Setting]) {
        let values = Dictionary(settings.map { ($0.keyword, $0.value) }, uniquingKeysWith: { $1 })
        self.init(host: values["host"], address: values["hostaddr"], port: values["port"])
    }

    /// The hosts that libpq uses for a connection, including those from a service file or the environment.
    init(of link: LibPQConnection) {
        var values: [String: String] = [:]
        if let pointer = link.pointer, let options = PQconninfo(pointer) {
            defer { PQconninfoFree(options) }
            var option = options
            while let keyword = option.pointee.keyword {
                let name = String(cString: keyword)
                if name == "host" || name == "hostaddr" || name == "port", let value = option.pointee.val {
                    values[name] = String(cString: value)
                }
                option += 1
            }
        }
        self.init(host: values["host"], address: values["hostaddr"], port: values["port"])
    }

    /// The host that libpq is trying now.
    func index(of link: LibPQConnection) -> Int {
        guard let pointer = link.pointer else { return 0 }
        let host = PQhost(pointer).map { String(cString: $0) } ?? ""
        let address = PQhostaddr(pointer).map { String(cString: $0) } ?? ""
        let port = PQport(pointer).map { String(cString: $0) } ?? ""
        let candidates = entries.indices.filter { index in
            entries[index].name == host && (entries[index].port.isEmpty || entries[index].port == port)
        }
        return candidates.first { entries[$0].address == address } ?? candidates.first ?? 0
    }

    /// Removes a host.
    ///
    /// It removes only this one, not those before it: with `target_session_attrs=prefer-standby` or
    /// `load_balance_hosts`, libpq may return to them.
    mutating func remove(at index: Int) {
        entries.remove(at: index)
    }

    /// The settings with these hosts, each with its address and port.
    func applied(to settings: [ConnectionTarget.Setting]) -> [ConnectionTarget.Setting] {
        var rest = settings.filter { !["host", "hostaddr", "port"].contains($0.keyword) }
        for (keyword, part) in [("host", \Entry.host), ("hostaddr", \Entry.address), ("port", \Entry.port)] {
            let values = entries.map { $0[keyPath: part] }
            guard values.contains(where: { !$0.isEmpty }) else { continue }
            rest.append(ConnectionTarget.Setting(keyword: keyword, value: values.joined(separator: ",")))
        }
        return rest
    }

    private static func split(_ list: String?) -> [String] {
        guard let list, !list.isEmpty else { return [] }
        return list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
