internal import Advisor

/// The findings and jobs of each collection that has some, the worst first.
struct CollectionDetails {
    private let parts: [Part]
    /// Collections and jobs that are left out.
    private let rest: (collections: Int, jobs: Int)
    private let settings: [String]

    /// Collections with findings in full; the JSON report has all.
    static let shown = 100

    private struct Part {
        let member: CollectionGroups.Member
        var jobs: [(planned: PlannedJob, statements: [String])]
    }

    /// Takes the SQL of each job of the plan, in the order of the plan.
    init(_ groups: CollectionGroups, _ jobs: [PlannedJob], statements: [[String]]) {
        let numbered = jobs.enumerated().map { index, job in
            (planned: job, statements: index < statements.count && job.needsSQL ? statements[index] : [])
        }
        // What is measured in the background is in the summary and in JSON.
        let shown = numbered.filter { !($0.planned.job.spec is any EvidenceJobSpec) }
        let byCollection = Dictionary(grouping: shown) { $0.planned.job.collection }
        var parts = groups.withFindings.prefix(Self.shown).map { member in
            Part(member: member, jobs: byCollection[member.collection.name] ?? [])
        }
        let settings = SharedSettings(of: parts.flatMap { $0.jobs.map(\.statements) })
        var next = 0
        for part in parts.indices {
            for job in parts[part].jobs.indices {
                parts[part].jobs[job].statements = settings.jobs[next]
                next += 1
            }
        }
        self.parts = parts
        self.settings = settings.statements
        let left = groups.withFindings.dropFirst(Self.shown)
        rest = (left.count, left.reduce(0) { $0 + (byCollection[$1.collection.name]?.count ?? 0) })
    }

    func write(to page: inout Page) {
        if !settings.isEmpty {
            page.blank()
            page.paragraph("Settings that every index build below needs; run them first, in the same session:")
            page.list(settings.map { "\($0);" }, indent: JobText.indent)
        }
        for part in parts {
            page.blank()
            page.line(part.member.collection.name.description, color: .heading)
            if let workload = WorkloadWords(part.member.collection) {
                page.paragraph(workload.line, indent: "  ", hanging: "    ")
            }
            for line in part.member.collection.recallLines { page.paragraph(line, indent: "  ", hanging: "    ") }
            let findings = part.member.state.findings
            for finding in findings {
                FindingText(finding: finding, baseline: baseline(of: finding, in: part.member.collection))
                    .write(to: &page, indent: "  ")
            }
            for (planned, statements) in part.jobs {
                JobText(
                    planned: planned,
                    statements: statements,
                    isWithheld: isWithheld(planned.job, by: findings),
                    needsSharedSettings: !settings.isEmpty && planned.job.definition != nil
                )
                .write(to: &page)
            }
        }
        if rest.collections > 0 {
            page.blank()
            page.line(
                "... and \(Numbers.grouped(Int64(rest.collections))) more collections with findings, and "
                    + "\(Numbers.grouped(Int64(rest.jobs))) more jobs; --format json has all"
            )
        }
    }

    private func isWithheld(_ job: Job, by findings: [Finding]) -> Bool {
        findings.contains { finding in
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
