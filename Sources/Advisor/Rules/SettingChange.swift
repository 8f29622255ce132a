/// How a setting of pgvector is changed for given searches: by whom, and with which statements.
struct SettingChange {
    /// What to do, in sentences.
    let advice: String
    /// The statements that set the default of the roles that search.
    let statements: [AdvisedStatement]

    /// The most roles that get a statement of their own.
    private static let mostRoles = 5

    /// Finds the way to change a setting.
    ///
    /// - Parameters:
    ///   - parameter: The setting with the value that it should have.
    ///   - searches: The searches, each with where its setting comes from.
    ///   - collection: The collection that they search.
    ///   - database: The database.
    init(
        _ parameter: AdvisedStatement.SearchParameter,
        for searches: [(search: Search, source: SearchSetting.Source)],
        of collection: Collection,
        database: String
    ) {
        var sentences: [String] = []
        var roles: [String] = []
        var withOwn: [String] = []
        var withoutLogin: [String] = []
        var isForAll = false
        var functions: [String] = []
        var isSetByClient = false
        var isConfigured = false
        for (search, source) in searches {
            switch source {
            case .client: isSetByClient = true
            case .configuration: isConfigured = true
            case .function(let name): if !functions.contains(name) { functions.append(name) }
            case .roleInDatabase, .role, .database, .server, .builtIn, .unknown:
                if let role = search.role {
                    if search.roleCanLogIn {
                        if !roles.contains(role) { roles.append(role) }
                    } else if !withoutLogin.contains(role) {
                        withoutLogin.append(role)
                    }
                    if source.isOfRole, !withOwn.contains(role) { withOwn.append(role) }
                } else if !search.isConfigured || searches.allSatisfy({ $0.search.role == nil }) {
                    isForAll = true
                }
            }
        }
        let setting = parameter.words
        if isSetByClient {
            let argument = parameter.argumentOfVecs.map { ", in vecs query(\($0))" } ?? ""
            sentences.append(
                collection.name.isVecs
                    ? "The client sets it in each query, which outweighs any default: set \(setting) there\(argument)."
                    : "The client sets it itself, which outweighs any default: set \(setting) there."
            )
        }
        if isConfigured {
            sentences.append(
                "By the configuration the application sets it itself, which outweighs any default: set \(setting) there, "
                    + "and correct the configuration."
            )
        }
        if let function = functions.first {
            sentences.append(
                "Function \(function) sets it itself: its owner sets \(setting) with ALTER FUNCTION and SET."
            )
        }
        let areMany = roles.count > Self.mostRoles && roles.contains { !withOwn.contains($0) }
        let isForDatabase = isForAll || !withoutLogin.isEmpty || areMany
        // What a role has of its own outranks the default of the database.
        let named = (isForDatabase ? withOwn : roles).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var statements: [AdvisedStatement] = isForDatabase ? [.set(parameter, for: .database(database))] : []
        statements += named.map { .set(parameter, for: .role($0, database: database)) }
        self.statements = statements
        if !statements.isEmpty {
            sentences.append(
                "Set \(setting) as in the statement\(statements.count == 1 ? "" : "s") below, which holds for new sessions. "
                    + "A role that is no superuser first uses pgvector in its session: before that the server does not know "
                    + "the setting."
            )
        }
        if isForDatabase, !named.isEmpty {
            sentences.append(
                "A role with a value of its own needs its own statement: that value outranks the database's."
            )
        }
        if let role = withoutLogin.first {
            let others = withoutLogin.count > 1 ? " and \(withoutLogin.count - 1) more" : ""
            sentences.append(
                "Role \(role)\(others) cannot log in, and settings of roles apply at login, so the database's default is what to "
                    + "set: a value of the role that logs in outranks it."
            )
        }
        advice = sentences.joined(separator: " ")
    }
}

extension AdvisedStatement.SearchParameter {
    /// The setting with its value, for a sentence.
    var words: String {
        switch self {
        case .probes(let probes): "ivfflat.probes = \(probes)"
        case .efSearch(let candidates): "hnsw.ef_search = \(candidates)"
        case .iterativeScan(let method): "\(method).iterative_scan = relaxed_order"
        }
    }

    /// What helps more searches has more of it.
    var strength: Int {
        switch self {
        case .probes(let number), .efSearch(let number): number
        case .iterativeScan: .max
        }
    }

    /// The argument of vecs' `query` that sets it.
    var argumentOfVecs: String? {
        switch self {
        case .probes(let probes): "probes=\(probes)"
        case .efSearch(let candidates): "ef_search=\(candidates)"
        case .iterativeScan: nil
        }
    }
}

extension SearchSetting.Source {
    /// Whether the role has it itself, so that it outranks what the database has.
    fileprivate var isOfRole: Bool {
        switch self {
        case .roleInDatabase, .role: true
        case .configuration, .client, .function, .database, .server, .builtIn, .unknown: false
        }
    }

    /// Where the setting comes from, in one word.
    var word: String {
        switch self {
        case .configuration: "configuration"
        case .client: "client"
        case .function: "function"
        case .roleInDatabase: "role_in_database"
        case .role: "role"
        case .database: "database"
        case .server: "server"
        case .builtIn: "built_in"
        case .unknown: "unknown"
        }
    }
}
