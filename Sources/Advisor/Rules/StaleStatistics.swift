/// A table with missing or contradictory statistics, so the planner guesses.
struct StaleStatistics: Rule {
    static let minimumRows = Threshold(name: "minimumRows", defaultValue: 1_000, range: 0...1e12, isWhole: true)
    static let contradictionFactor = Threshold(
        name: "contradictionFactor",
        defaultValue: 2,
        range: 1.1...1_000,
        isWhole: false
    )

    let name = "stale-statistics"
    let summary = "a table that was never analyzed, or whose estimates contradict each other"
    let defaultMode = RuleMode.act
    let thresholds = [minimumRows, contradictionFactor]

    /// The rows of the table by the server's own statistics.
    ///
    /// A count by vecsteward is of rows with a vector, and there may be fewer of those.
    private static func rows(of relation: Relation, in collection: Collection) -> Int64 {
        guard relation.rows.isConfirmed, let nulls = relation.nullFraction, nulls > 0 else {
            return relation.rows.value
        }
        let estimate = RowCount.estimate(
            from: relation.statistics,
            type: collection.type,
            dimensions: collection.dimensions
        )
        return max(relation.rows.value, estimate.value)
    }

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let minimum = context.settings.count(Self.minimumRows)
        let factor = context.settings[Self.contradictionFactor]
        return collection.relations.compactMap { relation in
            let rows = Self.rows(of: relation, in: collection)
            let analyzed = relation.statistics.reltuples
            // An ANALYZE that waits behind a concurrent build aborts that build by a deadlock.
            guard rows >= minimum, !context.isBuilding(on: relation) else { return nil }
            let summary: String
            var evidence: [Evidence] = [.count("rows", rows)]
            if relation.statistics.isNeverAnalyzed {
                summary = "never analyzed, so the planner guesses its \(Numbers.grouped(rows)) rows"
            } else if Double(rows) > factor * analyzed || Double(rows) * factor < analyzed {
                summary =
                    "the planner assumes \(Numbers.grouped(RowCount.whole(analyzed))) rows, but there are "
                    + Numbers.grouped(rows)
                evidence.append(.count("analyzedRows", RowCount.whole(analyzed)))
            } else {
                return nil
            }
            return Finding(
                rule: name,
                severity: .notice,
                mode: context.settings.mode,
                collection: collection.name,
                relationOID: relation.oid,
                summary: summary + collection.part(relation),
                advice: context.server.isAutovacuumOn
                    ? "ANALYZE the table." : "ANALYZE the table, and turn autovacuum on: it is off on this server.",
                evidence: evidence + [.count("modifiedSinceAnalyze", relation.statistics.modifiedSinceAnalyze)],
                remedy: .analyze
            )
        }
    }
}
