internal import Advisor
internal import Grammar
internal import Postgres

/// The settings with which roles search, and where each comes from.
struct SettingsInForce {
    let database: String
    let roles: [UInt32: SearchingRole]
    let ofServer: [String: String]
    /// What clients set in their sessions, by role and setting, with how often.
    private var byClients: [UInt32: [String: [String: Int64]]] = [:]
    private var searches: [UInt32: Int64] = [:]

    init(
        database: String,
        roles: [UInt32: SearchingRole],
        ofServer: [String: String],
        statements: [StatementKey: ReadStatement],
        counts: [StatementKey: StatementCounts]
    ) {
        self.database = database
        self.roles = roles
        self.ofServer = ofServer
        for (key, statement) in statements {
            let calls = counts[key]?.calls ?? 0
            if !statement.searches.isEmpty { searches[key.roleOID, default: 0] += calls }
            for setting in statement.settings {
                guard let value = setting.value.text else { continue }
                byClients[key.roleOID, default: [:]][setting.name, default: [:]][value, default: 0] += calls
            }
        }
    }

    /// The settings of a search, by name; only those that are set somewhere or that pgvector has a default for.
    ///
    /// - Parameters:
    ///   - role: The role that searches.
    ///   - ofFunctions: The settings of the functions that the search stands in.
    ///   - isOfVecs: Whether vecs made the table: it sets probes and ef_search for each search.
    /// - Returns: Each with its value and where that comes from.
    func settings(
        of role: UInt32,
        _ ofFunctions: [String: FunctionSetting],
        isOfVecs: Bool
    ) -> [String: SearchSetting] {
        var settings: [String: SearchSetting] = [:]
        for name in SearchingRole.settings {
            if let setting = ofFunctions[name] {
                settings[name] = SearchSetting(setting.value, .function(setting.function))
            } else if let value = clientValue(of: name, role, isOfVecs: isOfVecs) {
                settings[name] = SearchSetting(value, .client)
            } else if let setting = ofRole(name, role) {
                settings[name] = setting
            } else if let value = ofServer[name] {
                settings[name] = SearchSetting(value, .server)
            } else if let value = SearchSetting.builtIn[name] {
                settings[name] = SearchSetting(value, .builtIn)
            }
        }
        return settings
    }

    private func ofRole(_ name: String, _ oid: UInt32) -> SearchSetting? {
        guard let role = roles[oid] else { return nil }
        if let value = role.inDatabase[name] { return SearchSetting(value, .roleInDatabase(role.name)) }
        if let value = role.everywhere[name] { return SearchSetting(value, .role(role.name)) }
        return role.ofDatabase[name].map { SearchSetting($0, .database(database)) }
    }

    /// The value that the clients of a role set, if all set the same and do so for at least every second search.
    ///
    /// Of vecs it is known that it does, so there the most frequent value is taken.
    private func clientValue(of name: String, _ role: UInt32, isOfVecs: Bool) -> String? {
        guard let values = byClients[role]?[name] else { return nil }
        if isOfVecs { return values.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
        guard values.count == 1, let (value, calls) = values.first, calls * 2 >= searches[role] ?? 0 else { return nil }
        return value
    }
}

extension Setting.Value {
    /// The value as SHOW writes it; `nil` if it is unknown or the one that the session began with.
    var text: String? {
        switch self {
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .boolean(let value): value ? "on" : "off"
        case .word(let value): value
        case .initial, .unknown: nil
        }
    }
}
