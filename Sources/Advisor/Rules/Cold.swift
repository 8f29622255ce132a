/// Searches by an index that read most blocks from outside of shared buffers: index and table no longer fit.
struct Cold: Rule {
    /// The share of blocks that are read from outside of shared buffers.
    static let readShare = Threshold(name: "readShare", defaultValue: 0.5, range: 0.01...1, isWhole: false)
    /// The calls from which on that share says something: the first ones read everything.
    static let minimumCalls = Threshold(name: "minimumCalls", defaultValue: 1_000, range: 1...1e12, isWhole: true)

    let name = "cold"
    let summary = "an index whose searches read most blocks from outside of shared buffers"
    let defaultMode = RuleMode.warn
    let thresholds = [readShare, minimumCalls]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        var services = SearchServices(collection)
        var served: [Search] = []
        for search in collection.workload.nearest where search.recent.calls != nil {
            if !services.approximateIndexes(for: search).isEmpty { served.append(search) }
        }
        guard let seen = SeenSearches(served, of: collection, context),
            let frequent = served.first,
            seen.number >= context.settings.count(Self.minimumCalls)
        else { return [] }
        let read = served.reduce(0.0) { $0 + Double($1.recent.blocksRead) }
        let all = served.reduce(read) { $0 + Double($1.recent.blocksHit) }
        guard all > 0, read / all > context.settings[Self.readShare] else { return [] }
        let serving = services.approximateIndexes(for: frequent)
        guard let (relation, index) = serving.max(by: { $0.index.sizeBytes < $1.index.sizeBytes }) else { return [] }
        let size = serving.reduce(0) { $0 + $1.index.sizeBytes }
        let share = read / all
        let blocks = read / Double(seen.number)
        let memory = MemoryFit(size, context.server)
        let smaller = SmallerIndexes(than: index, on: relation, of: collection, totalBytes: size, context.server)
        return [
            Finding(
                rule: name,
                severity: .notice,
                mode: context.settings.mode,
                collection: collection.name,
                relationOID: relation.oid,
                index: index.name,
                summary:
                    "searches read \(Numbers.decimal(share * 100, digits: 0)) % of their blocks from outside of shared "
                    + "buffers, \(Numbers.decimal(blocks, digits: 0)) for each search; \(index.name)"
                    + (serving.count > 1 ? " and its like are" : " is") + " \(Numbers.size(bytes: size)) large",
                advice: [memory.sentence, smaller.sentence, seen.source].compactMap { $0 }.joined(separator: " "),
                evidence: [
                    .ratio("readShare", share), .ratio("readShareLimit", context.settings[Self.readShare]),
                    .ratio("blocksReadPerCall", blocks), .count("sizeBytes", size),
                ] + memory.evidence + seen.evidence,
                advised: smaller.halves.map {
                    [
                        .createIndex(on: relation.place, $0, column: collection.name.column),
                        .searchByCast(on: relation.place, $0, column: collection.name.column),
                    ]
                } ?? []
            )
        ]
    }
}
