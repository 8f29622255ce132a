extension CatalogSnapshot {
    /// The columns of a table by name, each with whether a B-tree index on it serves a comparison by `=`.
    public typealias Columns = [String: Bool]

    /// The sentences about statements that cannot be so; more help nobody.
    private static let mostMisstated = 20

    /// Adds the searches that the configuration states, in the place of those that it stated before.
    ///
    /// Searches that were seen and that it covers get the settings that the application sets itself, and the rows that
    /// they ask for where nothing shows those. What cannot be so is left out, and ``SearchSources/misstated`` says it.
    ///
    /// - Parameters:
    ///   - policies: The configuration.
    ///   - columns: The columns of tables by object identifier, at least those that the searches filter by; a table that is
    ///     not there is not known.
    ///   - settings: The settings of a role that has none of its own.
    public mutating func applySearches(
        of policies: PolicyBook,
        columns: [UInt32: Columns] = [:],
        settings: [String: SearchSetting] = [:]
    ) {
        guard policies.hasSearches else { return }
        var misstated: [String] = []
        for position in collections.indices {
            let stated = policies.policy(for: collections[position].name).searches
            collections[position].searches.removeAll { $0.source == .configuration }
            guard !stated.isEmpty else { continue }
            let known = collections[position].tableOID.flatMap { columns[$0] }
            misstated += collections[position].apply(stated, columns: known, settings)
        }
        searchSources?.misstated = Array(misstated.prefix(Self.mostMisstated))
    }
}

extension Collection {
    /// Adds searches of the configuration, and says in sentences what of them cannot be so.
    fileprivate mutating func apply(
        _ stated: [ConfiguredSearch],
        columns: CatalogSnapshot.Columns?,
        _ settings: [String: SearchSetting]
    ) -> [String] {
        var misstated: [String] = []
        var possible: [ConfiguredSearch] = []
        for var search in stated {
            let subject = "The configuration states a search of \(name) that"
            if let contradiction = search.contradiction(to: self) {
                misstated.append("\(subject) \(contradiction).")
                continue
            }
            for column in search.filters ?? [] where columns != nil && columns?[column] == nil {
                misstated.append("\(subject) filters by \(column), which is no column of the table.")
                search.filters?.removeAll { $0 == column }
            }
            possible.append(search)
        }
        for position in searches.indices { searches[position].apply(possible, of: self) }
        let isWeighted = possible.allSatisfy { $0.perHour != nil }
        let defaults = settings.merging(name.isVecs ? SearchSetting.ofVecs : [:]) { _, new in new }
        let seen = searches
        searches += possible.map { stated in
            // The settings of the application's role, if it was seen.
            let known = seen.first { !$0.settings.isEmpty && stated.covers($0, of: self) }?.settings
            var search = Search(stated, columns: columns ?? [:], settings: known ?? defaults)
            if isWeighted, let hourly = stated.perHour { search.stated.weight = max(1, Int64(hourly.rounded())) }
            return search
        }
        return misstated
    }
}

extension Search {
    /// A search as the configuration states it.
    fileprivate init(
        _ stated: ConfiguredSearch,
        columns: CatalogSnapshot.Columns,
        settings: [String: SearchSetting]
    ) {
        self.init(
            SearchShape(
                distanceMetric: stated.distanceMetric,
                searched: stated.searched,
                filters: (stated.filters ?? []).map { column in
                    let isEquality = columns[column] ?? false
                    return SearchFilter(
                        isEquality ? "\(column) = ?" : column,
                        columns: [column],
                        isEquality: isEquality
                    )
                },
                limit: stated.limit.map { .rows($0) } ?? .some
            ),
            role: nil,
            source: .configuration,
            usage: SearchUsage(calls: nil),
            settings: settings.merging(stated.settings.mapValues { SearchSetting($0, .configuration) }) { _, new in new
            }
        )
        self.stated.perHour = stated.perHour
    }

    /// Takes what the configuration says of a search that was seen, where all that it states of it agree.
    fileprivate mutating func apply(_ stated: [ConfiguredSearch], of collection: Collection) {
        self.stated = StatedUse()
        let all = stated.filter { $0.covers(self, of: collection) }
        let exact = all.filter { $0.filters != nil }
        let covering = exact.isEmpty ? all : exact
        guard let first = covering.first else { return }
        if covering.allSatisfy({ $0.limit == first.limit }) { self.stated.rowsAsked = first.limit }
        for (name, value) in first.settings where covering.allSatisfy({ $0.settings[name] == value }) {
            // What the function itself sets holds whatever its callers set.
            if case .function? = settings[name]?.source { continue }
            settings[name] = SearchSetting(value, .configuration)
        }
    }
}
