extension Unindexed {
    /// What to do about a table without an index, by what is known of its searches.
    static func advice(
        _ choice: IndexChoice,
        _ seen: SeenSearches?,
        _ collection: Collection,
        _ context: RuleContext
    ) -> String {
        let doubt = choice.doubt(for: collection.type)
        let isSeen = choice.distanceMetricSource == .searches || choice.unservedSearches != nil
        var sentences = [
            choice.unservedSearches.map { instead(of: $0, choice, collection) }
                ?? (isSeen
                    ? "Create an index for \(choice.definition.distanceMetric.words), the operator that its searches order by; "
                        + "never search in production without one."
                    : "Create an index for the operator that your searches order by; never search in production without one."),
            doubt, doubt.map { _ in answer },
            choice.unservedSearches == nil ? choice.refusedRows.map(warning) : nil, contradiction(choice, collection),
            hindrance(collection.workload.mainObstacles), collection.searchDifference,
        ]
        let filters = collection.filterWarning(
            for: choice.parameters,
            context.server.pgvector,
            observedAt: context.server.observedAt
        )
        sentences.append(filters)
        if isSeen || filters != nil || !collection.workload.mainObstacles.isEmpty { sentences.append(seen?.source) }
        return sentences.compactMap { $0 }.joined(separator: " ")
    }

    private static let answer =
        "Give it to vecsteward create-index as --measure, or set it in the configuration: "
        + "\"index\": {\"measure\": \"l2_distance\"}."

    /// The effect of an index on writes.
    private static func warning(_ refused: String) -> String {
        "An index rejects \(refused), so writing them fails; it is unknown whether there are any."
    }

    /// What serves searches that do not compare the plain column.
    private static func instead(
        of searched: SearchedExpression,
        _ choice: IndexChoice,
        _ collection: Collection
    ) -> String {
        let searches = "Its searches compare \(searched.words), which an index on the plain column does not serve."
        guard let cast = choice.cast else {
            return searches + " Create an index on exactly that expression, or search the plain column."
        }
        var sentences = [searches, "The statement below creates the index that does."]
        if case .cast(_, nil) = searched {
            sentences.append(
                "Write the cast with its dimensions in the searches too: pgvector cannot index one without."
            )
        }
        if let rejected = cast.rejectedRows {
            sentences.append("The index rejects \(rejected), and writing those fails.")
        }
        return sentences.joined(separator: " ")
    }

    /// What the configuration says against the searches.
    private static func contradiction(_ choice: IndexChoice, _ collection: Collection) -> String? {
        guard choice.distanceMetricSource == .configured, let searched = collection.workload.mainDistanceMetric,
            searched != choice.definition.distanceMetric, choice.cast == nil
        else { return nil }
        return "The configuration says measure \(choice.definition.distanceMetric.rawValue), but its searches order by "
            + "\(searched.words), which that index does not serve: correct the configuration."
    }

    /// Why no index serves the searches as they are written.
    private static func hindrance(_ obstacles: Set<SearchObstacle>) -> String? {
        guard !obstacles.isEmpty else { return nil }
        let words = obstacles.sorted().map(\.words).joined(separator: " or ")
        return "First rewrite its searches: they \(words), and no index serves that."
    }

    /// Why vecsteward does not build an index that it has only chosen.
    static func withheld(
        _ choice: IndexChoice,
        _ seen: SeenSearches?,
        _ collection: Collection,
        _ context: RuleContext
    ) -> String? {
        if choice.unservedSearches != nil { return "vecsteward builds no index on an expression by itself" }
        if let refused = choice.refusedRows { return "the index would make writing \(refused) fail" }
        guard choice.distanceMetricSource.isKnown else {
            return "the distance metric of the searches is a guess, which is not enough to act on"
        }
        if contradiction(choice, collection) != nil {
            return "the configuration and the searches contradict each other"
        }
        if !collection.workload.mainObstacles.isEmpty, seen?.areConfigured != true {
            return "no index serves the searches as they are written"
        }
        return choice.distanceMetricSource == .searches ? seen?.withheld(context) : nil
    }

    /// The statements that create an index for searches by a cast, and those that give searches with a filter their rows.
    static func statements(
        _ choice: IndexChoice,
        _ relation: Relation,
        _ collection: Collection,
        _ context: RuleContext
    ) -> [AdvisedStatement] {
        var statements: [AdvisedStatement] = []
        if let cast = choice.cast {
            statements.append(.createIndex(on: relation.place, cast, column: collection.name.column))
            if case .cast(_, nil)? = choice.unservedSearches {
                statements.append(.searchByCast(on: relation.place, cast, column: collection.name.column))
            }
        }
        guard let loss = FilterLoss(of: collection, under: choice.parameters) else { return statements }
        // Where few rows match, what finds them comes first.
        if loss.exact.isFirst { statements = loss.exact.statements + statements }
        guard context.hasIterativeScan else { return statements }
        let method = choice.parameters.method
        let change = SettingChange(iterativeScanOf: method, for: loss.searches, of: collection, context)
        return statements + change.statements
    }
}

extension IndexChoice {
    /// How the distance metric of the advised index is known.
    func measureSource(_ collection: Collection) -> DistanceMetricSource {
        cast != nil && cast?.distanceMetric == collection.workload.mainDistanceMetric ? .searches : distanceMetricSource
    }
}
