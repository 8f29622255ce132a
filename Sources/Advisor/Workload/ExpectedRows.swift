/// The rows that approximate indexes give to a search with a filter, as the statistics let expect.
///
/// An index gives its nearest rows, and the filter keeps its share of them: rows that match are taken to lie anywhere.
struct ExpectedRows: Equatable {
    /// The rows that the indexes give before the filter, together.
    var candidates: Double
    /// The rows of the table that match, on average over the values that a search may look for.
    var matching: Double
    /// The share of all rows that this is, 0 to 1.
    var share: Double
    /// The same share for the most common values.
    var mostCommonShare: Double
    /// Whether nothing is unknown of the filter; otherwise these numbers are the most that there can be.
    var isComplete: Bool
    /// How the share is known; of partitions that of the first one.
    var source: FilterShare.Source
    /// The rows that a search gets.
    var rows: Double
}

/// What becomes of a search with a filter that an approximate index serves.
enum FilterOutlook: Equatable {
    /// It gets fewer rows than it asks for, and than match.
    case short(ExpectedRows)
    /// It gets the rows that it asks for.
    case enough(ExpectedRows)
    /// The planner finds the few rows that match by another index, and sorts them: it gets all of them.
    case exact(ValueIndex)
    /// The planner reads the table and sorts the very few rows that match: it gets all of them.
    case sorted
    /// It is unknown how many rows match.
    case unknown
}

extension Search {
    /// The rows that a search is taken to ask for whose LIMIT is unknown.
    static let usualRows = 10
}

extension Collection {
    /// An approximate index, or one to be, with the table or partition that it is on.
    typealias ApproximateIndex = (relation: Relation, parameters: IndexDefinition.Parameters)

    /// What becomes of a search with a filter.
    ///
    /// A filter may choose one of several partitions, which is not known here; then all rows come from one of them.
    ///
    /// - Parameters:
    ///   - search: The search, without iterative scan.
    ///   - indexes: The indexes that serve it, one for each table or partition.
    ///   - asked: The rows that it asks for.
    /// - Returns: What the statistics let expect.
    func outlook(of search: Search, from indexes: [ApproximateIndex], asking asked: Int) -> FilterOutlook {
        var parts: [ExpectedRows] = []
        var exact: [ValueIndex] = []
        var isSorted = false
        for (relation, parameters) in indexes {
            let number = Double(relation.rows.value)
            if let (index, share) = relation.filterStatistics?.index(for: search.shape.filters),
                share * number <= parameters.method.fewRows
            {
                exact.append(index)
                continue
            }
            if let planned = FilterShare(search.shape.filters, on: relation, takesCounts: false),
                planned.share * number <= parameters.method.sortedRows(of: search, asking: asked)
            {
                isSorted = true
                continue
            }
            guard let candidates = parameters.candidates(of: search, rows: number),
                let share = FilterShare(search.shape.filters, on: relation)
            else { return .unknown }
            parts.append(
                ExpectedRows(
                    candidates: candidates,
                    matching: share.share * number,
                    share: share.share,
                    mostCommonShare: share.mostCommon,
                    isComplete: share.isComplete,
                    source: share.source,
                    rows: candidates * share.share
                )
            )
        }
        guard let largest = parts.max(by: { $0.rows < $1.rows }),
            let all = ExpectedRows(sumOf: parts, rows: Double(rows.value))
        else { return exact.first.map { .exact($0) } ?? (isSorted ? .sorted : .unknown) }
        // There may be fewer rows than are asked for.
        if all.rows < min(Double(asked), all.matching) { return .short(all) }
        return largest.isComplete && largest.rows >= min(Double(asked), largest.matching) ? .enough(all) : .unknown
    }
}

extension Collection {
    /// Whether nine of ten searches for the nearest rows get their rows from an IVFFlat index and not from an HNSW index,
    /// because of their filters.
    func needsLists(
        _ ivfflat: IndexDefinition.Parameters,
        insteadOf hnsw: IndexDefinition.Parameters
    ) -> Bool {
        let searches = workload.nearest
        let better = searches.filter { search in
            guard !search.shape.filters.isEmpty else { return false }
            func outlook(_ parameters: IndexDefinition.Parameters) -> FilterOutlook {
                let indexes = relations.map { ($0, parameters) }
                return self.outlook(of: search, from: indexes, asking: search.rowsAsked ?? Search.usualRows)
            }
            guard case .short = outlook(hnsw), case .enough = outlook(ivfflat) else { return false }
            return true
        }
        return Workload.isMain(Workload.number(of: better), of: Workload.number(of: searches))
    }

