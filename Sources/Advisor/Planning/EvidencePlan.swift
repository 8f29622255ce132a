/// The jobs that gather the evidence that rules ask for and that polls do not provide.
struct EvidencePlan {
    /// One job for each index and kind of evidence, with all rules that ask for it.
    private(set) var jobs: [Job] = []

    /// Plans one job for each open request about an index.
    ///
    /// A request that no kind of job can answer stays open, and its rule keeps its conclusion without that evidence.
    init(
        _ requests: [(rule: String, collection: Int, request: EvidenceRequest)],
        in snapshot: CatalogSnapshot,
        kinds: JobKinds
    ) {
        var known: [EvidenceRequest: Int] = [:]
        for (rule, position, request) in requests {
            guard
                case .index(let name, let kind, let relationOID, let settings, let queries, let seconds, let since) =
                    request
            else { continue }
            if let job = known[request] {
                jobs[job].reasons.append(Self.reason(rule, kind, name))
                continue
            }
            let collection = snapshot.collections[position]
            guard let relation = collection.relations.first(where: { $0.oid == relationOID }), relation.lockedBy == nil,
                let index = relation.indexes.first(where: { $0.name == name }), index.isUsable,
                !index.isKnown(kind, with: settings, for: queries, since: since, on: relation),
                let spec = kinds.gatherer(of: kind)?.init(
                    gatheringOn: index,
                    of: relation,
                    in: collection,
                    for: EvidenceJobRequest(kind: kind, settings: settings, seconds: seconds)
                )
            else { continue }
            known[request] = jobs.count
            jobs.append(
                Job(
                    spec: spec,
                    collection: collection.name,
                    targets: [Job.Target(schema: relation.schema, table: relation.table)],
                    disposition: .act,
                    reasons: [Self.reason(rule, kind, name)],
                    // The most searched first.
                    priority: Job.Priority(rank: type(of: spec).rank, urgency: collection.workload.perHour ?? 0)
                )
            )
        }
    }

    private static func reason(_ rule: String, _ kind: String, _ index: String) -> Job.Reason {
        Job.Reason(rule: rule, summary: "the rule needs to know: \(kind) of \(index)")
    }
}

extension VectorIndex {
    /// Whether there is evidence of a kind that still holds and was gathered with these settings, since a time, and for vectors
    /// of this source if there is one.
    fileprivate func isKnown(
        _ kind: String,
        with settings: [String: String],
        for queries: QuerySource?,
        since: Double,
        on relation: Relation
    ) -> Bool {
        evidence(kind, on: relation).map { evidence in
            evidence.isWith(settings) && evidence.takenAt >= since
                && (queries == nil || QuerySource(number: evidence.figures["querySource"]) == queries)
        } ?? false
    }
}

extension JobKinds {
    /// The kind of job that gathers this kind of evidence; `nil` if there is none.
    fileprivate func gatherer(of kind: String) -> (any EvidenceJobSpec.Type)? {
        types.lazy.compactMap { $0 as? any EvidenceJobSpec.Type }.first { $0.evidenceKinds.contains(kind) }
    }
}
