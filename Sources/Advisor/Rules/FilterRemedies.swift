extension Collection {
    /// What a new index does to the searches with a filter, as sentences; `nil` if it gives them the rows that they ask for.
    ///
    /// - Parameters:
    ///   - parameters: Method and parameters of the index.
    ///   - pgvector: The installed pgvector.
    ///   - observedAt: The time, in seconds since 1970 UTC.
    /// - Returns: The sentences.
    public func filterWarning(
        for parameters: IndexDefinition.Parameters,
        _ pgvector: PgVector?,
        observedAt: Double
    ) -> String? {
        FilterLoss(of: self, under: parameters)?.warning(pgvector, observedAt: observedAt)
    }
}

extension SettingChange {
    /// Turns iterative scan on for searches.
    init(
        iterativeScanOf method: IndexMethod,
        for searches: [Search],
        of collection: Collection,
        _ context: RuleContext
    ) {
        self.init(
            .iterativeScan(method),
            for: searches.map { ($0, $0.setting("\(method).iterative_scan").source) },
            of: collection,
            database: context.server.database
        )
    }
}

/// What gives searches with a filter all their rows, in the order in which to try it, with what each costs.
struct FilterRemedies {
    /// The remedies, as sentences.
    let advice: String
    /// Their statements.
    let statements: [AdvisedStatement]

    /// Collects the remedies.
    ///
    /// - Parameters:
    ///   - searches: The searches with a filter, the worst or most frequent first.
    ///   - index: The index that serves them.
    ///   - collection: Their collection.
    ///   - context: The server and its pgvector.
    init(_ searches: [Search], _ index: VectorIndex, _ collection: Collection, _ context: RuleContext) {
        let iterative = Self.iterativeScan(searches, index.method, collection, context)
        let exact = FilterIndexAdvice(searches, index.method, collection)
        let partial = Self.partialIndexes(searches, index, collection)
        advice = [iterative.advice, exact.advice, partial.advice].joined(separator: " ")
        statements = iterative.statements + exact.statements + partial.statements
    }

    private static func iterativeScan(
        _ searches: [Search],
        _ method: IndexMethod,
        _ collection: Collection,
        _ context: RuleContext
    ) -> (advice: String, statements: [AdvisedStatement]) {
        guard context.hasIterativeScan else {
            return (
                "First, update pgvector \(context.pgvectorVersion) to 0.8.0 or newer, which has iterative scan.", []
            )
        }
        let change = SettingChange(iterativeScanOf: method, for: searches, of: collection, context)
        let tuples = searches.first?.setting("hnsw.max_scan_tuples").value ?? ""
        let bound =
            method == .hnsw
            ? "hnsw.max_scan_tuples (\(Int64(tuples).map(Numbers.grouped) ?? tuples) rows)"
            : "ivfflat.max_probes lists"
        return (
            "First, iterative scan: the index goes on until enough rows match, up to \(bound), so a search takes longer the "
                + "fewer match; with relaxed_order rows can be slightly out of order. \(change.advice)",
            change.statements
        )
    }

    /// The most values for which partial indexes are advised.
    private static let mostValues = 20
    /// The share of the rows, 0 to 1, from which a value is frequent where there are more values than that.
    private static let frequentShare = 0.05

    private static func partialIndexes(
        _ searches: [Search],
        _ index: VectorIndex,
        _ collection: Collection
    ) -> (advice: String, statements: [AdvisedStatement]) {
        let indexes = "a partial vector index for each frequent value"
        let cost = "each finds all its rows, and is one more index to build and keep."
        guard collection.relations.count == 1, let relation = collection.relations.first,
            let search = searches.first, index.expression != "", index.predicate == nil
        else { return ("Third, \(indexes), or partitions by that column: \(cost)", []) }
        let columns = FilterStatistics.equalities(search.shape.filters).sorted()
        let known = columns.compactMap { column in
            relation.filterStatistics?.columns[column].map { (column: column, values: $0) }
        }
        guard let (column, values) = known.min(by: { $0.values.count < $1.values.count }) else {
            return ("Third, \(indexes), or partitions by that column: \(cost)", [])
        }
        let number = Numbers.grouped(RowCount.whole(values.count.rounded()))
        guard values.count <= Double(mostValues) || (values.mostCommonShare ?? 0) >= frequentShare else {
            return (
                "Third, partitions by \(column): \(cost) For partial indexes it has too many values, about \(number).",
                []
            )
        }
        let statement = AdvisedStatement.writePartialIndexes(
            on: relation.place,
            AdvisedStatement.PartialIndexes(
                column: collection.name.column,
                expression: index.expression,
                operatorClass: index.operatorClass,
                operatorClassSchema: index.operatorClassSchema,
                method: index.method,
                options: index.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
                filterColumn: column,
                most: mostValues
            )
        )
        return (
            "Third, a partial vector index for each frequent value of \(column), which has about \(number) (the SELECT below "
                + "writes the statements), or partitions by it: \(cost)",
            [statement]
        )
    }
}
