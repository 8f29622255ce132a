import Advisor
import Maintenance

// How collections are searched.
extension ConfigurationReader {
    /// The most searches of one pattern; more would be a log and no configuration.
    private static let mostSearches = 100

    /// Reads `searches` of a pattern; `nil` without the key.
    mutating func searches(_ item: Item?) -> [ConfiguredSearch]? {
        guard let item, let elements = list(item, of: "objects") else { return nil }
        guard elements.count <= Self.mostSearches else {
            complain(item, "has \(elements.count) searches", "Give \(Self.mostSearches) or fewer, those that matter.")
            return nil
        }
        return elements.compactMap { search($0) }
    }

    private mutating func search(_ item: Item) -> ConfiguredSearch? {
        let keys = ["measure", "searched", "filters", "limit", "perHour", "probes", "efSearch", "iterativeScan"]
        guard let members = object(item, keys: keys) else { return nil }
        if members["measure"] == nil {
            let names = DistanceMetric.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            complain(item, "has no \"measure\"", "Give the distance metric that it orders by, one of \(names).")
        }
        // All keys are read first, so that every mistake of a search is reported.
        let measure = choice(members["measure"], of: DistanceMetric.allCases.map { ($0.rawValue, $0) })
        let sql = searchedSQL(members["searched"])
        let filters = columns(members["filters"])
        let limit = whole(members["limit"], in: 1...1_000_000_000)
        let perHour = number(members["perHour"], in: 0.001...1e9, isWhole: false)
        let settings = searchSettings(members)
        guard let measure else { return nil }
        return ConfiguredSearch(
            distanceMetric: measure,
            searched: sql?.searched ?? .column,
            searchedColumn: sql?.column,
            filters: filters,
            limit: limit,
            perHour: perHour,
            settings: settings
        )
    }

    /// Reads what is compared, in SQL.
    private mutating func searchedSQL(_ item: Item?) -> SearchedSQL? {
        let hint = "Give what the search compares in SQL, with the one column in it: \"embedding::halfvec(768)\"."
        guard let item, let text = text(item, hint) else { return nil }
        guard text.utf8.count <= 1_000 else {
            complain(item, "has \(text.utf8.count) bytes", hint)
            return nil
        }
        if let sql = SearchedSQL(text) { return sql }
        complain(item, "is no SQL expression over one column", hint)
        return nil
    }

    /// Reads the columns of filters, each once.
    private mutating func columns(_ item: Item?) -> [String]? {
        guard let item, let elements = list(item, of: "columns") else { return nil }
        var columns: [String] = []
        for element in elements {
            guard let column = text(element, "Give the name of a column as the catalog spells it: \"tenant_id\".")
            else {
                continue
            }
            if columns.contains(column) {
                complain(element, "is here a second time", "Name each column once.")
            } else {
                columns.append(column)
            }
        }
        return columns
    }

    /// Reads the settings of pgvector that the application sets itself, with pgvector's ranges.
    private mutating func searchSettings(_ members: [String: Item]) -> [String: String] {
        var settings: [String: String] = [:]
        settings["ivfflat.probes"] = whole(members["probes"], in: 1...32_768).map(String.init)
        settings["hnsw.ef_search"] = whole(members["efSearch"], in: 1...1_000).map(String.init)
        let scans = ["off", "relaxed_order", "strict_order"].map { (name: $0, value: $0) }
        if let scan = choice(members["iterativeScan"], of: scans) {
            settings["hnsw.iterative_scan"] = scan
            // IVFFlat has no strict order.
            if scan != "strict_order" { settings["ivfflat.iterative_scan"] = scan }
        }
        return settings
    }
}
