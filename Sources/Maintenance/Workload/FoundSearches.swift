internal import Advisor

/// The searches of all statements with their counts, to be put together by collection.
struct FoundSearches {
    private struct Kind: Hashable {
        var tableOID: UInt32
        var column: String
        var roleOID: UInt32
        var shape: SearchShape
        var source: SearchSource
        var functionSettings: [String: String]
    }

    private var usages: [Kind: SearchUsage] = [:]
    private var sincePoll: [Kind: SearchUsage] = [:]
    private let roles: [UInt32: SearchingRole]
    private let settings: SettingsInForce

    /// Adds up the counts of statements that search alike.
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - counts: What the server has counted of each.
    ///   - before: The same at the poll before; `nil` if there was none.
    ///   - beginning: When counting of all began, in seconds since 1970 UTC, where no statement says it for itself.
    ///   - now: The time of the server.
    ///   - roles: The roles that run them.
    ///   - settings: The settings that hold for them.
    init(
        _ statements: [StatementKey: ReadStatement],
        counts: [StatementKey: StatementCounts],
        before: [StatementKey: StatementCounts]?,
        beginning: Double?,
        now: Double,
        roles: [UInt32: SearchingRole],
        settings: SettingsInForce
    ) {
        self.roles = roles
        self.settings = settings
        // With track = all the statements within functions are counted on their own.
        var counted: Set<Kind> = []
        var inFunctions: [(Kind, SearchUsage, SearchUsage?)] = []
        for (key, statement) in statements {
            guard let count = counts[key], count.calls > 0 else { continue }
            for search in statement.searches {
                var kind = Kind(
                    tableOID: search.tableOID,
                    column: search.column,
                    roleOID: key.roleOID,
                    shape: search.shape,
                    source: search.source,
                    functionSettings: search.functionSettings
                )
                let usage = SearchUsage(
                    count,
                    countsRows: search.returnsItsRows,
                    seconds: (count.since ?? beginning).map { max(now - $0, 0) }
                )
                let new = before.map {
                    SearchUsage(count.since($0[key]), countsRows: search.returnsItsRows, seconds: nil)
                }
                if case .function = search.source {
                    inFunctions.append((kind, usage, new))
                } else {
                    add(usage, new, to: kind)
                    if !key.isTopLevel {
                        (kind.source, kind.functionSettings) = (.statements, [:])
                        kind.shape.limit = .some
                        counted.insert(kind)
                    }
                }
            }
        }
        for (kind, usage, new) in inFunctions {
            var same = kind
            (same.source, same.functionSettings) = (.statements, [:])
            same.shape.limit = .some
            if !counted.contains(same) { add(usage, new, to: kind) }
        }
    }

    private mutating func add(_ usage: SearchUsage, _ new: SearchUsage?, to kind: Kind) {
        usages[kind, default: SearchUsage(calls: 0, rows: 0)].add(usage)
        if let new { sincePoll[kind, default: SearchUsage(calls: 0, rows: 0)].add(new) }
    }

    /// Takes searches that nothing counts.
    init(running: Set<RunningSearch>, roles: [UInt32: SearchingRole], settings: SettingsInForce) {
        self.roles = roles
        self.settings = settings
        for one in running {
            let kind = Kind(
                tableOID: one.search.tableOID,
                column: one.search.column,
                roleOID: one.roleOID,
                shape: one.search.shape,
                source: one.search.source == .statements ? .activity : one.search.source,
                functionSettings: [:]
            )
            usages[kind] = SearchUsage(calls: nil)
        }
    }

    /// Adds the searches to their collections, the most frequent first.
    func add(to snapshot: inout CatalogSnapshot, _ tables: SearchedTables, most: Int) {
        // Partitions are searched by their own names too.
        var byCollection: [Int: [Kind: Use]] = [:]
        for (var kind, usage) in usages {
            guard let position = tables.collection(of: kind.tableOID, column: kind.column) else { continue }
            let new = sincePoll[kind]
            (kind.tableOID, kind.column) = (0, "")
            byCollection[position, default: [:]][kind, default: Use(isCounted: usage.calls != nil)].add(usage, new)
        }
        for (position, uses) in byCollection {
            snapshot.collections[position].searches = searches(
                uses,
                isOfVecs: snapshot.collections[position].name.schema == "vecs",
                most: most
            )
        }
    }

    /// What was counted of one kind in a collection.
    private struct Use {
        var all: SearchUsage
        var new: SearchUsage?

        init(isCounted: Bool) { all = SearchUsage(calls: isCounted ? 0 : nil, rows: isCounted ? 0 : nil) }

        mutating func add(_ usage: SearchUsage, _ since: SearchUsage?) {
            if usage.calls != nil { all.add(usage) }
            guard let since else { return }
            if new == nil { new = SearchUsage(calls: 0, rows: 0) }
            new?.add(since)
        }
    }

    /// The searches of one collection, the most frequent first.
    private func searches(_ uses: [Kind: Use], isOfVecs: Bool, most: Int) -> [Search] {
        let found = uses.map { kind, use in
            var function: String?
            if case .function(let name) = kind.source { function = name }
            var search = Search(
                kind.shape,
                role: roles[kind.roleOID]?.name,
                source: kind.source,
                usage: use.all,
                settings: settings.settings(of: kind.roleOID, in: function, kind.functionSettings, isOfVecs: isOfVecs)
            )
            search.sincePoll = use.new
            return search
        }
        let sorted = found.sorted { left, right in
            let (first, second) = (left.usage.calls ?? 0, right.usage.calls ?? 0)
            return first == second ? left.order < right.order : first > second
        }
        return Array(sorted.prefix(most))
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

    /// Adds the counts of statements that search alike.
    fileprivate mutating func add(_ other: SearchUsage) {
        calls = (calls ?? 0) + (other.calls ?? 0)
        milliseconds += other.milliseconds
        rows = rows.flatMap { own in other.rows.map { own + $0 } }
        blocksHit += other.blocksHit
        blocksRead += other.blocksRead
        seconds = [seconds, other.seconds].compactMap { $0 }.max()
    }
}

extension Search {
    /// Something that is the same from poll to poll, to order searches of the same frequency by.
    fileprivate var order: String {
        "\(role ?? "") \(shape.distanceMetric.rawValue) \(shape.filters.map(\.condition)) \(shape.searched) \(source)"
    }
}
