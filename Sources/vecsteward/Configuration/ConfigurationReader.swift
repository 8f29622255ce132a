import Advisor

/// Turns the JSON of a configuration into its types, and collects every mistake.
///
/// Each part of the file has its own extension; this file has the shared code.
struct ConfigurationReader {
    private(set) var problems = ConfigurationProblems()
    /// The time zone names that are valid.
    var timeZones = TimeZoneNames()

    /// A value and its path.
    struct Item {
        var path: String
        var node: JSONNode
    }

    /// Reads a configuration from the bytes of a file.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - file: The name of the file, for messages.
    /// - Returns: The configuration, if it has no mistake.
    /// - Throws: Every mistake.
    static func read(_ bytes: [UInt8], file: String) throws(ProgramFailure) -> Configuration {
        var reader = ConfigurationReader()
        do throws(JSONParser.Failure) {
            let root = try JSONParser.parse(bytes)
            let configuration = reader.configuration(root)
            if reader.problems.isEmpty { return configuration }
        } catch {
            reader.problems.add(
                ConfigurationProblem(path: "", found: error.message, hint: error.hint, offset: error.offset)
            )
        }
        throw reader.problems.failure(in: file, bytes)
    }

    private mutating func configuration(_ root: JSONNode) -> Configuration {
        var configuration = Configuration()
        guard
            let members = object(
                Item(path: "", node: root),
                keys: [
                    "databases", "connectTimeout", "statementTimeout", "poll", "mode", "maintenance", "alerts",
                    "metrics",
                    "index", "rules", "collections",
                ]
            )
        else { return configuration }
        let hour = Duration.seconds(3_600)
        configuration.connectTimeout =
            duration(members["connectTimeout"], in: .milliseconds(100)...(.seconds(600)))
            ?? Configuration.defaultConnectTimeout
        configuration.statementTimeout =
            duration(members["statementTimeout"], in: .milliseconds(100)...(hour * 24))
            ?? Configuration.defaultStatementTimeout
        configuration.pollInterval = pollInterval(members["poll"]) ?? Configuration.defaultPollInterval
        configuration.mode = mode(members["mode"]) ?? configuration.mode
        maintenance(members["maintenance"], into: &configuration)
        alerts(members["alerts"], into: &configuration)
        configuration.metricsFile = metricsFile(members["metrics"])
        configuration.policy = layer(members, over: IndexPreferences())
        let base = preferences(IndexPreferences(), configuration.policy.index)
        configuration.collections = collections(members["collections"], over: base)
        if let item = members["collections"] { checkPairs(configuration.collections, with: [], item) }
        configuration.databases = databases(members["databases"], in: root, under: configuration)
        return configuration
    }
}

extension ConfigurationReader {
    mutating func complain(_ item: Item, _ found: String, _ hint: String) {
        complain(at: item.node.offset, item.path, found, hint)
    }

    mutating func complain(at offset: Int, _ path: String, _ found: String, _ hint: String) {
        problems.add(ConfigurationProblem(path: path, found: found, hint: hint, offset: offset))
    }

    /// Reads the members of an object by key.
    ///
    /// Unknown keys and keys that occur twice are mistakes.
    mutating func object(_ item: Item, keys: [String], what: String = "key") -> [String: Item]? {
        guard case .object(let list) = item.node.value else {
            complain(item, wrongType(item), "Write an object here: {\"\(keys[0])\": ...}.")
            return nil
        }
        var members: [String: Item] = [:]
        for member in list {
            let path = item.path.isEmpty ? member.key : "\(item.path).\(member.key)"
            if !keys.contains(member.key) {
                let shown = Quoted.value(member.key) ?? "of \(member.key.count) characters"
                let hint = hint(for: member.key, among: keys)
                let subject = item.path.isEmpty ? "the configuration" : item.path
                complain(at: member.keyOffset, subject, "has the unknown \(what) \(shown)", hint)
            } else if members[member.key] != nil {
                complain(at: member.keyOffset, path, "is here a second time", "Remove one of the two.")
            } else {
                members[member.key] = Item(path: path, node: member.node)
            }
        }
        return members
    }

    private func hint(for key: String, among keys: [String]) -> String {
        let list = keys.map { "\"\($0)\"" }.joined(separator: ", ")
        return NearestName.of(key, among: keys).map { "The nearest known one is \"\($0)\"." } ?? "Known here: \(list)."
    }

    /// Reads the elements of a list.
    mutating func list(_ item: Item, of what: String) -> [Item]? {
        guard case .array(let elements) = item.node.value else {
            complain(item, wrongType(item), "Write a list of \(what) here: [...].")
            return nil
        }
        return elements.enumerated().map { Item(path: "\(item.path)[\($0.offset)]", node: $0.element) }
    }

    /// Names the kind of a value of the wrong type; never the content of a text, which may be a misplaced connection
    /// string.
    func wrongType(_ item: Item) -> String {
        item.path.isEmpty ? "the configuration is \(item.node.kind)" : "is \(item.node.kind)"
    }
}
