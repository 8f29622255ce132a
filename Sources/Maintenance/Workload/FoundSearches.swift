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
    private let roles: [UInt32: SearchingRole]
    private let settings: SettingsInForce

    /// Adds up the counts of statements that search alike.
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - counts: What the server has counted of each.
    ///   - beginning: When counting of all began, in seconds since 1970 UTC, where no statement says it for itself.
    ///   - now: The time of the server.
    ///   - roles: The roles that run them.
    ///   - settings: The settings that hold for them.
    init(
        _ statements: [StatementKey: ReadStatement],
        counts: [StatementKey: StatementCounts],
        beginning: Double?,
        now: Double,
        roles: [UInt32: SearchingRole],
        settings: SettingsInForce
    ) {
        self.roles = roles
        self.settings = settings
        // With track = all the statements within functions are counted on their own.
        var counted: Set<Kind> = []
        var inFunctions: [(Kind, SearchUsage)] = []
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
                    calls: count.calls,
                    milliseconds: count.milliseconds,
                    rows: search.returnsItsRows ? count.rows : nil,
                    blocksHit: count.blocksHit,
                    blocksRead: count.blocksRead,
                    seconds: (count.since ?? beginning).map { max(now - $0, 0) }
                )
                if case .function = search.source {
                    inFunctions.append((kind, usage))
                } else {
                    usages[kind, default: SearchUsage(calls: 0, rows: 0)].add(usage)
                    if !key.isTopLevel {
                        (kind.source, kind.functionSettings) = (.statements, [:])
                        kind.shape.limit = .some
                        counted.insert(kind)
                    }
                }
            }
        }
        for (kind, usage) in inFunctions {
            var same = kind
            (same.source, same.functionSettings) = (.statements, [:])
            same.shape.limit = .some
            if !counted.contains(same) { usages[kind, default: SearchUsage(calls: 0)].add(usage) }
        }
    }

    /// Adds the searches to their collections, the most frequent first.
    func add(to snapshot: inout CatalogSnapshot, _ tables: SearchedTables, most: Int) {
        // Partitions are searched by their own names too.
        var byCollection: [Int: [Kind: SearchUsage]] = [:]
        for (var kind, usage) in usages {
            guard let position = tables.collection(of: kind.tableOID, column: kind.column) else { continue }
            (kind.tableOID, kind.column) = (0, "")
            byCollection[position, default: [:]][kind, default: SearchUsage(calls: 0, rows: 0)].add(usage)
        }
        for (position, usages) in byCollection {
            snapshot.collections[position].searches = searches(
                usages,
                isOfVecs: snapshot.collections[position].name.schema == "vecs",
                most: most
            )
        }
    }

    /// The searches of one collection, the most frequent first.
    private func searches(_ usages: [Kind: SearchUsage], isOfVecs: Bool, most: Int) -> [Search] {
        let found = usages.map { kind, usage in
            var function: String?
            if case .function(let name) = kind.source { function = name }
            return Search(
                kind.shape,
                role: roles[kind.roleOID]?.name,
                source: kind.source,
                usage: usage,
                settings: settings.settings(of: kind.roleOID, in: function, kind.functionSettings, isOfVecs: isOfVecs)
            )
        }
        let sorted = found.sorted { left, right in
            let (first, second) = (left.usage.calls ?? 0, right.usage.calls ?? 0)
            return first == second ? left.order < right.order : first > second
        }
        return Array(sorted.prefix(most))
    }
}

extension SearchUsage {
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
