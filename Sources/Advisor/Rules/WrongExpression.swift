/// Searches of the right operator that compare a cast or an expression which no index is on, or the plain column where the
/// index is on a cast: each scans the whole table.
struct WrongExpression: Rule {
    static let minimumRows = Unindexed.minimumRows

    let name = "wrong-expression"
    let summary = "searches by a cast that no index is on, or without the cast of the index"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumRows, SeenSearches.minimumShare]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        guard !collection.searches.isEmpty else { return [] }
        var services = SearchServices(collection)
        // An index with an operator class that is not pgvector's may be for any operator.
        guard collection.relations.flatMap(\.indexes).allSatisfy({ !$0.isUsable || $0.distanceMetric != nil }) else {
            return []
        }
        var unserved: [Want: [Search]] = [:]
        for search in collection.workload.nearest {
            guard case .unserved(.expression) = services.service(of: search.shape) else { continue }
            unserved[Want(search.shape), default: []].append(search)
        }
        let seen = unserved.compactMap { want, searches in
            SeenSearches(searches, of: collection, context).map { (want: want, seen: $0) }
        }
        .filter { $0.seen.share >= context.settings[SeenSearches.minimumShare] }
        .sorted {
            // What the configuration states decides.
            if $0.seen.areConfigured != $1.seen.areConfigured { return $0.seen.areConfigured }
            return ($0.seen.share, $1.want.key) > ($1.seen.share, $0.want.key)
        }
        guard let first = seen.first else { return [] }
        let minimum = context.settings.count(Self.minimumRows)
        return collection.relations.compactMap { relation in
            let indexes = relation.indexes.filter { $0.isUsable && $0.distanceMetric == first.want.distanceMetric }
            guard !indexes.isEmpty, !context.isBuilding(on: relation), relation.vectorRows.value >= minimum else {
                return nil
            }
            return finding(collection, relation, indexes, first.want, first.seen, others: seen.count - 1, context)
        }
    }

    /// What searches need of an index.
    private struct Want: Hashable {
        var searched: SearchedExpression
        var distanceMetric: DistanceMetric

        init(_ shape: SearchShape) {
            searched = shape.searched
            distanceMetric = shape.distanceMetric
        }

        /// Tells wants apart in a stable order.
        var key: String { searched.words + distanceMetric.rawValue }
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        _ indexes: [VectorIndex],
        _ want: Want,
        _ seen: SeenSearches,
        others: Int,
        _ context: RuleContext
    ) -> Finding {
        var indexed: [String] = []
        for index in indexes where !indexed.contains(index.indexed.words) { indexed.append(index.indexed.words) }
        let remedy = remedy(for: want, indexes[0], indexed[0], relation, collection, context)
        return Finding(
            rule: name,
            severity: seen.severity,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            summary:
                "\(seen.words) compare \(want.searched.words), and no index for \(want.distanceMetric.words) is on that, "
                + "only on \(indexed.joined(separator: " and "))\(collection.part(relation)): each search scans "
                + relation.scannedRows,
            advice: [
                remedy.advice, others > 0 ? "Other searches need yet another index." : nil,
                collection.searchDifference, seen.source,
            ]
            .compactMap { $0 }.joined(separator: " "),
            evidence: relation.rowEvidence + [
                .count("minimumRows", context.settings.count(Self.minimumRows)),
                .text("measure", want.distanceMetric.rawValue),
                .text("searchedExpression", want.searched.words),
                .text("indexedExpressions", indexed.joined(separator: ", ")),
            ] + seen.evidence,
            advised: remedy.statements
        )
    }

    /// What to do, in sentences, with the statements.
    private func remedy(
        for want: Want,
        _ index: VectorIndex,
        _ indexed: String,
        _ relation: Relation,
        _ collection: Collection,
        _ context: RuleContext
    ) -> (advice: String, statements: [AdvisedStatement]) {
        let change = "\(index.name) serves searches that compare \(indexed) instead"
        let explain = context.explanation(of: index, on: relation, collection).map { [$0] } ?? []
        if collection.isPlainColumn(want.searched) {
            let canIndex = context.index(on: .column, for: want.distanceMetric, of: collection) != nil
            return (
                "Write in the search what the index is on, as in the statement below: \(change)."
                    + (canIndex
                        ? " Or create an index on the plain column too, which costs every write: vecsteward create-index with "
                            + "--measure \(want.distanceMetric.rawValue)." : ""),
                explain
            )
        }
        if case .cast(let type, nil) = want.searched {
            let own = "pgvector cannot index a cast without dimensions: write \(type.rawValue)"
            if case .cast(type, .some) = index.indexed {
                return (
                    "\(own) with the dimensions of the index in the search, as in the statement below: "
                        + "\(index.name) is on that cast.", explain
                )
            }
            guard let dimensions = collection.dimensions,
                case .cast(let cast)? = context.index(on: want.searched, for: want.distanceMetric, of: collection)
            else { return ("\(own) with its dimensions, and create an index on that cast.", explain) }
            let column = collection.name.column
            return (
                "\(own)(\(dimensions)) in the search, and create the index of the statement below; or drop the cast: \(change).",
                [
                    .createIndex(on: relation.place, cast, column: column),
                    .searchByCast(on: relation.place, cast, column: column),
                ]
            )
        }
        guard let wanted = context.index(on: want.searched, for: want.distanceMetric, of: collection) else {
            return (
                "Change the search as in the statement below: \(change). Or create an index on what it compares.",
                explain
            )
        }
        var rejected = ""
        if case .cast(let cast) = wanted, let rows = cast.rejectedRows {
            rejected = " The index rejects \(rows), and writing those fails."
        }
        return (
            "Create the index of the statement below, which is on what they compare.\(rejected) "
                + "Or change the search: \(change).",
            [wanted.creation(on: relation, collection)]
        )
    }
}
