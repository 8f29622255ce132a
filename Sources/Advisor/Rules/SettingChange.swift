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
        var isForAll = false
        var functions: [String] = []
        var isSetByClient = false
        var isConfigured = false
        for (search, source) in searches {
            switch source {
            case .client: isSetByClient = true
            case .configuration: isConfigured = true
            case .function(let name): if !functions.contains(name) { functions.append(name) }
            case .roleInDatabase, .role, .database, .server, .builtIn:
                if let role = search.role {
                    if !roles.contains(role) { roles.append(role) }
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
        if isForAll || roles.count > Self.mostRoles {
            statements = [.set(parameter, for: .database(database))]
        } else {
            statements = roles.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                .map { .set(parameter, for: .role($0, database: database)) }
        }
        if !statements.isEmpty {
            sentences.append(
                "Set \(setting) as in the statement\(statements.count == 1 ? "" : "s") below, which holds for new sessions. "
                    + "A role that is no superuser first uses pgvector in its session: before that the server does not know "
                    + "the setting."
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
        }
    }
}
