/// What tells a finding from others, in words that outlive a look: names, and no object identifiers.
public struct FindingKey: Sendable, Hashable {
    /// The rule.
    public var rule: String
    /// The collection, `nil` when it is about the database.
    public var collection: CollectionName?
    /// The partition, where it is about one.
    public var part: String?
    /// The index it is about.
    public var index: String?

    /// Names a finding.
    public init(rule: String, collection: CollectionName? = nil, part: String? = nil, index: String? = nil) {
        self.rule = rule
        self.collection = collection
        self.part = part
        self.index = index
    }
}

/// A finding that was told of before.
public struct KnownFinding: Sendable, Equatable {
    /// How bad it was then.
    public var severity: Severity
    /// What was wrong, in a sentence.
    public var summary: String

    /// Remembers a finding.
    public init(severity: Severity, summary: String) {
        self.severity = severity
        self.summary = summary
    }
}

/// What is news in the findings of a look, each list the worst first: what is seen again is none.
public struct FindingChanges: Sendable, Equatable {
    /// Those that were not there before.
    public var raised: [Change] = []
    /// Those that are worse than before.
    public var worsened: [Change] = []
    /// Those that are no longer there.
    public var resolved: [Change] = []
    /// Those that are no news, but have been there for so long that people are told again.
    public var repeated: [Change] = []

    /// One finding.
    public struct Change: Sendable, Equatable {
        /// Which one.
        public var key: FindingKey
        /// How bad it is, or was.
        public var finding: KnownFinding
        /// The numbers behind it; none of one that is no longer there.
        public var evidence: [Evidence] = []
        /// What to do about it, in a sentence or two; empty of one that is no longer there.
        public var advice = ""
        /// The SQL that the advice speaks of, each statement complete.
        public var statements: [String] = []

        /// Names a finding.
        public init(key: FindingKey, finding: KnownFinding) {
            self.key = key
            self.finding = finding
        }
    }

    /// Whether there is nothing to tell.
    public var isEmpty: Bool { raised.isEmpty && worsened.isEmpty && resolved.isEmpty && repeated.isEmpty }
}

extension Assessment {
    /// The findings by what tells them apart; of two that are the same in that, the worse one.
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

    /// The names of all partitions.
    private var parts: [UInt32: String] {
        var parts: [UInt32: String] = [:]
        for collection in snapshot.collections where collection.isPartitioned {
            for relation in collection.relations { parts[relation.oid] = relation.table }
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

    /// Adds to what is told of findings the numbers behind them, and what to do.
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

    /// The findings as they are to be remembered.
    ///
    /// - Parameters:
    ///   - known: What was told of before.
    ///   - isInFlux: Whether a finding is about something that is being worked on: of that only what was known before
    ///     counts. An index on its way out looks like a leftover.
    /// - Returns: What is known now.
    public func known(
        after known: [FindingKey: KnownFinding],
        exceptWhere isInFlux: (FindingKey) -> Bool
    ) -> [FindingKey: KnownFinding] {
        knownFindings.filter { !isInFlux($0.key) }.merging(known.filter { isInFlux($0.key) }) { now, _ in now }
    }
}

extension FindingChanges {
    /// What is news.
    ///
    /// - Parameters:
    ///   - known: What was told of before.
    ///   - now: What is known now.
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
    /// Whether one is to be told before another: the worse one, then that of more rows, then by name.
    public static func isBefore(_ left: Self, _ right: Self) -> Bool {
        if left.finding.severity != right.finding.severity { return left.finding.severity > right.finding.severity }
        let (mine, other) = (left.rows, right.rows)
        if mine != other { return mine > other }
        let (name, otherName) = (left.key.collection?.description ?? "", right.key.collection?.description ?? "")
        return (name, left.key.rule, left.key.part ?? "", left.key.index ?? "")
            < (otherName, right.key.rule, right.key.part ?? "", right.key.index ?? "")
    }

    /// The rows that it is about, 0 where that is not known.
    private var rows: Int64 {
        for case .count(let rows) in evidence.lazy.filter({ $0.key == "rows" }).map(\.value) { return rows }
        return 0
    }
}
