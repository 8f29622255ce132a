import Advisor
import Maintenance

/// The result of a finished job.
struct JobResult {
    var entry: QueueEntry
    /// The recorded build, if there is one.
    var build: BuildHistoryRow?
    /// The `lists` of the replaced index, if it had any.
    var formerLists: Int?

    /// One line; for an IVFFlat index also how many probes its lists need.
    var text: String {
        let job = entry.record.job
        var line = "done"
        if let seconds { line += " in \(Numbers.decimal(seconds, digits: seconds < 10 ? 1 : 0)) s" }
        guard let parameters = build?.parameters ?? job.definition?.parameters else { return line + "\n" }
        let name = build?.index ?? job.targets.first?.finishedName ?? ""
        line += ": index \(Quoted.name(name)) (\(Self.words(parameters)))"
        if let size = build?.sizeBytes { line += ", \(Numbers.size(bytes: size))" }
        guard case .ivfflat(let lists) = parameters else { return line + "\n" }
        let probes = Lists.recommendedProbes(lists: lists, formerLists: formerLists)
        return line
            + (lists > formerLists ?? lists
                ? "\nmore lists make searches faster, but the same probes find fewer of the nearest rows" : "")
            + "\nset ivfflat.probes = \(probes) or more for searches. \(Lists.howToProbe(probes))\n"
    }

    private var seconds: Double? {
        if let seconds = build?.seconds { return seconds }
        guard let start = entry.startedAt, let end = entry.finishedAt else { return nil }
        return max(0, end - start)
    }

    private static func words(_ parameters: IndexDefinition.Parameters) -> String {
        switch parameters {
        case .hnsw(let m, let efConstruction): "HNSW m=\(m) ef_construction=\(efConstruction)"
        case .ivfflat(let lists): "IVFFlat lists=\(lists)"
        }
    }
}
