internal import Advisor

/// The findings and jobs of each collection that has some, the worst first.
struct CollectionDetails {
    let assessment: Assessment
    let findings: [CollectionName?: [Finding]]
    /// The SQL of each job of the plan, in its order.
    let statements: [[String]]

    /// Collections whose findings are told in full; the JSON report has all.
    static let shown = 100

    func write(to page: inout Page) {
        let numbered = assessment.plannedJobs.enumerated().map { index, job in
            (planned: job, statements: index < statements.count ? statements[index] : [])
        }
        let jobs = Dictionary(grouping: numbered) { $0.planned.job.collection }
        let collections = worstFirst
        for collection in collections.prefix(Self.shown) {
            page.blank()
            page.line(collection.name.description, color: .heading)
            for finding in findings[collection.name] ?? [] {
                FindingText(finding: finding, baseline: baseline(of: finding, in: collection))
                    .write(to: &page, indent: "  ")
            }
            for (planned, statements) in jobs[collection.name] ?? [] {
                JobText(planned: planned, statements: statements, isWithheld: isWithheld(planned.job)).write(to: &page)
            }
        }
        if collections.count > Self.shown {
            let rest = collections.dropFirst(Self.shown)
            let untold = rest.reduce(0) { $0 + (jobs[$1.name]?.count ?? 0) }
            page.blank()
            page.line(
                "... and \(Numbers.grouped(Int64(rest.count))) more collections with findings, and "
                    + "\(Numbers.grouped(Int64(untold))) more jobs; --format json has all"
            )
        }
    }

    private var worstFirst: [Collection] {
        let collections = assessment.snapshot.orderedCollections.compactMap { collection in
            findings[collection.name]?.map(\.severity).max().map { (collection: collection, worst: $0) }
        }
        return Severity.allCases.reversed().flatMap { severity in
            collections.filter { $0.worst == severity }.map(\.collection)
        }
    }

    private func isWithheld(_ job: Job) -> Bool {
        (findings[job.collection] ?? []).contains { finding in
            finding.withheld != nil && job.reasons.contains { $0.summary == finding.summary }
        }
    }

    private func baseline(of finding: Finding, in collection: Collection) -> Baseline? {
        guard finding.evidence.contains(where: { $0.key == "baselineRows" }) else { return nil }
        for relation in collection.relations where relation.oid == finding.relationOID {
            if let index = relation.indexes.first(where: { $0.name == finding.index }) {
                return Baseline.infer(for: index, on: relation)
            }
        }
        return nil
    }
}
