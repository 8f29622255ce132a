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

    /// One finding.
    public struct Change: Sendable, Equatable {
        /// Which one.
        public var key: FindingKey
        /// How bad it is, or was.
        public var finding: KnownFinding
    }

    /// Whether there is no news.
    public var isEmpty: Bool { raised.isEmpty && worsened.isEmpty && resolved.isEmpty }
}

extension Assessment {
    /// The findings by what tells them apart; of two that are the same in that, the worse one.
    var knownFindings: [FindingKey: KnownFinding] {
        let relations = Dictionary(
            observation.collections.flatMap { collection in
                collection.relations.map { ($0.oid, collection.isPartitioned ? $0.table : nil) }
            },
            uniquingKeysWith: { first, _ in first }
        )
        var known: [FindingKey: KnownFinding] = [:]
        for finding in findings {
            let part = finding.relationOID.flatMap { relations[$0] ?? nil }
            let key = FindingKey(
                rule: finding.rule,
                collection: finding.collection,
                part: part,
                index: finding.index
            )
            if let twin = known[key], twin.severity >= finding.severity { continue }
            known[key] = KnownFinding(severity: finding.severity, summary: finding.summary)
        }
        return known
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
    fileprivate static func isBefore(_ left: Self, _ right: Self) -> Bool {
        if left.finding.severity != right.finding.severity { return left.finding.severity > right.finding.severity }
        let (mine, other) = (left.key.collection?.description ?? "", right.key.collection?.description ?? "")
        return (mine, left.key.rule, left.key.part ?? "", left.key.index ?? "")
            < (other, right.key.rule, right.key.part ?? "", right.key.index ?? "")
    }
}
