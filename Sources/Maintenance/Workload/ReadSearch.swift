internal import Advisor
internal import Grammar

/// A search as a text has it, before it is known what its names mean.
struct ReadSearch: Hashable {
    /// The column that is searched, as the text writes it.
    var column: ColumnReference
    /// Its relations and functions.
    var sources: [Source]
    /// What it looks for; conditions are about columns of any of its relations.
    var shape: SearchShape
    /// The conditions, to tell whose columns they have.
    var filters: [Filter]
    /// Whether the rows that its statement returns are those that it finds.
    var returnsItsRows: Bool
    /// Whether it has an OFFSET.
    var hasOffset: Bool

    /// Reads the searches that a statement runs.
    static func searches(of statement: Grammar.Statement) -> [ReadSearch] {
        guard statement.runsItsQuery else { return [] }
        return statement.searches.compactMap { ReadSearch($0, in: statement) }
    }

    private init?(_ search: Grammar.Search, in statement: Grammar.Statement) {
        // The limited subquery below it is the search.
        guard !search.isReranking, let distance = search.distance,
            let metric = DistanceMetric(distance), distance.searched.columns.count == 1
        else { return nil }
        let kind: SearchShape.Kind
        switch search.kind {
        case .nearest: kind = .nearest
        case .radius: kind = .radius
        default: return nil
        }
        column = distance.searched.columns[0]
        sources = search.sources
        // What is the same for all rows keeps all of them, or none.
        filters = search.filters.filter { $0.distances.isEmpty && !$0.condition.isConstant }
        // The executions of a prepared statement are counted with it, and so are their rows.
        returnsItsRows = [.select, .prepare].contains(statement.kind) && !search.isNested
        hasOffset = search.hasOffset
        var obstacles = Set(search.features.compactMap(SearchObstacle.init))
        if distance.spelling == .function { obstacles.insert(.function) }
        if kind == .nearest {
            let place = search.order.firstIndex { $0.distance != nil } ?? 0
            if place > 0 { obstacles.insert(.anotherKeyFirst) }
            if place < search.order.count - 1 { obstacles.insert(.anotherKeyAfter) }
            if search.order[place].isDescending { obstacles.insert(.descending) }
            if case .expressionOf = search.order[place].value { obstacles.insert(.withinExpression) }
        }
        var limit = RowsAsked(search.limit)
        // Rows of a cursor are fetched, which stands in other statements.
        if statement.kind == .declareCursor, limit == .all { limit = .some }
        if limit == .all, kind == .nearest { obstacles.insert(.noLimit) }
        shape = SearchShape(
            kind: kind,
            distanceMetric: metric,
            searched: SearchedExpression(distance.searched),
            limit: limit,
            obstacles: obstacles,
            isWithinDistance: kind == .nearest && search.filters.contains { !$0.distances.isEmpty }
        )
    }

    /// The shape with the conditions on columns of one source; those of other sources stand there too, without columns.
    ///
    /// - Parameters:
    ///   - source: The source.
    ///   - origin: The table and column behind it, with the conditions of the views between.
    /// - Returns: The shape.
    func shape(on source: Source, _ origin: SearchedTables.Origin) -> SearchShape {
        var shape = shape
        shape.filters = filters.map { filter in
            let own = filter.columns.filter { column in
                column.relation.map { $0 == source.qualifier } ?? (sources.count == 1)
            }
            return SearchFilter(filter, columns: own).renamed(by: origin.columns)
        }
        for filter in origin.filters where !shape.filters.contains(filter) { shape.filters.append(filter) }
        return shape
    }
}

extension SearchFilter {
    /// A condition of a text.
    ///
    /// - Parameters:
    ///   - filter: The condition.
    ///   - columns: Those of its columns that belong to the searched relation.
    init(_ filter: Filter, columns: [ColumnReference]) {
        // Without the names of relations it would not be clear whose column is compared with whose.
        let isOwn = columns.count == filter.columns.count
        self.init(
            (isOwn ? filter.condition.unqualified : filter.condition).description,
            columns: columns.map(\.column),
            test: columns.count == 1 ? filter.test : .other,
            operation: columns.count == 1 ? filter.operation : nil
        )
    }

    /// The condition about the columns of the table below a view.
    ///
    /// - Parameter names: The column of the table for each column of the view; `nil` if it is a table.
    /// - Returns: The condition.
    func renamed(by names: [String: String]?) -> SearchFilter {
        guard let names else { return self }
        var filter = self
        filter.columns = columns.compactMap { names[$0] }
        guard filter.columns.count != 1 else { return filter }
        (filter.test, filter.operation) = (.other, nil)
        return filter
    }
}

