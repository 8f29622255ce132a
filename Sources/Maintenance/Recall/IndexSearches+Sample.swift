internal import Advisor
internal import Postgres
internal import Recall

extension IndexSearches {
    /// Draws stored vectors from random places all over the tables.
    ///
    /// Each place is as likely as any other, so those of each partition are drawn in proportion to its rows. It ends at the deadline,
    /// with what was drawn until then.
    func sample(
        of tables: [RecallTable],
        isGrouped: Bool,
        until deadline: ContinuousClock.Instant,
        _ connection: inout Connection
    ) async throws(PostgresError) -> [Query] {
        let wanted = request.vectors.isEmpty ? request.queries : request.vectors.count
        let pages = tables.reduce(0) { $0 + $1.pages }
        guard pages > 0 else { return [] }
        // Updates leave rows at higher places than a page has rows; 291 is the most places that it has. A place without a row
        // costs little.
        let rows = Dictionary(measured.relations.map { (Int64($0.oid), Double(max(0, $0.rows.value))) }) { rows, _ in
            rows
        }
        let rowsPerPage = tables.map { ((rows[$0.oid] ?? 0) / Double($0.pages)).rounded(.up) }.max() ?? 0
        let placesPerPage = Int(min(Double(Self.mostPlaces), 3 * rowsPerPage + 10))
        var drawn: Set<String> = []
        var queries: [Query] = []
        // A table with few places is drawn from all of them, which misses none of its rows.
        let isWhole = pages <= Int64(16 * wanted / Self.mostPlaces)
        var all = isWhole ? Self.allPlaces(of: tables).shuffled() : []
        // So many places may still be asked for.
        var left = isWhole ? all.count : 64 * wanted
        while queries.count < wanted, left > 0, ContinuousClock.now < deadline {
            let portion = min(left, 8 * wanted, mostPlacesAtOnce)
            let places: [Place]
            if isWhole {
                places = all.suffix(portion)
                all.removeLast(portion)
            } else {
                places = Self.places(portion, of: tables, upTo: placesPerPage)
            }
            left -= portion
            let byTable = Dictionary(grouping: places, by: \.table)
            var statements: [Statement] = []
            for (number, table) in tables.enumerated() {
                guard let places = byTable[number] else { continue }
                let list = "{" + places.map { "\"(\($0.page),\($0.item))\"" }.joined(separator: ",") + "}"
                statements.append("SELECT pg_catalog.set_config('vecsteward.places', \(list), TRUE)")
                statements.append(Self.reading(RecallViews.sample(of: table)))
            }
            let results = try await connection.pipeline(statements, timeout: transaction.patience)
            var found: [Row] = []
            for (number, rows) in results.enumerated() where number % 2 == 1 { found += rows }
            for row in found.shuffled() {
                let place = try row["place", as: String.self]
                guard queries.count < wanted, drawn.insert(place).inserted else { continue }
                let group = isGrouped ? try row["group_value", as: String.self] : nil
                queries.append(Query(place: place, group: group, vector: try vector(row)))
            }
        }
        return queries
    }

    /// How many places are asked for together: about 16 MB of text if each has a row.
    private var mostPlacesAtOnce: Int {
        let digits: Int
        switch measured.type {
        case .bit: digits = 1
        case .vector, .halfvec, .sparsevec: digits = 12
        }
        // HNSW takes sparse vectors with up to 1,000 numbers, each with its position.
        let numbers = measured.type == .sparsevec ? 2_000 : measured.dimensions ?? 2_000
        return max(100, (16 << 20) / (digits * numbers))
    }

    /// The most places of rows that a page has.
    private static let mostPlaces = 291

    /// Where a row may be.
    private struct Place {
        var table: Int
        var page: Int64
        var item: Int
    }

    /// Every place of each table.
    private static func allPlaces(of tables: [RecallTable]) -> [Place] {
        tables.enumerated().flatMap { number, table in
            (0..<table.pages).flatMap { page in
                (1...mostPlaces).map { Place(table: number, page: page, item: $0) }
            }
        }
    }

    /// So many places, each as likely as any other up to a number on its page.
    private static func places(_ number: Int, of tables: [RecallTable], upTo placesPerPage: Int) -> [Place] {
        let pages = tables.reduce(0) { $0 + $1.pages }
        return (0..<number).map { _ in
            var page = Int64.random(in: 0..<pages)
            var table = 0
            while page >= tables[table].pages {
                page -= tables[table].pages
                table += 1
            }
            return Place(table: table, page: page, item: Int.random(in: 1...placesPerPage))
        }
    }
}
