/// An index that would serve given searches, for a statement that creates it.
enum ServingIndex {
    /// On the plain column.
    case plain(IndexDefinition)
    /// On a cast.
    case cast(CastIndex)

    /// The statement that creates it on a table or partition.
    func creation(on relation: Relation, _ collection: Collection) -> AdvisedStatement {
        switch self {
        case .plain(let definition):
            .createColumnIndex(on: relation.place, definition, column: collection.name.column)
        case .cast(let cast): .createIndex(on: relation.place, cast, column: collection.name.column)
        }
    }
}

extension RuleContext {
    /// The index that serves searches which compare this by this distance metric; `nil` if pgvector can have none.
    func index(
        on searched: SearchedExpression,
        for distanceMetric: DistanceMetric,
        of collection: Collection
    ) -> ServingIndex? {
        guard let pgvector = server.pgvector else { return nil }
        guard collection.isPlainColumn(searched) else {
            return collection.index(on: searched, for: distanceMetric, pgvector).map { .cast($0) }
        }
        var wanted = preferences
        wanted.distanceMetric = distanceMetric
        wanted.isDistanceMetricConfigured = true
        let choice = IndexChoice.choose(
            for: collection,
            rows: collection.vectorRows.value,
            preferences: wanted,
            pgvector: pgvector,
            limits: limits
        )
        guard case .success(let choice) = choice, choice.definition.distanceMetric == distanceMetric else { return nil }
        return .plain(choice.definition)
    }

    /// The statement that shows whether the planner takes an index for a search in the right form; `nil` if a part of the
    /// index is unknown.
    func explanation(
        of index: VectorIndex,
        on relation: Relation,
        _ collection: Collection
    ) -> AdvisedStatement? {
        guard let distanceMetric = index.distanceMetric, let pgvector = server.pgvector, index.expression != "",
            index.predicate != ""
        else { return nil }
        return .explainSearch(
            on: relation.place,
            AdvisedStatement.Search(
                column: collection.name.column,
                expression: index.expression,
                predicate: index.predicate,
                distanceOperator: distanceMetric.distanceOperator,
                operatorSchema: pgvector.schema
            )
        )
    }

    /// The version of pgvector, for a sentence.
    var pgvectorVersion: String { server.pgvector?.version.description ?? "" }

    /// Whether pgvector can continue a scan until a search has enough rows.
    var hasIterativeScan: Bool { server.pgvector?.hasIterativeScan ?? false }
}
