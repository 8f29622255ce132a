extension Baseline {
    /// The baseline that decides whether an index is outgrown.
    ///
    /// A guess only warns. But whatever an index was built on, it was no more than the rows when vecsteward first saw
    /// it, so growth from there on is certain.
    ///
    /// - Parameters:
    ///   - index: The index.
    ///   - relation: Its table.
    ///   - factor: The growth factor that counts.
    /// - Returns: `nil` if rows cannot be compared.
    static func deciding(for index: VectorIndex, on relation: Relation, factor: Double) -> Baseline? {
        let known = infer(for: index, on: relation)
        guard known?.certainty == .guess, let recorded = index.recorded, recorded.source == .inferred,
            Double(relation.vectorRows.value) > factor * Double(recorded.tableRows ?? recorded.rows)
        else { return known }
        return Baseline(rows: recorded.rows, tableRows: recorded.tableRows, source: .firstSeen, certainty: .likely)
    }

    /// Infers the baseline of an index from its record, otherwise from what the catalog shows.
    ///
    /// The result is never more than the most rows that the table ever had, as far as its counters show
    /// (``TableStatistics/mostEver(known:)``).
    ///
    /// - Parameters:
    ///   - index: The index.
    ///   - relation: Its table.
    /// - Returns: `nil` if rows cannot be compared: for a partial index, or a method that is not pgvector's.
    public static func infer(for index: VectorIndex, on relation: Relation) -> Baseline? {
        guard index.predicate == nil, index.method == .hnsw || index.method == .ivfflat else { return nil }
        if let recorded = index.recorded {
            if recorded.isLost { return Baseline(rows: 0, source: .lostInCrash, certainty: .likely) }
            switch recorded.source {
            case .built:
                return Baseline(
                    rows: recorded.rows,
                    tableRows: recorded.tableRows,
                    source: .recorded,
                    certainty: .exact
                )
            case .observed:
                return Baseline(
                    rows: recorded.rows,
                    tableRows: recorded.tableRows,
                    source: .observed,
                    certainty: .likely
                )
            case .inferred: break
            }
        }
        if let known = index.baselineBeforeAnalysis { return known }
        return ofStatistics(index, on: relation) ?? ofRowAges(index, on: relation) ?? ofLists(index, on: relation)
            ?? Baseline(rows: relation.vectorRows.value, source: .rowsNow, certainty: .guess)
    }

    /// The baseline from the row count of the index in the catalog, which a build sets and ANALYZE and VACUUM
    /// overwrite.
    private static func ofStatistics(_ index: VectorIndex, on relation: Relation) -> Baseline? {
        let statistics = relation.statistics
        let rows = RowCount.whole(index.reltuples)
        if rows == 0 {
            // An index that took over the file of another one has counted nothing.
            guard !index.hasOlderFile else { return nil }
            // No rows at the build, or at the last ANALYZE: then the lists were trained on rows that are gone. After
            // pg_upgrade the count of every index is none, so there may have been rows that no counter has seen.
            guard statistics.explains(relation.rows.value) else {
                return Baseline(rows: 0, source: .builtEmpty, certainty: .guess)
            }
            let isOfBuild = index.reltuples < 0 || isUntouched(statistics)
            return Baseline(rows: 0, source: .builtEmpty, certainty: isOfBuild ? .exact : .likely)
        }
        // The count outlasts a crash, which empties an unlogged table.
        guard !relation.isUnlogged else { return nil }
        if isUntouched(statistics) && statistics.inserted >= rows {
            // The rows of the table that a build has counted: more if it left zero vectors out, or if another index was
            // built later. A share of rows without a vector comes from an ANALYZE, which counted after the build.
            let isOfBuild = isMissingRows(index, on: relation) && index.isLatestBuild
            let table = isOfBuild ? RowCount.whole(statistics.reltuples) : rows
            let isWhole = Double(table) <= Double(rows) * 1.01
            return Baseline(
                rows: rows,
                tableRows: isWhole ? nil : table,
                source: .indexStatistics,
                certainty: isWhole ? .exact : .likely
            )
        }
        if let builtAt = index.builtAt, let touchedAt = statistics.lastMaintenanceAt, touchedAt < builtAt {
            // A rename changes this time too, so it is not conclusive.
            return Baseline(rows: rows, source: .indexStatistics, certainty: .likely)
        }
        return nil
    }

    /// The baseline from the lists, if vecs' formula may have set them; they prove no more rows than there ever were.
    private static func ofLists(_ index: VectorIndex, on relation: Relation) -> Baseline? {
        guard index.options["lists"] != nil, let lists = index.lists else { return nil }
        let isNamedByVecs = index.name.hasPrefix("ix_\(index.operatorClass)_ivfflat_nl\(lists)_")
        let most = relation.statistics.mostEver(known: relation.rows)
        if let rows = rowsOf(lists: lists) {
            guard most.map({ rows <= $0 }) ?? true else { return nil }
            return isNamedByVecs
                ? Baseline(rows: rows, source: .listsOfVecs, certainty: .likely)
                : Baseline(rows: rows, source: .lists, certainty: .guess)
        }
        // 30 lists say nothing about a small table, but about a large one that it was small.
        guard isNamedByVecs, lists == 30, relation.vectorRows.value > mostRowsOf30Lists else { return nil }
        return Baseline(rows: mostRowsOf30Lists, source: .listsOfVecs, certainty: .likely)
    }

    /// Whether the table was counted with more rows than an index by cosine distance, which may be zero vectors.
    static func isMissingRows(_ index: VectorIndex, on relation: Relation) -> Bool {
        index.distanceMetric == .cosineDistance && relation.nullFraction ?? 0 == 0 && isUntouched(relation.statistics)
            && index.reltuples > 0 && relation.statistics.reltuples > index.reltuples
    }

    /// Whether nothing has analyzed or vacuumed the table, as far back as the counters reach.
    ///
    /// The caller must check the inserts to see whether the counters reach back to the first row: a crash or a reset
    /// sets all of them to zero.
    private static func isUntouched(_ statistics: TableStatistics) -> Bool {
        statistics.analyzeCount == 0 && !statistics.isVacuumed
    }

    /// The most rows for which vecs' formula gives 30 lists.
    private static let mostRowsOf30Lists: Int64 = 30_999

    /// The fewest rows for which vecs' formula gives this many lists; `nil` for 30 and below, which the formula gives
    /// for any table of up to 31,000 rows.
    ///
    /// Source: vecs 0.4.5, `int(max(n / 1000, 30))` below 1,000,000 rows and `int(sqrt(n))` from there.
    static func rowsOf(lists: Int) -> Int64? {
        guard lists > 30 else { return nil }
        return lists < 1_000 ? Int64(lists) * 1_000 : Int64(lists) * Int64(lists)
    }
}

extension Baseline {
    /// How to replace a guess by a fact, as a sentence; `nil` if the baseline is no guess.
    public var settledBy: String? {
        guard certainty == .guess else { return nil }
        return
            "Rebuild the index once (vecsteward rebuild): then vecsteward records the rows that it was built on."
    }
}

extension Collection {
    /// Whether it has a usable IVFFlat index with an unknown baseline, so the rules that need a baseline can neither
    /// find anything nor rule it out.
    public var hasUnknownBaseline: Bool {
        relations.contains { relation in
            relation.indexes.contains { index in
                guard index.isUsable, index.method == .ivfflat else { return false }
                return (Baseline.infer(for: index, on: relation)?.certainty ?? .guess) == .guess
            }
        }
    }
}
