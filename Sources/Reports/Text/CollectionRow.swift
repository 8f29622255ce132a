internal import Advisor

/// The row of a collection in a table.
struct CollectionRow {
    private let name: TextTable.Cell
    private let rows: TextTable.Cell
    private let vectors: TextTable.Cell
    private let others: [TextTable.Cell]

    /// The cells in the order of the columns, that of rows with a vector only on demand.
    func cells(showingVectors: Bool) -> [TextTable.Cell] {
        [name, rows] + (showingVectors ? [vectors] : []) + others
    }

    init(_ member: CollectionGroups.Member, notes: inout TableNotes) {
        let collection = member.collection
        let indexes = collection.relations.flatMap { relation in relation.indexes.map { (relation, $0) } }
        let usable = indexes.filter { $0.1.isUsable }
        // Several indexes or partitions have a baseline each, which a cell cannot hold.
        let only = usable.count == 1 && collection.relations.count == 1 ? usable.first : nil
        let baseline = only.flatMap { relation, index in Baseline.infer(for: index, on: relation) }
        let growth = only.flatMap { relation, index in
            Growth.factor(relation.vectorRows, baseline).map { notes.growth($0, of: index.method) }
        }
        notes.use(of: usable.map(\.1), in: collection)
        notes.collection(collection)
        let dimensions = collection.dimensions.map(String.init) ?? "-"
        name = TextTable.Cell(collection.name.description)
        rows = TextTable.Cell(notes.rows(collection.rows))
        vectors = TextTable.Cell(notes.vectorRows(of: collection))
        others = [
            TextTable.Cell(Self.type(of: collection).map { "\($0) \(dimensions)" } ?? dimensions),
            TextTable.Cell(Self.index(collection, isBuilding: member.isBuilding) + notes.cover(of: collection)),
            TextTable.Cell(Self.distanceMetric(usable.map(\.1))),
            TextTable.Cell(baseline.map { notes.baseline($0) } ?? "-"),
            TextTable.Cell(growth ?? "-"),
            Self.state(member.state, notes: &notes),
        ]
    }

    /// The type of the column, `nil` for `vector`.
    private static func type(of collection: Collection) -> String? {
        collection.declaredType ?? (collection.type == .vector ? nil : collection.type.rawValue)
    }

    private static func index(_ collection: Collection, isBuilding: Bool) -> String {
        let indexes = collection.relations.flatMap(\.indexes)
        let usable = indexes.filter(\.isUsable)
        if usable.isEmpty {
            if isBuilding { return "building" }
            if collection.relations.contains(where: \.mayBeBuilding) { return "building?" }
            return indexes.isEmpty ? "none" : "invalid"
        }
        if collection.isPartitioned {
            let covered = collection.relations.count { $0.indexes.contains(where: \.isUsable) }
            return "\(usable[0].method) \(covered)/\(collection.relations.count) parts"
        }
        return usable.count == 1 ? description(usable[0]) : "\(usable.count) indexes"
    }

    private static func description(_ index: VectorIndex) -> String {
        switch index.method {
        case .ivfflat: "ivfflat \(index.lists ?? 0) lists"
        case .hnsw: "hnsw m=\(index.m ?? 0) efc=\(index.efConstruction ?? 0)"
        case .other(let name): name
        }
    }

    private static func distanceMetric(_ indexes: [VectorIndex]) -> String {
        var distanceMetrics: [String] = []
        for index in indexes {
            let distanceMetric = index.distanceMetric.map { $0.shortName } ?? "?"
            if !distanceMetrics.contains(distanceMetric) { distanceMetrics.append(distanceMetric) }
        }
        return distanceMetrics.isEmpty ? "-" : distanceMetrics.joined(separator: "+")
    }

    private static func state(_ state: CollectionState, notes: inout TableNotes) -> TextTable.Cell {
        switch state {
        case .findings(let findings):
            var rules: [String] = []
            for finding in findings where !rules.contains(finding.rule) { rules.append(finding.rule) }
            let more = rules.count > 1 ? " +\(rules.count - 1)" : ""
            return TextTable.Cell((rules.first ?? "") + more, findings.first?.severity.color)
        case .building: return TextTable.Cell("building", .notice)
        case .locked: return TextTable.Cell("locked", .warning)
        case .noVectors: return TextTable.Cell("no vectors", .good)
        case .unknownBaseline: return TextTable.Cell(notes.unknownBaseline(), .notice)
        case .partlyCovered: return TextTable.Cell("partial", .notice)
        case .healthy: return TextTable.Cell("ok", .good)
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
