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
    mutating func add(_ recorded: [RecordedSearch]) {
        let byTable = Dictionary(grouping: recorded, by: \.tableOID)
        for position in collections.indices {
            guard let records = collections[position].tableOID.flatMap({ byTable[$0] }) else { continue }
            var searches = collections[position].searches
            // A search that did not run for a day is none of today's.
            for search in searches.indices where searches[search].usage.calls != nil {
                searches[search].lastDay = SearchUsage(calls: 0, seconds: records[0].usage.seconds)
            }
            for record in records where record.column == collections[position].name.column {
                // Earlier versions did not record that a search keeps within a distance.
                let known =
                    searches.firstIndex { record.isOf($0, as: $0.shape) }
                    ?? searches.firstIndex { record.isOf($0, as: $0.shape.withoutDistance) && $0.lastDay?.calls == 0 }
                if let known {
                    searches[known].lastDay = record.usage
                } else {
                    searches.append(Search(record.shape, role: record.role, source: record.source, usage: record.usage))
                    searches[searches.count - 1].lastDay = record.usage
                }
            }
            collections[position].searches = searches.sortedByFrequency()
        }
    }
}

extension RecordedSearch {
    /// Whether it is a search that was seen, if that had this shape.
    fileprivate func isOf(_ search: Search, as shape: SearchShape) -> Bool {
        shape == self.shape && search.source == source && search.role == role
    }
}

extension SearchShape {
    /// The shape without a condition on the distance.
    fileprivate var withoutDistance: SearchShape {
        var shape = self
        shape.isWithinDistance = false
        return shape
    }
}
