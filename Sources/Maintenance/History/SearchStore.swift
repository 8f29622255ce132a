internal import Advisor
internal import Postgres

/// Keeps what searches ran in each hour.
struct SearchStore {
    /// The days for which hours are kept.
    private static let days = 14
    private var prunedOn: Int64 = 0

    /// Adds what the server has counted since the poll before.
    mutating func record(_ snapshot: CatalogSnapshot, on session: inout Connection) async throws(PostgresError) {
        let time = snapshot.server.observedAt
        let day = Int64(time / 86_400)
        if day != prunedOn {
            _ = try await session.queue(Statement(PackageResources.search_use_prune_sql, [time, Self.days]))
            prunedOn = day
        }
        var items: [(oid: Int64, column: String, role: String, text: String, usage: SearchUsage)] = []
        for collection in snapshot.collections {
            guard let oid = collection.tableOID else { continue }
            for search in collection.searches {
                guard let usage = search.sincePoll, usage.calls ?? 0 > 0, let role = search.role,
                    let text = StoredSearch(search.shape, search.source).text
                else { continue }
                items.append((Int64(oid), collection.name.column, role, text, usage))
            }
        }
        guard !items.isEmpty else { return }
        let columns: [any ParameterEncodable] = [
            time, items.map(\.oid), items.map(\.column), items.map(\.role), items.map(\.text),
            items.map { $0.usage.calls ?? 0 }, items.map { max(0, $0.usage.milliseconds) }, items.map(\.usage.rows),
            items.map { max(0, $0.usage.blocksHit) }, items.map { max(0, $0.usage.blocksRead) },
        ]
        _ = try await session.queue(Statement(PackageResources.search_use_record_sql, columns))
    }
}
