internal import Advisor

/// The last lines about a database: what a person could read out on the phone, in words that need no explanation.
struct SummaryText {
    private let name: String
    private let groups: CollectionGroups
    private let assessment: Assessment
    private let jobs: [PlannedJob]

    init(of name: String, _ groups: CollectionGroups, _ jobs: [PlannedJob], _ assessment: Assessment) {
        self.name = name
        self.groups = groups
        self.jobs = jobs
        self.assessment = assessment
    }

    var sentences: String {
        [collections, upgrade, privileges, plan, queue].compactMap { $0 }.joined(separator: " ")
    }

    private var collections: String {
        var counts: [CollectionCondition: Int] = [:]
        for member in groups.all { counts[CollectionCondition(member.state), default: 0] += 1 }
        let parts = CollectionCondition.allCases.compactMap { condition in
            counts[condition].map { (condition: condition, count: $0) }
        }
        let total = groups.all.count
        let start = "\(name) has \(Self.counted(total, "collection")): "
        guard parts.count > 1 else {
            return start + (parts.first.map { (total == 1 ? "it " : "all ") + $0.condition.words($0.count) } ?? "")
                + "."
        }
        return start
            + parts.map { "\(Numbers.grouped(Int64($0.count))) \($0.condition.words($0.count))" }
            .joined(separator: ", ") + "."
    }

    private var upgrade: String? {
        let bugs = assessment.findings.filter { $0.collection == nil }
        guard !bugs.isEmpty else { return nil }
        var products: [String] = []
        for case .text(let product) in bugs.flatMap(\.evidence).filter({ $0.key == "product" }).map(\.value)
        where !products.contains(product) {
            products.append(product)
        }
        let subject = products.isEmpty ? "An upgrade" : "An upgrade of \(products.joined(separator: " and "))"
        return "\(subject) fixes \(Self.counted(bugs.count, "known bug"))."
    }

    private var privileges: String? {
        let snapshot = assessment.snapshot
        return snapshot.missingPrivileges.isEmpty ? nil : "Role \(snapshot.server.role) could not see everything."
    }

    private var plan: String {
        let measurements = jobs.count { $0.job.spec is any EvidenceJobSpec }
        let words = jobs.filter { !($0.job.spec is any EvidenceJobSpec) }.map(\.words.word)
        func count(_ word: String) -> Int { words.count { $0 == word } }
        let (act, suggest, refused) = (count("act"), count("suggest"), count("refused"))
        let total = assessment.queue?.total ?? 0
        let measuring =
            measurements == 0
            ? nil
            : "would measure \(Numbers.grouped(Int64(measurements))) index\(measurements == 1 ? "" : "es") in the background"
        if act + suggest + refused == 0, total == 0, assessment.findings.isEmpty {
            return "There is nothing to do." + (measuring.map { " vecsteward \($0)." } ?? "")
        }
        var verbs = [act == 0 ? "would run no job" : "would run \(Self.counted(act, "job"))"]
        if suggest > 0 { verbs.append("suggests \(Numbers.grouped(Int64(suggest)))") }
        if refused > 0 { verbs.append("cannot run \(Numbers.grouped(Int64(refused)))") }
        if let measuring { verbs.append(measuring) }
        return "vecsteward " + Self.listed(verbs) + "."
    }

    private var queue: String? {
        guard let queue = assessment.queue, queue.total > 0 else { return nil }
        let failed =
            queue.failed == 0
            ? "" : "; \(Numbers.grouped(queue.failed)) failed and \(queue.failed == 1 ? "waits" : "wait") for a person"
        return "The queue holds \(Self.counted(Int(queue.total), "job"))\(failed)."
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(Numbers.grouped(Int64(count))) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func listed(_ parts: [String]) -> String {
        parts.count < 2
            ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
    }
}

/// What the summary counts collections by, the most pressing first.
enum CollectionCondition: CaseIterable {
    case needsIndex
    case cannotHaveIndex
    case brokenIndex
    case needsRebuild
    case unservedSearches
    case fewRows
    case poorSettings
    case lowRecall
    case coldIndex
    case other
    case needsStatistics
    case spareIndex
    case partlyIndexed
    case mayNeedRebuild
    case building
    case locked
    case healthy

    init(_ state: CollectionState) {
        self =
            switch state {
            case .findings(let findings): findings.first.map(Self.init) ?? .other
            case .building: .building
            case .locked: .locked
            case .unknownBaseline: .mayNeedRebuild
            case .partlyCovered: .partlyIndexed
            case .noVectors, .healthy: .healthy
            }
    }

    /// The condition that a finding stands for, `other` for a rule that has no words here.
    init(_ finding: Finding) {
        self =
            switch finding.rule {
            case "unindexed": finding.severity == .notice ? .partlyIndexed : .needsIndex
            case "unindexable": .cannotHaveIndex
            case "invalid": .brokenIndex
            case "built-too-early", "outgrown", "churned": .needsRebuild
            case "wrong-measure", "wrong-expression": .unservedSearches
            case "filtered": .fewRows
            case "search-settings": .poorSettings
            case "recall": .lowRecall
            case "cold": .coldIndex
            case "redundant", "unused": .spareIndex
            case "stale-statistics": .needsStatistics
            default: .other
            }
    }

    /// What so many collections do, after their number.
    func words(_ count: Int) -> String {
        let isOne = count == 1
        return switch self {
        case .needsIndex: isOne ? "needs an index" : "need an index"
        case .cannotHaveIndex: isOne ? "cannot have an index as it is" : "cannot have an index as they are"
        case .lowRecall: isOne ? "has an index that finds too little" : "have an index that finds too little"
        case .brokenIndex: isOne ? "has a broken index" : "have a broken index"
        case .needsRebuild: isOne ? "needs its index rebuilt" : "need their index rebuilt"
        case .unservedSearches:
            isOne ? "has searches that its index does not serve" : "have searches that their index does not serve"
        case .fewRows: isOne ? "returns too few rows to some searches" : "return too few rows to some searches"
        case .poorSettings:
            isOne ? "is searched with settings that find too little" : "are searched with settings that find too little"
        case .coldIndex:
            isOne ? "has an index that does not fit in memory" : "have an index that does not fit in memory"
        case .other: isOne ? "needs attention" : "need attention"
        case .needsStatistics: isOne ? "needs fresh statistics" : "need fresh statistics"
        case .spareIndex: isOne ? "has an index that it may not need" : "have an index that they may not need"
        case .partlyIndexed: isOne ? "is indexed in part" : "are indexed in part"
        case .mayNeedRebuild: isOne ? "may need its index rebuilt" : "may need their index rebuilt"
        case .building: isOne ? "is getting an index" : "are getting an index"
        case .locked: isOne ? "is locked" : "are locked"
        case .healthy: isOne ? "is healthy" : "are healthy"
        }
    }
}
