/// The result of a rule for a collection, or for a database as a whole.
public struct Finding: Sendable, Equatable {
    /// The rule's name.
    public var rule: String
    /// The severity.
    public var severity: Severity
    /// What the configuration allows: `warn` or `act`.
    public var mode: RuleMode
    /// The collection; `nil` if it is about the database.
    public var collection: CollectionName?
    /// The object identifier of the table or partition in this snapshot.
    public var relationOID: UInt32?
    /// The index that it is about.
    public var index: String?
    /// What is wrong, in a sentence.
    public var summary: String
    /// What to do about it, in a sentence or two.
    public var advice: String
    /// The numbers behind it.
    public var evidence: [Evidence]
    /// What would fix it.
    public var remedy: Remedy
    /// What must be known before a job starts.
    public var needs: [EvidenceRequest]
    /// Why a rule in mode `act` only warns here.
    public var withheld: String?
    /// The statements of the advice, in order.
    public var advised: [AdvisedStatement]
    /// Their SQL, each complete and without a semicolon; empty if nothing has written it.
    public var statements: [String] = []

    /// Creates a finding.
    public init(
        rule: String,
        severity: Severity,
        mode: RuleMode,
        collection: CollectionName?,
        relationOID: UInt32? = nil,
        index: String? = nil,
        summary: String,
        advice: String,
        evidence: [Evidence] = [],
        remedy: Remedy = .byHand,
        needs: [EvidenceRequest] = [],
        withheld: String? = nil,
        advised: [AdvisedStatement] = []
    ) {
        self.rule = rule
        self.severity = severity
        self.mode = mode
        self.collection = collection
        self.relationOID = relationOID
        self.index = index
        self.summary = summary
        self.advice = advice
        self.evidence = evidence
        self.remedy = remedy
        self.needs = needs
        self.withheld = withheld
        self.advised = advised
    }

    /// The finding holds where its table has so many rows with a vector; `nil` where it goes by no estimate of them.
    public var neededRows: Int64? {
        needs.lazy.compactMap { if case .rows(let number) = $0 { number } else { nil } }.first
    }

    /// Whether it becomes a job rather than a suggestion.
    public var asksToAct: Bool { mode == .act && withheld == nil && remedy != .byHand }
}

/// The severity of a finding.
public enum Severity: String, Sendable, Comparable, CaseIterable {
    /// Worth knowing.
    case notice
    /// Costs speed or recall, and gets worse.
    case warning
    /// Wrong answers or corruption are possible.
    case critical

    /// Orders from `notice` to `critical`.
    public static func < (left: Severity, right: Severity) -> Bool {
        let order = Severity.allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}

/// What would fix a finding.
public enum Remedy: String, Sendable {
    /// Build the index that is missing.
    case createIndex
    /// Rebuild the index for today's rows, beside the old one.
    case rebuildIndex
    /// Drop the index.
    case dropIndex
    /// Analyze the table.
    case analyze
    /// Only a person can fix it.
    case byHand
}

/// One number or name behind a finding.
///
/// The key carries the unit: `rows`, `sizeBytes`, `growthFactor`.
public struct Evidence: Sendable, Equatable {
    /// The key, in lower camel case.
    public var key: String
    /// The value.
    public var value: Value

    /// The kinds of evidence.
    public enum Value: Sendable, Equatable {
        case count(Int64)
        case ratio(Double)
        case text(String)
    }

    /// A whole number.
    public static func count(_ key: String, _ value: some BinaryInteger) -> Evidence {
        Evidence(key: key, value: .count(Int64(clamping: value)))
    }

    /// A ratio, or a measured number.
    public static func ratio(_ key: String, _ value: Double) -> Evidence { Evidence(key: key, value: .ratio(value)) }

    /// A name or a sentence.
    public static func text(_ key: String, _ value: String) -> Evidence { Evidence(key: key, value: .text(value)) }
}

extension CatalogSnapshot {
    /// The collections of findings with their positions; few of thousands have any.
    func positions(of findings: [Finding]) -> [CollectionName: Int] {
        let wanted = Set(findings.compactMap(\.collection))
        guard !wanted.isEmpty else { return [:] }
        var positions: [CollectionName: Int] = [:]
        for (position, collection) in collections.enumerated() where wanted.contains(collection.name) {
            positions[collection.name] = position
        }
        return positions
    }
}