    /// Whether all rows, or nearly all, match the filter of a search, as far as that is known: then none is missing for it.
    func keepsNearlyAll(_ search: Search) -> Bool {
        relations.allSatisfy { relation in
            FilterShare(search.shape.filters, on: relation).map { $0.isComplete && $0.share >= 0.99 } ?? false
        }
    }

    /// The most rows that match the filter of a search, which are those of the most common values; `nil` if that is unknown.
    func mostMatchingRows(_ search: Search) -> Double? {
        var rows = 0.0
        for relation in relations {
            guard let share = FilterShare(search.shape.filters, on: relation, takesCounts: false), share.isComplete
            else { return nil }
            rows += share.mostCommon * Double(relation.rows.value)
        }
        return rows
    }
}

extension ExpectedRows {
    /// Adds up what is expected of partitions of a table with so many rows; `nil` without any.
    fileprivate init?(sumOf parts: [ExpectedRows], rows all: Double) {
        guard let first = parts.first else { return nil }
        func sum(_ value: (ExpectedRows) -> Double) -> Double { parts.reduce(0) { $0 + value($1) } }
        let matching = sum(\.matching)
        self.init(
            candidates: sum(\.candidates),
            matching: matching,
            share: parts.count == 1 ? parts[0].share : all > 0 ? min(matching / all, 1) : 0,
            mostCommonShare: parts.map(\.mostCommonShare).max() ?? 0,
            isComplete: parts.allSatisfy(\.isComplete),
            source: first.source,
            rows: sum(\.rows)
        )
    }
}

extension IndexDefinition.Parameters {
    /// The rows that an index gives to a search before its filter: `hnsw.ef_search`, or those in the lists that are read.
    ///
    /// - Parameters:
    ///   - search: The search, with its settings.
    ///   - rows: The rows of the table.
    /// - Returns: `nil` if the setting is no number.
    fileprivate func candidates(of search: Search, rows: Double) -> Double? {
        switch self {
        case .hnsw: search.candidates.map { min(Double($0), rows) }
        case .ivfflat(let lists): search.probes.map { rows * min(Double($0) / Double(max(lists, 1)), 1) }
        }
    }
}

extension IndexMethod {
    /// The rows up to which the planner rather finds what matches a filter by an index on its columns, and sorts that, than
    /// that it takes an approximate index of this method.
    ///
    /// Measured with PostgreSQL 17 and pgvector 0.8.0, settings as shipped, ten rows asked for: beside HNSW it did so for 200
    /// of 20,000 rows with 4 dimensions and not for 400; with 384 dimensions for 400 and not for 1,000; for 300 of 100,000
    /// rows with 32 dimensions and not for 400, at a random_page_cost of 1.1 as well. Beside IVFFlat with 6 probes: for 100
    /// and not for 200, for 400 and not for 1,000, for 100 and not for 500.
    var fewRows: Double { self == .ivfflat ? 100 : 200 }

    /// The rows up to which the planner rather reads the whole table, and sorts what matches a filter.
    ///
    /// It expects to read the more of an index the fewer rows match, until it has as many as are asked for. Measured with
    /// PostgreSQL 16 and pgvector 0.8.5, 5,000 to 100,000 rows of 4 to 768 dimensions, LIMIT 5 to 20: it read the table for five
    /// times the LIMIT beside HNSW and twice beside IVFFlat, and at a random_page_cost of 1.1 for 1.5 times beside both. Where
    /// seq_page_cost is raised, nothing is known.
    func sortedRows(of search: Search, asking asked: Int) -> Double {
        func cost(_ name: String, _ ofServer: Double) -> Double { Double(search.setting(name).value) ?? ofServer }
        guard cost("seq_page_cost", 1) <= 1 else { return 0 }
        let factor = cost("random_page_cost", 4) < 4 ? 1.5 : self == .ivfflat ? 2 : 5
        return factor * Double(asked)
    }
}
