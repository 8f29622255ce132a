extension Collection {
    /// What the searches that were seen do otherwise than those that the configuration states, which decide, as sentences;
    /// `nil` if it states none, or if hardly any of those that were seen differ.
    public var searchDifference: String? {
        let stated = workload.configured.filter { $0.shape.kind == .nearest }
        guard !stated.isEmpty else { return nil }
        let others = workload.nearest.filter { search in
            !search.isConfigured && !stated.contains { needsSameIndex($0.shape, search.shape) }
        }
        guard workload.sharesOfNearest(others).seen >= 0.01 else { return nil }
        let number = Workload.number(of: others)
        return "The configuration states searches \(Self.words(stated)), and decides. What was seen differs: "
            + "\(Numbers.grouped(number)) \(Self.words(others)). Correct the configuration or the application."
    }

    /// Whether the same index serves both.
    private func needsSameIndex(_ one: SearchShape, _ other: SearchShape) -> Bool {
        one.distanceMetric == other.distanceMetric
            && (one.searched == other.searched || isPlainColumn(one.searched) && isPlainColumn(other.searched))
    }

    /// What searches order by and compare, each once, after "searches".
    private static func words(_ searches: [Search]) -> String {
        var kinds: [String] = []
        for shape in searches.map(\.shape) {
            let kind =
                "by \(shape.distanceMetric.words)"
                + (shape.searched == .column ? "" : " of \(shape.searched.words)")
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds.prefix(3).joined(separator: ", or ") + (kinds.count > 3 ? ", and more" : "")
    }
}
