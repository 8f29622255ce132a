internal import Advisor

/// The searches of all statements with their counts, put together by collection.
struct FoundSearches {
    /// A column of a table.
    private struct Place: Hashable {
        var tableOID: UInt32
        var column: String
    }

    /// What searches of one place have in common.
    fileprivate struct Kind: Hashable {
        var roleOID: UInt32
        var shape: SearchShape
        var source: SearchSource
        var functionSettings: [String: FunctionSetting]

        /// The same search as the server counts it within a function, where LIMIT is a parameter.
        var withinFunction: Kind {
            var kind = self
            (kind.source, kind.functionSettings, kind.shape.limit) = (.statements, [:], .some)
            return kind
        }
    }

    /// How often searches of one kind ran: as the server counts, and since the poll before.
    fileprivate struct Use {
        var all: SearchUsage
        var sincePoll: SearchUsage?
        /// The LIMITs that sessions showed.
        var limits: Set<Int> = []
        /// Whether some have an OFFSET.
        var hasOffset = false

        /// What any other use can be added to.
        static let zero = Use(all: SearchUsage(calls: 0, rows: 0), sincePoll: nil)

        /// Adds the use of searches of the same kind.
        mutating func add(_ other: Use) {
            all.add(other.all)
            limits.formUnion(other.limits)
            hasOffset = hasOffset || other.hasOffset
            if let new = other.sincePoll { sincePoll = sincePoll.map { $0.adding(new) } ?? new }
        }
    }

    private var uses: [Place: [Kind: Use]] = [:]
    private let roles: [UInt32: SearchingRole]
    private let settings: SettingsInForce
    /// Whether the server can sort the rows of an index by another key after the distance.
    private let hasIncrementalSort: Bool

    /// Adds up the counts of statements that search alike.
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - counts: What the server has counted of each.
    ///   - before: The same at the poll before; `nil` if there was none.
    ///   - limits: The LIMITs that sessions showed.
    ///   - beginning: When counting of all began, in seconds since 1970 UTC, where no statement says it for itself.
    ///   - now: The time of the server.
    ///   - roles: The roles that run them.
    ///   - settings: The settings that hold for them.
    ///   - server: The server.
    init(
        _ statements: [StatementKey: ReadStatement],
        counts: [StatementKey: StatementCounts],
        before: [StatementKey: StatementCounts]?,
        limits: [RunningSearch: Set<Int>],
        beginning: Double?,
        now: Double,
        roles: [UInt32: SearchingRole],
        settings: SettingsInForce,
        on server: ServerFacts
    ) {
        self.roles = roles
        self.settings = settings
        hasIncrementalSort = server.versionNumber >= 170_000
        // With track = all the statements within functions are counted on their own.
        var counted: [Place: Set<Kind>] = [:]
        var inFunctions: [(Place, Kind, Use)] = []
        for (key, statement) in statements {
            guard let count = counts[key], count.calls > 0 else { continue }
            for search in statement.searches {
                let (place, kind) = placed(search, roleOID: key.roleOID)
                let use = Use(
                    all: SearchUsage(
                        count,
                        countsRows: search.returnsItsRows,
                        seconds: (count.since ?? beginning).map { max(now - $0, 0) }
                    ),
                    sincePoll: before.map {
                        SearchUsage(count.since($0[key]), countsRows: search.returnsItsRows, seconds: nil)
                    },
                    limits: limits[RunningSearch(roleOID: key.roleOID, search: search)] ?? [],
                    hasOffset: search.hasOffset
                )
                if case .function = search.source {
                    inFunctions.append((place, kind, use))
                } else {
                    add(use, of: kind, at: place)
                    if !key.isTopLevel { counted[place, default: []].insert(kind.withinFunction) }
                }
            }
        }
        for (place, kind, use) in inFunctions where counted[place]?.contains(kind.withinFunction) != true {
            add(use, of: kind, at: place)
        }
    }

    /// Takes searches that nothing counts.
    init(
        running: Set<RunningSearch>,
        roles: [UInt32: SearchingRole],
        settings: SettingsInForce,
        on server: ServerFacts
    ) {
        self.roles = roles
        self.settings = settings
        hasIncrementalSort = server.versionNumber >= 170_000
        for one in running {
            var (place, kind) = placed(one.search, roleOID: one.roleOID)
            if kind.source == .statements { kind.source = .activity }
            var use = Use(all: SearchUsage(calls: nil))
            use.hasOffset = one.search.hasOffset
            add(use, of: kind, at: place)
        }
    }

