internal import Advisor
internal import Grammar
internal import Postgres

/// The settings with which roles search, and where each comes from.
struct SettingsInForce {
    let database: String
    let roles: [UInt32: SearchingRole]
    let ofServer: [String: SearchSetting]
    /// Whether a SET of a client would have been seen.
    private let countsSets: Bool
    /// What clients set in their sessions, by role and setting.
    private var byClients: [UInt32: [String: ClientSets]] = [:]
    private var searches: [UInt32: Number] = [:]

    /// How many searches a role ran.
    private struct Number {
        var byVecs: Int64 = 0
        var byOthers: Int64 = 0
    }

    /// Finds out what clients set.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - roles: The roles that search.
    ///   - ofServer: The settings of the server's configuration.
    ///   - statements: What the roles run.
    ///   - counts: How often.
    ///   - tables: The tables that are searched.
    ///   - countsSets: Whether SET is among the statements.
    init(
        database: String,
        roles: [UInt32: SearchingRole],
        ofServer: [String: SearchSetting],
        statements: [StatementKey: ReadStatement],
        counts: [StatementKey: StatementCounts],
        in tables: SearchedTables,
        countsSets: Bool
    ) {
        self.database = database
        self.roles = roles
        self.ofServer = ofServer
        self.countsSets = countsSets
        for (key, statement) in statements {
            let calls = counts[key]?.calls ?? 0
            if !statement.searches.isEmpty {
                var number = searches[key.roleOID] ?? Number()
                if key.isTopLevel, statement.searches.contains(where: { tables.isByVecs($0) }) {
                    number.byVecs += calls
                } else {
                    number.byOthers += calls
                }
                searches[key.roleOID] = number
            }
            for setting in statement.settings where setting.value != .initial {
                byClients[key.roleOID, default: [:]][setting.name, default: ClientSets()]
                    .add(calls, of: setting.value.text, isForTransaction: setting.scope == .transaction)
            }
        }
    }

    /// The settings of a search, by name; only those that are set somewhere or that pgvector has a default for.
    ///
    /// - Parameters:
    ///   - role: The role that searches.
    ///   - ofFunctions: The settings of the functions that the search stands in.
    ///   - isByVecs: Whether vecs searches: it sets probes and ef_search for each search.
    ///   - isForgotten: Whether the server no longer has the search, and so perhaps no SET of its client either.
    /// - Returns: Each with its value and where that comes from.
    func settings(
        of role: UInt32,
        _ ofFunctions: [String: FunctionSetting],
        isByVecs: Bool,
        isForgotten: Bool = false
    ) -> [String: SearchSetting] {
        var settings: [String: SearchSetting] = [:]
        for name in SearchingRole.settings {
            let ofClient =
                isByVecs ? ofVecs(name, role, isForgotten: isForgotten) : ofClients(name, role, isByVecs: false)
            if let setting = ofFunctions[name] {
                let source = SearchSetting.Source.function(setting.function)
                settings[name] = setting.value.map { SearchSetting($0, source) } ?? SearchSetting.unknown(source)
            } else if let setting = ofClient {
                settings[name] = setting
            } else if let setting = ofRole(name, role) ?? ofServer[name] {
                settings[name] = setting
            } else if let value = SearchSetting.builtIn[name] {
                settings[name] = SearchSetting(value, .builtIn)
            }
        }
        return settings
    }

    /// The settings of roles by their names, for searches that the server no longer has.
    func ofRoles(_ oids: Set<UInt32>) -> [String: RoleSettings] {
        var settings: [String: RoleSettings] = [:]
        for oid in oids {
            guard let role = roles[oid] else { continue }
            settings[role.name] = RoleSettings(
                ofVecs: self.settings(of: oid, [:], isByVecs: true, isForgotten: true),
                ofOthers: self.settings(of: oid, [:], isByVecs: false, isForgotten: true),
                canLogIn: role.canLogIn
            )
        }
        return settings
    }

    private func ofRole(_ name: String, _ oid: UInt32) -> SearchSetting? {
        guard let role = roles[oid] else { return nil }
        if let value = role.inDatabase[name] { return SearchSetting(value, .roleInDatabase(role.name)) }
        if let value = role.everywhere[name] { return SearchSetting(value, .role(role.name)) }
        return role.ofDatabase[name].map { SearchSetting($0, .database(database)) }
    }

    /// What vecs sets as a role: the most frequent value, or its default where no value shows.
    private func ofVecs(_ name: String, _ role: UInt32, isForgotten: Bool) -> SearchSetting? {
        guard let usual = SearchSetting.ofVecs[name] else { return ofClients(name, role, isByVecs: true) }
        guard let sets = byClients[role]?[name] else { return countsSets && !isForgotten ? nil : usual }
        return sets.mostFrequent.map { SearchSetting($0, .client) } ?? usual
    }

    /// The value that the clients of a role set, if all set the same and do so for at least every second search.
    ///
    /// What vecs sets holds for its own searches alone.
    private func ofClients(_ name: String, _ role: UInt32, isByVecs: Bool) -> SearchSetting? {
        guard var sets = byClients[role]?[name] else { return nil }
        let number = searches[role] ?? Number()
        if let usual = SearchSetting.ofVecs[name] {
            sets = sets.without(searchesByVecs: number.byVecs, default: usual.value)
        }
        let searches = number.byOthers + (isByVecs ? number.byVecs : 0)
        if sets.hides(from: searches) { return .unknown(.client) }
        let values = sets.values
        guard values.count == 1, let (value, calls) = values.first, calls * 2 >= searches else { return nil }
        return SearchSetting(value, .client)
    }
}

extension SearchSetting {
    /// A setting whose value stands as somebody has written it.
    init(_ name: String, written text: String, _ source: Source) {
        self.init(Setting.shown(text, of: name), source)
    }

    /// Reads rows of `server_settings.sql`.
    static func ofServer(_ rows: Rows) throws(PostgresError) -> [String: SearchSetting] {
        var settings: [String: SearchSetting] = [:]
        for row in rows {
            let name = try row["name", as: String.self]
            let text = try row["setting", as: String?.self]
            settings[name] = text.map { SearchSetting(name, written: $0, .server) } ?? .unknown(.server)
        }
        return settings
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
