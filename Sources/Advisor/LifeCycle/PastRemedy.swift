/// A job that has ended, and of which no poll has found that it helped; or the latest of many for the same work.
///
/// A rule that asks for the same work again while nothing has changed would go on for ever, whatever the reason. So the same
/// work waits: after the first job for 5 minutes, after the next ones for 15 minutes, 1 hour, 4 hours and a day. A change of
/// the table or its indexes ends the wait at once, unless five such jobs have ended within an hour.
public struct PastRemedy: Sendable, Equatable {
    /// Its number.
    public var jobID: Int64
    /// ``Job/kind``.
    public var kind: String
    /// The schema of the table.
    public var schema: String
    /// The table or partition.
    public var table: String
    /// What tells the work from other work of its kind on the table: ``Job/subject``.
    public var subject: String
    /// The name of the index that it made, under which a next job would replace that.
    public var finishedName: String?
    /// Whether it was cancelled, because there was nothing to be done.
    public var isCancelled: Bool
    /// Why it was cancelled, in words.
    public var reason: String?
    /// How many jobs before it had left the finding unchanged, one after the other.
    public var repeats: Int
    /// How long ago it ended, in seconds.
    public var ageSeconds: Double
    /// Whether the table, its indexes and, but for a tenth, its rows are as they were.
    public var isUnchanged: Bool
    /// How many jobs of this kind on the table's column ended within an hour, where they were many; else 0.
    public var recent: Int

    /// Puts a remedy together.
    public init(
        jobID: Int64,
        kind: String,
        schema: String,
        table: String,
        subject: String,
        finishedName: String? = nil,
        isCancelled: Bool = false,
        reason: String? = nil,
        repeats: Int = 0,
        ageSeconds: Double,
        isUnchanged: Bool = true,
        recent: Int = 0
    ) {
        self.jobID = jobID
        self.kind = kind
        self.schema = schema
        self.table = table
        self.subject = subject
        self.finishedName = finishedName
        self.isCancelled = isCancelled
        self.reason = reason
        self.repeats = repeats
        self.ageSeconds = ageSeconds
        self.isUnchanged = isUnchanged
        self.recent = recent
    }

    /// Pauses in seconds after the first job, the second and so on; the last one repeats.
    private static let pauses: [Double] = [300, 900, 3_600, 14_400, 86_400]

    /// How long the same work waits after the end of the job, in seconds.
    public var pauseSeconds: Double { Self.pauses[min(max(repeats, 0), Self.pauses.count - 1)] }

    /// Whether the same work would be work for nothing, as far as one can tell.
    public var isFutile: Bool { isUnchanged || recent > 0 }

    /// Whether the same work waits at this moment.
    public var isHeld: Bool { isFutile && ageSeconds < pauseSeconds }

    /// What the job did, in a word or two.
    private var deed: String {
        switch kind {
        case "analyze": "ANALYZE"
        case "create_index": "CREATE INDEX"
        case "rebuild_index": "rebuild"
        default: "DROP INDEX"
        }
    }

    /// What is said of a finding that stands after the job, why, and when it is tried again.
    public var words: String {
        let age = Numbers.roughDuration(seconds: ageSeconds)
        let left = Numbers.roughDuration(seconds: pauseSeconds - ageSeconds)
        let because = reason.map { ", because \($0)," } ?? ""
        let end = "job \(jobID) (\(deed)) \(isCancelled ? "was cancelled\(because)" : "ended") \(age) ago"
        guard isUnchanged else {
            return
                "\(end), the last of \(recent) within an hour, and the finding is back: the remedy does not last. It is "
                + "tried again in \(left)"
        }
        return
            "\(end) and the finding is unchanged: the remedy did not help, for the table and its indexes are as they were "
            + "then. It is tried again in \(left), or as soon as a tenth of the rows or an index changes"
    }
}

/// Remedies by the work that they were for.
public struct PastRemedies: Sendable {
    private var remedies: [WorkKey: PastRemedy] = [:]

