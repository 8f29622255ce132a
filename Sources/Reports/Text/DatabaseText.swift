internal import Advisor

/// What a text report says of one database.
struct DatabaseText {
    let section: DatabaseSection

    func write(to page: inout Page) {
        page.line("\(section.name)  (\(section.target))", color: .heading)
        switch section.outcome {
        case .failed(let failure): write(failure, to: &page)
        case .assessed(let assessment, let statements, let elapsed):
            write(assessment, statements: statements, elapsedSeconds: elapsed, to: &page)
        }
    }

    private func write(_ failure: Failure, to page: inout Page) {
        let code = failure.sqlState.map { " (SQLSTATE \($0))" } ?? ""
        page.paragraph("could not be looked at: \(failure.message)\(code)", indent: "  ", color: .critical)
        if let hint = failure.hint { page.paragraph("HINT: \(hint)", indent: "  ", hanging: "        ") }
    }

    private func write(
        _ assessment: Assessment,
        statements: [[String]],
        elapsedSeconds: Double?,
        to page: inout Page
    ) {
        let snapshot = assessment.snapshot
        page.paragraph(facts(snapshot.server), indent: "  ", color: .dim)
        for missingPrivilege in snapshot.missingPrivileges {
            page.paragraph("! \(missingPrivilege)", indent: "  ", hanging: "    ")
        }
        for finding in assessment.findings where finding.collection == nil {
            FindingText(finding: finding).write(to: &page, indent: "  ")
        }
        page.blank()
        guard !snapshot.collections.isEmpty else {
            page.paragraph(
                snapshot.server.pgvector == nil
                    ? "pgvector is not installed here, so there is nothing to look after. CREATE EXTENSION vector; "
                        + "installs it, if this is the database you meant."
                    : "There are no collections: no table that this configuration includes has a vector column."
            )
            QueueText(assessment)?.write(to: &page)
            return
        }
        let findings = Dictionary(grouping: assessment.findings.filter { $0.collection != nil }) { $0.collection }
        CollectionTable(snapshot: snapshot, findings: findings).write(to: &page)
        CollectionDetails(assessment: assessment, findings: findings, statements: statements).write(to: &page)
        QueueText(assessment)?.write(to: &page)
        ActivityText(snapshot: snapshot, jobs: assessment.queue?.activities ?? []).write(to: &page)
        page.blank()
        page.paragraph(summary(assessment, elapsedSeconds: elapsedSeconds))
    }

    private func facts(_ server: ServerFacts) -> String {
        let vector = server.pgvector.map { "pgvector \($0.version)" } ?? "no pgvector"
        return "PostgreSQL \(server.version), \(vector), "
            + (server.isInRecovery ? "a standby" : "primary")
            + (server.readOnly.map { ", read-only by \($0.setBy)" } ?? "") + ", seen as role \(server.role) at "
            + Moment.text(secondsSince1970: server.observedAt)
    }

    private func summary(_ assessment: Assessment, elapsedSeconds: Double?) -> String {
        let collections = assessment.snapshot.collections
        let troubled = Set(assessment.findings.compactMap(\.collection)).count
        let words = assessment.plannedJobs.map(\.words.word)
        let refused = words.count { $0 == "refused" }
        func counted(_ count: Int, _ noun: String) -> String {
            "\(Numbers.grouped(Int64(count))) \(noun)\(count == 1 ? "" : "s")"
        }
        var sentences =
            "\(counted(collections.count, "collection")), "
            + "\(Numbers.grouped(Int64(collections.count - troubled))) without a finding. "
        sentences += "vecsteward would run \(counted(words.count { $0 == "act" }, "job")), "
        sentences += "suggests \(words.count { $0 == "suggest" })"
        sentences += refused == 0 ? ". " : ", and cannot run \(refused). "
        let queued = words.count { $0 == "queued" || $0 == "failed" }
        if queued > 0 {
            sentences += "\(counted(queued, "other")) \(queued == 1 ? "is" : "are") in the queue already. "
        }
        let time = elapsedSeconds.map { " in \(Numbers.decimal($0 * 1_000, digits: 0)) ms" } ?? ""
        return sentences + "Looked\(time), and changed nothing."
    }
}
