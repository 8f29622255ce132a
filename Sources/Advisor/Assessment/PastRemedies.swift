/// Remedies by their work.
public struct PastRemedies: Sendable {
    private var remedies: [WorkKey: PastRemedy] = [:]

    /// Sorts remedies by their work.
    public init(_ remedies: [PastRemedy]) {
        for remedy in remedies {
            for subject in Set([remedy.subject, remedy.finishedName]) {
                guard let subject else { continue }
                let key = WorkKey(kind: remedy.kind, schema: remedy.schema, table: remedy.table, subject: subject)
                if let other = self.remedies[key], other.jobID > remedy.jobID { continue }
                self.remedies[key] = remedy
            }
        }
    }

    /// The latest job that did the same work, on the first of its tables.
    public func remedy(for job: Job) -> PastRemedy? {
        guard !remedies.isEmpty, let target = job.targets.first else { return nil }
        return remedies[WorkKey(job, target)]
    }

    /// The latest job that did the work which would fix a finding.
    func remedy(for finding: Finding, on relation: Relation) -> PastRemedy? {
        guard let spec = finding.remedy.spec, let subject = spec.subject(of: finding) else { return nil }
        return remedies[WorkKey(kind: spec.kind, schema: relation.schema, table: relation.table, subject: subject)]
    }

    /// Returns the findings; one whose fix has just been tried says so, and asks for no work.
    func withholding(_ findings: [Finding], in snapshot: CatalogSnapshot) -> [Finding] {
        guard !remedies.isEmpty else { return findings }
        let positions = snapshot.positions(of: findings.filter(\.asksToAct))
        return findings.map { finding in
            guard finding.asksToAct,
                let remedy = remedy(for: finding, in: snapshot, at: positions), remedy.holds([finding.rule])
            else { return finding }
            var withheld = finding
            withheld.withheld = remedy.words
            return withheld
        }
    }

    private func remedy(
        for finding: Finding,
        in snapshot: CatalogSnapshot,
        at positions: [CollectionName: Int]
    ) -> PastRemedy? {
        guard let name = finding.collection, let position = positions[name],
            let relation = snapshot.collections[position].relations.first(where: { $0.oid == finding.relationOID })
        else { return nil }
        return remedy(for: finding, on: relation)
    }
}

extension Assessment {
    /// Separates ended jobs into those that left their finding unresolved and those that have helped.
    ///
    /// - Parameter jobs: Work to do beside that of findings.
    /// - Returns: The jobs whose finding is still there, and the numbers of those whose finding is gone. A job that
    ///   cannot be judged, because the table is locked, being built on or was not polled, is in neither; nor is one that was
    ///   cancelled for one rule while only another one asks for the same work.
    public func outcomes(besides jobs: [Job] = []) -> (standing: [PastRemedy], helped: [Int64]) {
        guard let remedies = queue?.remedies, !remedies.isEmpty else { return ([], []) }
        let byWork = PastRemedies(remedies)
        /// The jobs whose work is still asked for, and whether by a rule that they show anything about.
        var standing: [Int64: Bool] = [:]
        for job in jobs {
            guard let remedy = byWork.remedy(for: job) else { continue }
            let isConcerned = remedy.concerns(job.reasons.map(\.rule))
            standing[remedy.jobID] = standing[remedy.jobID] == true || isConcerned
        }
        let remediable = findings.filter { $0.remedy != .byHand }
        let positions = snapshot.positions(of: remediable)
        for finding in remediable {
            guard let name = finding.collection, let position = positions[name] else { continue }
            for relation in snapshot.collections[position].relations where relation.oid == finding.relationOID {
                guard let remedy = byWork.remedy(for: finding, on: relation) else { continue }
                let isConcerned = remedy.concerns([finding.rule])
                standing[remedy.jobID] = standing[remedy.jobID] == true || isConcerned
            }
        }
        let wanted = Set(remedies.map { RelationName(schema: $0.schema, name: $0.table) })
        var clear: Set<RelationName> = []
        for relation in snapshot.collections.lazy.flatMap(\.relations) {
            let place = RelationName(relation)
            guard wanted.contains(place), relation.lockedBy == nil, !relation.mayBeBuilding,
                !snapshot.builds.contains(where: { $0.tableOID == relation.oid })
            else { continue }
            clear.insert(place)
        }
        let helped = remedies.filter { remedy in
            standing[remedy.jobID] == nil && clear.contains(RelationName(schema: remedy.schema, name: remedy.table))
        }
        return (remedies.filter { standing[$0.jobID] == true }, helped.map(\.jobID))
    }
}