extension Filter {
    /// The operator behind its column.
    fileprivate var operation: String? {
        guard case .comparison(let operation) = kind, case .column = subject else { return nil }
        // Another operator than = means something else the other way round.
        if operation.name != "=", case .operation(_, .column?, _) = condition { return operation.name }
        return operation.name == "=" ? "=" : nil
    }

    /// What it asks of its column.
    fileprivate var test: SearchFilter.Test {
        guard case .column = subject else { return .other }
        switch kind {
        case .comparison(let operation): return operation.name == "=" ? .equality : .other
        case .flag: if case .not = condition { return .isFalse } else { return .isTrue }
        case .nullness(let isNull): return isNull ? .isNull : .isNotNull
        case .membership, .range, .join, .distanceThreshold, .subquery, .other: return .other
        }
    }
}

extension DistanceMetric {
    /// The distance metric of an operator or function of pgvector.
    init?(_ distance: Distance) {
        if distance.spelling == .operator {
            self.init(distanceOperator: distance.name.name)
            return
        }
        let name = distance.name.name
        if name.contains("cosine") || name.contains("spherical") {
            self = .cosineDistance
        } else if name.contains("inner_product") {
            self = .maxInnerProduct
        } else if name.contains("l1") {
            self = .l1Distance
        } else if name.contains("l2") {
            self = .l2Distance
        } else if name.contains("hamming") {
            self = .hammingDistance
        } else if name.contains("jaccard") {
            self = .jaccardDistance
        } else {
            return nil
        }
    }
}

extension SearchObstacle {
    /// What a feature of a query means for an index; `nil` if it leaves the order to the index.
    fileprivate init?(_ feature: Grammar.Search.Feature) {
        switch feature {
        case .distinct, .grouping, .aggregate, .window: self = .grouped
        case .locking, .setOperation, .sample: return nil
        }
    }
}

extension RowsAsked {
    fileprivate init(_ limit: RowLimit) {
        switch limit {
        case .none: self = .all
        case .rows(let count): self = .rows(count)
        case .parameter, .expression: self = .some
        case .unknown: self = .unknown
        }
    }
}

extension SearchedExpression {
    /// What a search or an index is on, as the grammar reads it.
    init(_ expression: Grammar.Expression) {
        if case .column = expression {
            self = .column
        } else if case .cast(.column, let type) = expression, !type.isArray,
            let vector = VectorType(rawValue: type.name.name)
        {
            self = .cast(vector, dimensions: type.modifiers.first)
        } else {
            self = .other(expression.unqualified.bare.description)
        }
    }
}

extension Grammar.Statement {
    /// Whether it runs the query in it: CREATE VIEW does not, as vecsteward's own for a proof or a measurement, nor CREATE FUNCTION,
    /// nor EXPLAIN without ANALYZE.
    var runsItsQuery: Bool { ![.createView, .createFunction, .plan].contains(kind) }
}

extension Grammar.Expression {
    /// Whether it is made of constants alone.
    fileprivate var isConstant: Bool {
        switch self {
        case .constant, .integer, .parameter: true
        case .column, .subquery, .exists, .function, .other: false
        default: parts.allSatisfy(\.isConstant)
        }
    }

    /// The expression with functions, operators and types by their names alone, and without numbers.
    ///
    /// The catalog writes the schemas of an index's expression and its numbers, as in `subvector(embedding, 1, 256)`. Hardly
    /// any search writes the schemas, and pg_stat_statements replaces the numbers.
    fileprivate var bare: Grammar.Expression {
        func bare(_ name: ObjectName) -> ObjectName { ObjectName(name.name) }
        func all(_ parts: [Grammar.Expression]) -> [Grammar.Expression] { parts.map(\.bare) }
        switch self {
        case .integer: return .constant
        case .column, .parameter, .constant, .subquery, .exists: return self
        case .cast(let value, let type):
            let type = TypeReference(bare(type.name), modifiers: type.modifiers, isArray: type.isArray)
            return .cast(value.bare, to: type)
        case .function(let name, let arguments): return .function(bare(name), all(arguments))
        case .operation(let name, let left, let right):
            return .operation(bare(name), left: left?.bare, right: right.bare)
        case .anyOf(let name, let value, let others): return .anyOf(bare(name), value.bare, all(others))
        case .allOf(let name, let value, let others): return .allOf(bare(name), value.bare, all(others))
        case .between(let value, let low, let high):
            return .between(value.bare, low: low.bare, high: high.bare)
        case .isNull(let value): return .isNull(value.bare)
        case .not(let value): return .not(value.bare)
        case .and(let parts): return .and(all(parts))
        case .or(let parts): return .or(all(parts))
        case .other(let parts): return .other(all(parts))
        }
    }
}
