/// A collection whose column, as declared, no index can be built on.
struct UnindexableColumn: Rule {
    static let minimumRows = Threshold(name: "minimumRows", defaultValue: 1_000, range: 0...1e12, isWhole: true)

    let name = "unindexable"
    let summary = "a column that no index can cover, by its dimensions or its type"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumRows]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let minimum = context.settings.count(Self.minimumRows)
        // An index on an expression (such as a cast to halfvec) may still cover it.
        let bare = collection.relations.filter { relation in
            !relation.indexes.contains(where: \.isUsable) && relation.vectorRows.value >= minimum
        }
        // The choice takes longer than all else, and most collections have an index.
        guard !bare.isEmpty, case .failure(let blocker) = context.choice(for: collection) else { return [] }
        return bare.map { relation in
            let wish = WishedIndex(on: relation)
            return Finding(
                rule: name,
                severity: .warning,
                mode: context.settings.mode,
                collection: collection.name,
                relationOID: relation.oid,
                summary: "\(blocker.reason)\(collection.part(relation)): each search scans \(relation.scannedRows)",
                advice: wish?.advice ?? blocker.advice,
                evidence: relation.rowEvidence + [
                    .text("type", collection.type.rawValue),
                    .count("dimensions", collection.dimensions ?? -1),
                ],
                advised: wish == nil ? blocker.cast.map { statements($0, blocker, on: relation, collection) } ?? [] : []
            )
        }
    }

    private func statements(
        _ cast: CastIndex,
        _ blocker: Unindexable,
        on relation: Relation,
        _ collection: Collection
    ) -> [AdvisedStatement] {
        let column = collection.name.column
        if blocker.needsColumnType {
            // A partition has the types of its parent.
            let table = AdvisedStatement.Table(schema: collection.name.schema, name: collection.name.table)
            return [.writeColumnType(on: table, cast, column: column)]
        }
        guard cast.dimensions != nil else { return [.writeCreateIndex(on: relation.place, cast, column: column)] }
        return [
            .createIndex(on: relation.place, cast, column: column),
            .searchByCast(on: relation.place, cast, column: column),
        ]
    }
}
