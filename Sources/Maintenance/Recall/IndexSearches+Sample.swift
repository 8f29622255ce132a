internal import Advisor
internal import Postgres
internal import Recall

extension IndexSearches {
    /// Draws stored vectors from random places all over the tables.
    ///
    /// Each place is as likely as any other, so those of each partition are drawn in proportion to its rows. It ends at the
    /// deadline with what was drawn until then, and half way to it where the index has few of the rows.
    func sample(
        of tables: [RecallTable],
        isGrouped: Bool,
        until deadline: ContinuousClock.Instant,
        _ connection: inout Connection
    ) async throws(PostgresError) -> [Query] {
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
        let isWhole = hasFewPlaces(tables)
        var all = isWhole ? Self.allPlaces(of: tables).shuffled() : []
        // So many places may still be asked for: most tables have what is wanted in a few of them.
        let places = Double(pages) * Double(placesPerPage)
        var left = isWhole ? all.count : max(64 * wanted, placesOfRareRows(among: places))
        var (asked, step) = (0, 8 * wanted)
        let now = ContinuousClock.now
        let halfway = now + now.duration(to: deadline) / 2
        while queries.count < wanted, left > 0, ContinuousClock.now < (asked < 64 * wanted ? deadline : halfway) {
            let portion = min(left, step, mostPlacesAtOnce)
            asked += portion
            step = min(2 * step, max(step, Self.mostPlacesOfStep))
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

    /// How many vectors are wanted.
    private var wanted: Int { request.vectors.isEmpty ? request.queries : request.vectors.count }

    /// Whether tables have so few places that vectors are drawn from all of them, which misses none of their rows.
    func hasFewPlaces(_ tables: [RecallTable]) -> Bool {
        tables.reduce(0) { $0 + $1.pages } <= Int64(16 * wanted / Self.mostPlaces)
    }

    /// In how many places there is four times what is wanted, if the index has few of the rows of the tables, as a partial one.
    private func placesOfRareRows(among places: Double) -> Int {
        let held = measured.relations.reduce(0.0) { $0 + Double(max(0, $1.rows(in: measured.index).value)) }
        return Int(min(4 * Double(wanted) * places / max(1, held), 4 * places, Self.mostRarePlaces))
    }

    /// As many as are asked for in some seconds if they are in memory.
    private static let mostRarePlaces = 1e6
    private static let mostPlacesOfStep = 10_000

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
