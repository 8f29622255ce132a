internal import Advisor
internal import Postgres

/// A search of the last day, as the schema `vecsteward` has it.
struct RecordedSearch {
    let tableOID: UInt32
    let column: String
    let role: String
    let shape: SearchShape
    let source: SearchSource
    let usage: SearchUsage

    /// Reads a row of `recorded_searches.sql`; `nil` for a search in words that this version does not know.
    init?(_ row: Row) throws(PostgresError) {
        guard let stored = StoredSearch(text: try row["search", as: String.self]), let shape = stored.shape,
            let source = stored.seen
        else { return nil }
        tableOID = UInt32(truncatingIfNeeded: try row["table_oid", as: Int64.self])
        column = try row["column_name", as: String.self]
        role = try row["role_name", as: String.self]
        (self.shape, self.source) = (shape, source)
        usage = SearchUsage(
            calls: try row["calls", as: Int64.self],
            milliseconds: try row["milliseconds", as: Double.self],
            rows: try row["rows", as: Int64?.self],
            blocksHit: try row["blocks_hit", as: Int64.self],
            blocksRead: try row["blocks_read", as: Int64.self],
            seconds: try row["seconds", as: Double?.self]
        )
    }
}

extension CatalogSnapshot {
    /// Adds what is recorded of the last day, also searches that the server has forgotten since.
    mutating func take(_ recorded: [RecordedSearch]) {
        guard !recorded.isEmpty else { return }
        var byTable: [UInt32: [RecordedSearch]] = [:]
        for search in recorded { byTable[search.tableOID, default: []].append(search) }
        for position in collections.indices {
            guard let oid = collections[position].tableOID else { continue }
            for record in byTable[oid] ?? [] where record.column == collections[position].name.column {
                let known = collections[position].searches.firstIndex {
                    $0.shape == record.shape && $0.source == record.source && $0.role == record.role
                }
                if let known {
                    collections[position].searches[known].lastDay = record.usage
                } else {
                    var search = Search(record.shape, role: record.role, source: record.source, usage: record.usage)
                    search.lastDay = record.usage
                    collections[position].searches.append(search)
                }
            }
            // A search that did not run for a day is none of today's.
            for search in collections[position].searches.indices
            where collections[position].searches[search].lastDay == nil && byTable[oid] != nil
                && collections[position].searches[search].usage.calls != nil
            {
                var none = SearchUsage(calls: 0)
                none.seconds = recorded.first?.usage.seconds
                collections[position].searches[search].lastDay = none
            }
        }
    }
}
