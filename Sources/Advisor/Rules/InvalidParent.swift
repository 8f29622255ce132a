/// An invalid index of a partitioned table: some partition has no valid part of it.
///
/// PostgreSQL checks that again only when a part is attached, even one that is attached already.
struct InvalidParent {
    let collection: Collection
    let table: Collection.PartitionedTable
    let index: VectorIndex

    /// A partition, and its index that is a part or could be one.
    private struct Part {
        var name: String
        var schema: String
        var index: String = ""
        /// Whether the part is the index of a partitioned table itself.
        var isPartitioned = false
    }

    private var whole: [Part] = []
    private var missing: [Part] = []
    private var unattached: [Part] = []
    private var invalid: [Part] = []
    private var foreign: [Collection.ForeignPartition]

    /// The findings of the rule `invalid` about the indexes of the partitioned tables of a collection.
    static func findings(rule: String, for collection: Collection, in context: RuleContext) -> [Finding] {
        // During a build or under a lock, it is unknown what a partition lacks.
        guard !collection.relations.contains(where: { context.isBuilding(on: $0) || $0.lockedBy != nil }) else {
            return []
        }
        return collection.partitionedTables.flatMap { table in
            table.indexes.filter { !$0.isValid }.map { index in
                InvalidParent(collection, table, index).finding(rule: rule, mode: context.settings.mode)
            }
        }
    }

    private init(_ collection: Collection, _ table: Collection.PartitionedTable, _ index: VectorIndex) {
        self.collection = collection
        self.table = table
        self.index = index
        foreign = collection.foreignPartitions.filter { $0.parentOID == table.oid }
        for relation in collection.relations where relation.parentOID == table.oid {
            add(Part(name: relation.table, schema: relation.schema), indexes: relation.indexes)
        }
        for below in collection.partitionedTables where below.parentOID == table.oid {
            add(Part(name: below.table, schema: below.schema, isPartitioned: true), indexes: below.indexes)
        }
    }

    private mutating func add(_ part: Part, indexes: [VectorIndex]) {
        var part = part
        if let own = indexes.first(where: { $0.attachedTo == index.oid }) {
            part.index = own.name
            if own.isValid { whole.append(part) } else { invalid.append(part) }
        } else if let fitting = indexes.first(where: fits) {
            part.index = fitting.name
            unattached.append(part)
        } else {
            missing.append(part)
        }
    }

    /// Whether the server would accept an index as a part: it compares everything but the parameters.
    private func fits(_ other: VectorIndex) -> Bool {
        other.isUsable && other.attachedTo == nil && other.method == index.method
            && other.operatorClass == index.operatorClass && other.operatorClassSchema == index.operatorClassSchema
            && other.expression == index.expression && other.predicate == index.predicate
    }

    private func finding(rule: String, mode: RuleMode) -> Finding {
        Finding(
            rule: rule,
            severity: .notice,
            mode: mode,
            collection: collection.name,
            index: index.name,
            summary:
                "index \(index.name) of the partitioned table \(table.schema).\(table.table) is not valid: \(reason)",
            advice: advice,
            evidence: [
                .count("missingParts", missing.count),
                .count("unattachedParts", unattached.count),
                .count("invalidParts", invalid.count),
                .count("foreignParts", foreign.count),
            ]
        )
    }

    private var reason: String {
        func list(_ names: [String]) -> String {
            names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", and \(names.count - 5) more" : "")
        }
        var reasons: [String] = []
        if !missing.isEmpty { reasons.append("it has no part on \(list(missing.map(\.name)))") }
        if !unattached.isEmpty { reasons.append("the index on \(list(unattached.map(\.name))) is not attached to it") }
        if !invalid.isEmpty { reasons.append("its part on \(list(invalid.map(\.name))) is invalid") }
        if !foreign.isEmpty {
            reasons.append("\(list(foreign.map(\.table))) is a foreign table, which can have no part of it")
        }
        guard !reasons.isEmpty else { return "all its parts exist, but the server has not checked since" }
        return reasons.joined(separator: "; ")
    }

    private var advice: String {
        var sentences = ["Searches still use the existing parts."]
        if !missing.isEmpty {
            sentences.append(
                "Create an index of the same kind on each partition that has none, and attach it; where that partition has no "
                    + "index at all, the job for unindexed does both."
            )
        }
        let statements = statements
        if !statements.isEmpty { sentences.append("Run: " + statements.map { $0 + ";" }.joined(separator: " ")) }
        if !foreign.isEmpty {
            sentences.append(
                foreign.contains { $0.bound == nil } || !missing.isEmpty
                    ? "It becomes valid when the last part is attached while the foreign partition is detached."
                    : "This detaches the foreign partition for a moment, under a lock that waits for all that use the table."
            )
        }
        return sentences.joined(separator: " ")
    }

    /// What makes the index valid, or as close to it as possible while parts are missing.
    private var statements: [String] {
        let parent = Self.name(table.schema, index.name)
        func attaching(_ part: Part) -> String {
            "ALTER INDEX \(parent) ATTACH PARTITION \(Self.name(part.schema, part.index))"
        }
        let broken = invalid.filter { !$0.isPartitioned }
        let rebuilding = broken.map { "REINDEX INDEX CONCURRENTLY \(Self.name($0.schema, $0.index))" }
        var attachments = (unattached + broken).map(attaching)
        // The part of a partitioned table attaches by itself when it becomes valid.
        guard missing.isEmpty, broken.count == invalid.count else { return rebuilding + attachments }
        if attachments.isEmpty { attachments = whole.prefix(1).map(attaching) }
        guard !foreign.isEmpty, !attachments.isEmpty else { return rebuilding + attachments }
        let bounds = foreign.compactMap(\.bound)
        guard bounds.count == foreign.count else { return rebuilding + attachments }
        let above = Self.name(table.schema, table.table)
        let names = foreign.map { Self.name($0.schema, $0.table) }
        return rebuilding + ["BEGIN"] + names.map { "ALTER TABLE \(above) DETACH PARTITION \($0)" } + attachments
            + zip(names, bounds).map { "ALTER TABLE \(above) ATTACH PARTITION \($0) \($1)" } + ["COMMIT"]
    }

    /// A quoted name that is safe in SQL.
    private static func name(_ schema: String, _ object: String) -> String {
        [schema, object].map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ".")
    }
}
