/// Whether an index on the columns of a filter gives searches all their rows, and which one.
struct FilterIndexAdvice {
    /// The advice, as a sentence that begins with "Second".
    let advice: String
    /// The statements that create the indexes.
    let statements: [AdvisedStatement]

    /// Whether so few rows match that such an index is the first thing to have.
    let isFirst: Bool
    /// What it does in the place of an approximate index, as a sentence.
    let instead: String

    /// The most indexes that are advised at once.
    private static let mostIndexes = 5

    /// What is to be said of one search on one table.
    private enum Verdict {
        /// This index would find the rows that match, of which there are so many; `nil` if that is unknown.
        case create([String], rows: Double?)
        /// There is such an index.
        case exists(String)
        /// Too many rows match, and the planner would not take such an index.
        case tooMany(Double)
    }

    /// Looks at searches with a filter.
    ///
    /// - Parameters:
    ///   - searches: The searches, that which decides the words first.
    ///   - method: The method of the approximate index that serves them.
    ///   - collection: Their collection.
    init(_ searches: [Search], _ method: IndexMethod, _ collection: Collection) {
        let few = method.fewRows
        var verdict: Verdict?
        var statements: [AdvisedStatement] = []
        var unlimited: Set<String> = []
        for search in searches {
            for relation in collection.relations {
                for found in Self.verdicts(search, on: relation, few: few) {
                    if verdict == nil { verdict = found }
                    guard case .create(let columns, _) = found else { continue }
                    unlimited.formUnion(relation.filterStatistics?.unlimited.intersection(columns) ?? [])
                    let statement = AdvisedStatement.createFilterIndex(on: relation.place, columns: columns)
                    if !statements.contains(statement) { statements.append(statement) }
                }
            }
        }
        self.statements = statements.count <= Self.mostIndexes ? statements : []
        let warning = Self.warning(unlimited.sorted())
        if case .create(let columns, let rows?) = verdict {
            isFirst = true
            instead =
                "About \(FilterSign.words(rows)) rows match: an index on \(columns.joined(separator: " and ")) comes "
                + "first, by which the planner finds and sorts them, exactly.\(warning)"
        } else {
            (isFirst, instead) = (false, "")
        }
        advice = Self.words(verdict, few: few, isShown: !self.statements.isEmpty) + warning
    }

    /// The rows that such an index rejects, as a sentence after others; empty if there can be none.
    private static func warning(_ columns: [String]) -> String {
        guard !columns.isEmpty else { return "" }
        return
            " A B-tree takes no value over 2,704 bytes, compressed: if a row has a longer \(columns.joined(separator: " or ")), "
            + "the index cannot be built, and once it is built, writing such a row fails."
    }

    private static func verdicts(_ search: Search, on relation: Relation, few: Double) -> [Verdict] {
        let filters = search.shape.filters
        let columns = FilterStatistics.equalities(filters).sorted()
        guard !columns.isEmpty else { return [] }
        let all = Double(relation.rows.value)
        let statistics = relation.filterStatistics
        let shares = columns.compactMap { column in
            statistics?.columns[column].map { (column: column, share: $0.meanShare) }
        }
        .sorted { ($0.share, $0.column) < ($1.share, $1.column) }
        guard !shares.isEmpty else {
            return columns.map { column in
                let index = statistics?.indexes.first { $0.columns.first == column }
                return index.map { .exists($0.name) } ?? .create([column], rows: nil)
            }
        }
        if let (index, share) = statistics?.index(for: filters), share * all <= few {
            return [.exists(index.name)]
        }
        var (rows, chosen) = (all, [String]())
        for (column, share) in shares where rows > few {
            rows *= share
            chosen.append(column)
        }
        return [rows <= few ? .create(chosen, rows: rows) : .tooMany(rows)]
    }

    private static func words(_ verdict: Verdict?, few: Double, isShown: Bool) -> String {
        let few = "up to about \(Int(few))"
        let below = isShown ? " (the CREATE INDEX below)" : ""
        switch verdict {
        case .create(let columns, let rows?):
            return
                "Second, an index on \(columns.joined(separator: " and "))\(below): the about "
                + "\(FilterSign.words(rows)) rows that match are then sorted, exactly; it costs every write."
        case .exists(let name):
            return "Second, index \(name) on the filter is there: the planner takes it where \(few) rows match."
        case .tooMany(let rows):
            return
                "Second, an index on the filter's columns, which the planner takes where \(few) rows match; "
                + "here about \(FilterSign.words(rows)) do."
        case .create(_, nil), nil:
            return
                "Second, where few rows match (\(few)), an index on the columns of the filter\(below): "
                + "the planner then sorts those, exactly; it costs every write."
        }
    }
}