    private func placed(_ search: FoundSearch, roleOID: UInt32) -> (Place, Kind) {
        var shape = search.shape
        if hasIncrementalSort { shape.obstacles.remove(.anotherKeyAfter) }
        return (
            Place(tableOID: search.tableOID, column: search.column),
            Kind(
                roleOID: roleOID,
                shape: shape,
                source: search.source,
                functionSettings: search.functionSettings
            )
        )
    }

    private mutating func add(_ use: Use, of kind: Kind, at place: Place) {
        uses[place, default: [:]].add(use, of: kind)
    }

    /// Adds the searches to their collections.
    func add(to snapshot: inout CatalogSnapshot, _ tables: SearchedTables, most: Int) {
        // Partitions are searched by their own names too.
        var byCollection: [Int: [Kind: Use]] = [:]
        for (place, kinds) in uses {
            guard let position = tables.collection(of: place.tableOID, column: place.column) else { continue }
            if byCollection[position] == nil {
                byCollection[position] = kinds
            } else {
                for (kind, use) in kinds { byCollection[position, default: [:]].add(use, of: kind) }
            }
        }
        var known: [Session: [String: SearchSetting]] = [:]
        for (position, uses) in byCollection {
            let isOfVecs = snapshot.collections[position].name.isVecs
            let searches = uses.map { search($0, $1, isOfVecs: isOfVecs, &known) }
            snapshot.collections[position].searches = Array(searches.sortedByFrequency().prefix(most))
        }
    }

    /// What the settings of a search depend on.
    private struct Session: Hashable {
        var roleOID: UInt32
        var functionSettings: [String: FunctionSetting]
        var isByVecs: Bool
    }

    private func search(
        _ kind: Kind,
        _ use: Use,
        isOfVecs: Bool,
        _ known: inout [Session: [String: SearchSetting]]
    ) -> Search {
        // vecs calls no function and reads no view.
        let isByVecs = isOfVecs && kind.source.isDirect
        let session = Session(
            roleOID: kind.roleOID,
            functionSettings: kind.functionSettings,
            isByVecs: isByVecs
        )
        let own =
            known[session]
            ?? settings.settings(of: kind.roleOID, kind.functionSettings, isByVecs: isByVecs)
        known[session] = own
        var search = Search(
            kind.shape,
            role: roles[kind.roleOID]?.name,
            source: kind.source,
            usage: use.all,
            settings: own
        )
        search.roleCanLogIn = roles[kind.roleOID]?.canLogIn ?? true
        search.sincePoll = use.sincePoll
        search.limitsSeen = use.limits
        search.hasOffset = use.hasOffset
        return search
    }
}

extension Dictionary where Key == FoundSearches.Kind, Value == FoundSearches.Use {
    fileprivate mutating func add(_ use: Value, of kind: Key) {
        // One access to the dictionary, because a shape takes long to hash.
        self[kind, default: .zero].add(use)
    }
}

extension SearchUsage {
    fileprivate init(_ counts: StatementCounts, countsRows: Bool, seconds: Double?) {
        self.init(
            calls: counts.calls,
            milliseconds: counts.milliseconds,
            rows: countsRows ? counts.rows : nil,
            blocksHit: counts.blocksHit,
            blocksRead: counts.blocksRead,
            seconds: seconds
        )
    }

    /// Adds the counts of statements that search alike; those that nothing counts stay so.
    fileprivate mutating func add(_ other: SearchUsage) {
        calls = calls.flatMap { own in other.calls.map { own + $0 } }
        milliseconds += other.milliseconds
        rows = rows.flatMap { own in other.rows.map { own + $0 } }
        blocksHit += other.blocksHit
        blocksRead += other.blocksRead
        seconds = [seconds, other.seconds].compactMap { $0 }.max()
    }

    fileprivate func adding(_ other: SearchUsage) -> SearchUsage {
        var sum = self
        sum.add(other)
        return sum
    }
}
