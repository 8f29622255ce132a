/// How a setting of the searches through an index is changed: what to do, and the statements.
public struct SearchSettingAdvice: Sendable, Equatable {
    /// What to do, in sentences.
    public let advice: String
    /// The statements that set the default of the roles that search.
    public let statements: [AdvisedStatement]

    /// Finds the way to change a setting for the searches that an index serves.
    ///
    /// Where no search is known, it is the default of the database, except for vecs, which sets it in each query.
    ///
    /// - Parameters:
    ///   - parameter: The setting with the value that it should have.
    ///   - index: The index.
    ///   - collection: The collection, with its searches.
    ///   - database: The database.
    public init(
        _ parameter: AdvisedStatement.SearchParameter,
        through index: VectorIndex,
        of collection: Collection,
        database: String
    ) {
        let searches = collection.workload.nearest.filter { search in
            guard search.shape.distanceMetric == index.distanceMetric,
                case .served(let indexes) = collection.service(of: search.shape)
            else { return false }
            return indexes.contains(index.name)
        }
        if searches.isEmpty {
            let argument = parameter.argumentOfVecs.map { ", in vecs query(\($0))" } ?? ""
            advice =
                collection.name.isVecs
                ? "vecs sets it in each query, which outweighs any default: set \(parameter.words) there\(argument)."
                : "No search is known, so the statement below sets the default of the database, which holds for new sessions; a client "
                    + "that sets it itself has to set \(parameter.words) instead."
            statements = collection.name.isVecs ? [] : [.set(parameter, for: .database(database))]
            return
        }
        let change = SettingChange(
            parameter,
            for: searches.map { ($0, $0.setting(parameter.name).source) },
            of: collection,
            database: database
        )
        advice = change.advice
        statements = change.statements
    }
}

extension AdvisedStatement.SearchParameter {
    /// The name of the setting.
    public var name: String {
        switch self {
        case .probes: "ivfflat.probes"
        case .efSearch: "hnsw.ef_search"
        case .iterativeScan(let method): "\(method).iterative_scan"
        }
    }
}
