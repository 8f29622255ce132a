internal import Advisor

/// The line of the table that stands for one collection.
struct CollectionRow {
    let cells: [TextTable.Cell]

    init(_ collection: Collection, _ findings: [Finding], builds: [IndexBuild]) {
        let indexes = collection.relations.flatMap { relation in relation.indexes.map { (relation, $0) } }
        let usable = indexes.filter { $0.1.isUsable }
        let baseline = usable.first.flatMap { relation, index in
            index.method == .ivfflat && usable.count == 1 ? Baseline.infer(for: index, on: relation) : nil
        }
        let growth = usable.first.flatMap { relation, _ in Growth.factor(relation.rows, baseline) }
        let dimensions = collection.dimensions.map(String.init) ?? "-"
        cells = [
            TextTable.Cell(DisplayText.safe(collection.name.description)),
            TextTable.Cell(Self.rows(collection.rows)),
            TextTable.Cell(collection.type == .vector ? dimensions : "\(collection.type.rawValue) \(dimensions)"),
            TextTable.Cell(Self.index(collection, builds)),
            TextTable.Cell(Self.measure(usable.map(\.1))),
            TextTable.Cell(baseline.map { Self.baseline($0) } ?? "-"),
            TextTable.Cell(growth.map { "\(Numbers.decimal($0, digits: 2))x" } ?? "-"),
            Self.state(collection, findings),
        ]
    }

    /// `~` marks an estimate, `>=` a count that stopped where it had decided.
    static func rows(_ rows: RowCount) -> String {
        switch rows.source {
        case .counted: Numbers.grouped(rows.value)
        case .countedAtLeast: ">=" + Numbers.grouped(rows.value)
        case .statistics, .density, .pages: "~" + Numbers.grouped(rows.value)
        case .unknown: "?"
        }
    }

    private static func baseline(_ baseline: Baseline) -> String {
        baseline.certainty == .exact ? Numbers.grouped(baseline.rows) : "~" + Numbers.grouped(baseline.rows)
    }

    private static func index(_ collection: Collection, _ builds: [IndexBuild]) -> String {
        let building = builds.first { build in collection.relations.contains { $0.oid == build.tableOID } }
        if building != nil { return "building" }
        let indexes = collection.relations.flatMap(\.indexes)
        let usable = indexes.filter(\.isUsable)
        if collection.isPartitioned, !usable.isEmpty {
            let covered = collection.relations.count { $0.indexes.contains(where: \.isUsable) }
            return "\(usable[0].method) \(covered)/\(collection.relations.count) parts"
        }
        switch usable.count {
        case 0: return indexes.isEmpty ? "none" : "invalid"
        case 1: return description(usable[0])
        default: return "\(usable.count) indexes"
        }
    }

    private static func description(_ index: VectorIndex) -> String {
        switch index.method {
        case .ivfflat: "ivfflat \(index.lists ?? 0) lists"
        case .hnsw: "hnsw m=\(index.m ?? 0) efc=\(index.efConstruction ?? 0)"
        case .other(let name): DisplayText.safe(name)
        }
    }

    private static func measure(_ indexes: [VectorIndex]) -> String {
        var measures: [String] = []
        for index in indexes {
            let measure = index.measure.map { $0.shortName } ?? "?"
            if !measures.contains(measure) { measures.append(measure) }
        }
        return measures.isEmpty ? "-" : measures.joined(separator: "+")
    }

    private static func state(_ collection: Collection, _ findings: [Finding]) -> TextTable.Cell {
        if findings.isEmpty {
            let isLocked = collection.relations.contains { $0.lockedBy != nil }
            return isLocked ? TextTable.Cell("locked", .warning) : TextTable.Cell("ok", .good)
        }
        var rules: [String] = []
        for finding in findings.sorted(by: { $0.severity > $1.severity }) where !rules.contains(finding.rule) {
            rules.append(finding.rule)
        }
        let worst = findings.map(\.severity).max() ?? .notice
        return TextTable.Cell(rules.joined(separator: ", "), worst.color)
    }
}

extension Measure {
    /// The measure in a narrow column.
    fileprivate var shortName: String {
        switch self {
        case .cosineDistance: "cosine"
        case .l2Distance: "l2"
        case .l1Distance: "l1"
        case .maxInnerProduct: "ip"
        case .hammingDistance: "hamming"
        case .jaccardDistance: "jaccard"
        }
    }
}

extension Severity {
    /// Its colour on a terminal.
    var color: Color {
        switch self {
        case .notice: .notice
        case .warning: .warning
        case .critical: .critical
        }
    }
}
