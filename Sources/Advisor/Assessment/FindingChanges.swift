/// The identity of a finding, which is the same in every poll: names instead of object identifiers.
public struct FindingKey: Sendable, Hashable {
    /// The rule.
    public var rule: String
    /// The collection; `nil` if the finding is about the database.
    public var collection: CollectionName?
    /// The partition, if the finding is about one: with its schema where that is not the schema of the collection.
    public var part: String?
    /// The index that the finding is about.
    public var index: String?

    /// Creates an identity.
    public init(rule: String, collection: CollectionName? = nil, part: String? = nil, index: String? = nil) {
        self.rule = rule
        self.collection = collection
        self.part = part
        self.index = index
    }
}

/// A partition of a collection, as in the identity of a finding.
public struct PartKey: Sendable, Hashable {
    /// The collection.
    public var collection: CollectionName
    /// The partition.
    public var part: String

    /// Creates the identity of a partition.
    public init(collection: CollectionName, part: String) {
        self.collection = collection
        self.part = part
    }
}

extension Collection {
    /// The name of a partition in the identity of a finding.
    ///
    /// Partitions of one table may have the same name in different schemas.
    fileprivate func partName(_ relation: Relation) -> String {
        relation.schema == name.schema ? relation.table : "\(relation.schema).\(relation.table)"
    }
}

/// A finding that was reported before.
public struct KnownFinding: Sendable, Equatable {
    /// Its severity then.
    public var severity: Severity
    /// Its summary then, as a sentence.
    public var summary: String

    /// Creates a known finding.
    public init(severity: Severity, summary: String) {
        self.severity = severity
        self.summary = summary
    }
}

/// The changes in the findings since the last poll, each list with the worst first; unchanged findings are in none.
public struct FindingChanges: Sendable, Equatable {
    /// The findings that are new.
    public var raised: [Change] = []
    /// The findings that are worse than before.
    public var worsened: [Change] = []
    /// The findings that are gone.
    public var resolved: [Change] = []
    /// The findings that have lasted so long that they are reported again.
    public var repeated: [Change] = []

    /// One finding.
    public struct Change: Sendable, Equatable {
        /// Its identity.
        public var key: FindingKey
        /// Its severity and summary; the last known ones if it is gone.
        public var finding: KnownFinding
        /// The numbers behind it; empty if it is gone.
        public var evidence: [Evidence] = []
        /// What to do about it, in a sentence or two; empty if it is gone.
        public var advice = ""
        /// The SQL statements of the advice.
        public var statements: [String] = []

        /// Creates a change.
        public init(key: FindingKey, finding: KnownFinding) {
            self.key = key
            self.finding = finding
        }
    }

    /// Whether there is nothing to report.
    public var isEmpty: Bool { raised.isEmpty && worsened.isEmpty && resolved.isEmpty && repeated.isEmpty }
}

extension Assessment {
    /// The findings by identity; if two have the same, the worse one.
    var knownFindings: [FindingKey: KnownFinding] {
        let relations = parts
        var known: [FindingKey: KnownFinding] = [:]
        for finding in findings {
            let key = key(of: finding, parts: relations)
            if let twin = known[key], twin.severity >= finding.severity { continue }
            known[key] = KnownFinding(severity: finding.severity, summary: finding.summary)
        }
        return known
    }

    /// The names of all partitions, as in the identity of a finding.
    private var parts: [UInt32: String] {
        var parts: [UInt32: String] = [:]
        for collection in snapshot.collections where collection.isPartitioned {
            for relation in collection.relations { parts[relation.oid] = collection.partName(relation) }
        }
        return parts
    }

    private func key(of finding: Finding, parts: [UInt32: String]) -> FindingKey {
        FindingKey(
            rule: finding.rule,
            collection: finding.collection,
            part: finding.relationOID.flatMap { parts[$0] },
            index: finding.index
        )
    }

    /// The identities of the partitions among these tables, as in that of a finding.
    public func parts(among tables: Set<RelationName>) -> Set<PartKey> {
        var parts: Set<PartKey> = []
        for collection in snapshot.collections where collection.isPartitioned {
            for relation in collection.relations
            where tables.contains(RelationName(relation)) {
                parts.insert(PartKey(collection: collection.name, part: collection.partName(relation)))
            }
        }
        return parts
    }

    /// Adds the evidence and the advice to changes.
    public func explain(_ changes: inout FindingChanges) {
        let wanted = Set((changes.raised + changes.worsened + changes.repeated).map(\.key))
        guard !wanted.isEmpty else { return }
        let parts = parts
        var explanations: [FindingKey: Finding] = [:]
        for finding in findings {
            let key = key(of: finding, parts: parts)
            guard wanted.contains(key) else { continue }
            if let twin = explanations[key], twin.severity >= finding.severity { continue }
            explanations[key] = finding
        }
        func explain(_ list: inout [FindingChanges.Change]) {
            for index in list.indices {
                guard let finding = explanations[list[index].key] else { continue }
                list[index].evidence = finding.evidence
                list[index].advice = finding.advice
                list[index].statements = finding.statements
            }
            list.sort(by: FindingChanges.Change.isBefore)
        }
        explain(&changes.raised)
        explain(&changes.worsened)
        explain(&changes.repeated)
    }

    /// The findings to remember.
    ///
    /// - Parameters:
    ///   - known: The findings that were reported before.
    ///   - isInFlux: Whether a job is working on the object of a finding; then only what was known before counts,
    ///     because an index on its way out looks like a leftover.
    /// - Returns: The findings that are known now.
    public func known(
        after known: [FindingKey: KnownFinding],
        exceptWhere isInFlux: (FindingKey) -> Bool
    ) -> [FindingKey: KnownFinding] {
        knownFindings.filter { !isInFlux($0.key) }.merging(known.filter { isInFlux($0.key) }) { now, _ in now }
    }
}

extension FindingChanges {
    /// Compares the findings of two polls.
    ///
    /// - Parameters:
    ///   - known: The findings that were reported before.
    ///   - now: The findings that are known now.
    public init(from known: [FindingKey: KnownFinding], to now: [FindingKey: KnownFinding]) {
        for (key, finding) in now {
            if let before = known[key] {
                if finding.severity > before.severity { worsened.append(Change(key: key, finding: finding)) }
            } else {
                raised.append(Change(key: key, finding: finding))
            }
        }
        for (key, finding) in known where now[key] == nil { resolved.append(Change(key: key, finding: finding)) }
        raised.sort(by: Change.isBefore)
        worsened.sort(by: Change.isBefore)
        resolved.sort(by: Change.isBefore)
    }
}

extension FindingChanges.Change {
    /// Whether one is reported before another: the worse one, then that of more rows, then by name.
    public static func isBefore(_ left: Self, _ right: Self) -> Bool {
        if left.finding.severity != right.finding.severity { return left.finding.severity > right.finding.severity }
        let (mine, other) = (left.rows, right.rows)
        if mine != other { return mine > other }
        let (name, otherName) = (left.key.collection?.description ?? "", right.key.collection?.description ?? "")
        return (name, left.key.rule, left.key.part ?? "", left.key.index ?? "")
            < (otherName, right.key.rule, right.key.part ?? "", right.key.index ?? "")
    }

    /// The rows of its collection; 0 if they are unknown.
    private var rows: Int64 {
        for case .count(let rows) in evidence.lazy.filter({ $0.key == "rows" }).map(\.value) { return rows }
        return 0
    }
}