    /// Sorts remedies by their work.
    public init(_ remedies: [PastRemedy]) {
        for remedy in remedies {
            for subject in Set([remedy.subject, remedy.kind == "rebuild_index" ? remedy.finishedName : nil]) {
                guard let subject else { continue }
                let key = WorkKey(kind: remedy.kind, schema: remedy.schema, table: remedy.table, subject: subject)
                if let other = self.remedies[key], other.jobID > remedy.jobID { continue }
                self.remedies[key] = remedy
            }
        }
    }

    /// The latest job that did the work of another one, on the first of its tables.
    public func remedy(for job: Job) -> PastRemedy? {
        guard !remedies.isEmpty, let target = job.targets.first else { return nil }
        return remedies[WorkKey(job, target)]
    }

    /// The latest job that did what would mend a finding.
    func remedy(for finding: Finding, on relation: Relation) -> PastRemedy? {
        let kind: String
        let subject: String?
        switch finding.remedy {
        case .createIndex: (kind, subject) = ("create_index", finding.collection?.column)
        case .rebuildIndex: (kind, subject) = ("rebuild_index", finding.index)
        case .dropIndex: (kind, subject) = ("drop_index", finding.index)
        case .analyze: (kind, subject) = ("analyze", "")
        case .byHand: return nil
        }
        guard let subject else { return nil }
        return remedies[WorkKey(kind: kind, schema: relation.schema, table: relation.table, subject: subject)]
    }

    /// The same findings; those that would only have the same work done again say so, and ask for no work.
    func withholding(_ findings: [Finding], in observation: Observation) -> [Finding] {
        guard !remedies.isEmpty else { return findings }
        let positions = observation.positions(of: findings.filter(\.asksToAct))
        return findings.map { finding in
            guard finding.asksToAct,
                let remedy = remedy(for: finding, in: observation, at: positions), remedy.isHeld
            else { return finding }
            var withheld = finding
            withheld.withheld = remedy.words
            return withheld
        }
    }

    private func remedy(
        for finding: Finding,
        in observation: Observation,
        at positions: [CollectionName: Int]
    ) -> PastRemedy? {
        guard let name = finding.collection, let position = positions[name],
            let relation = observation.collections[position].relations.first(where: { $0.oid == finding.relationOID })
        else { return nil }
        return remedy(for: finding, on: relation)
    }
}

extension Assessment {
    /// Which of the ended jobs have left their finding standing, and which are seen to have helped.
    ///
    /// - Parameter jobs: What is to be done beside what findings ask for.
    /// - Returns: The jobs whose finding stands, and the numbers of those of which it is gone. What cannot be seen for sure,
    ///   since the table is locked or built on or was not polled, is in neither.
    public func outcomes(besides jobs: [Job] = []) -> (standing: [PastRemedy], helped: [Int64]) {
        guard let remedies = queue?.remedies, !remedies.isEmpty else { return ([], []) }
        let byWork = PastRemedies(remedies)
        var standing: [Int64: PastRemedy] = [:]
        for job in jobs {
            guard let remedy = byWork.remedy(for: job) else { continue }
            standing[remedy.jobID] = remedy
        }
        let remediable = findings.filter { $0.remedy != .byHand }
        let positions = observation.positions(of: remediable)
        for finding in remediable {
            guard let name = finding.collection, let position = positions[name] else { continue }
            for relation in observation.collections[position].relations where relation.oid == finding.relationOID {
                guard let remedy = byWork.remedy(for: finding, on: relation) else { continue }
                standing[remedy.jobID] = remedy
            }
        }
        let wanted = Set(remedies.map { RelationName(schema: $0.schema, name: $0.table) })
        var clear: Set<RelationName> = []
        for relation in observation.collections.lazy.flatMap(\.relations) {
            let place = RelationName(schema: relation.schema, name: relation.table)
            guard wanted.contains(place), relation.lockedBy == nil, !relation.mayBeBuilding,
                !observation.builds.contains(where: { $0.tableOID == relation.oid })
            else { continue }
            clear.insert(place)
        }
        let helped = remedies.filter { remedy in
            standing[remedy.jobID] == nil && clear.contains(RelationName(schema: remedy.schema, name: remedy.table))
        }
        return (remedies.filter { standing[$0.jobID] != nil }, helped.map(\.jobID))
    }
}
