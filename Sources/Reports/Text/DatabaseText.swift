internal import Advisor

/// The section of one database in a text report.
struct DatabaseText {
    let section: DatabaseSection

    func write(to page: inout Page) {
        page.line("\(section.name)  (\(section.target))", color: .heading)
        switch section.outcome {
        case .failed(let failure): Self.write(failure, to: &page)
        case .assessed(let assessment, let statements, let elapsed):
            write(assessment, statements: statements, elapsedSeconds: elapsed, to: &page)
        }
    }

    /// Writes why a database could not be polled.
    static func write(_ failure: Failure, to page: inout Page) {
        let code = failure.sqlState.map { " (SQLSTATE \($0))" } ?? ""
        page.paragraph("could not be polled: \(failure.message)\(code)", indent: "  ", color: .critical)
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
        page.paragraph(poll(snapshot.server, elapsedSeconds: elapsedSeconds), indent: "  ", color: .dim)
        for missingPrivilege in snapshot.missingPrivileges {
            page.paragraph("! \(missingPrivilege)", indent: "  ", hanging: "    ")
        }
        // Without a collection there is nothing to search.
        if let sources = snapshot.searchSources, !snapshot.collections.isEmpty {
            let knowsSome = snapshot.collections.contains { !$0.searches.isEmpty }
            let words = SearchSourceWords(sources, role: snapshot.server.role)
            if let sentence = words.sentence(knowsSome: knowsSome) {
                page.paragraph("! \(sentence)", indent: "  ", hanging: "    ")
            }
            for sentence in sources.misstated { page.paragraph("! \(sentence)", indent: "  ", hanging: "    ") }
        }
        for finding in assessment.findings where finding.collection == nil {
            FindingText(finding: finding).write(to: &page, indent: "  ")
        }
        guard !snapshot.collections.isEmpty else {
            QueueText(assessment)?.write(to: &page)
            page.blank()
            page.paragraph("There are no collections: \(reasonForNone(snapshot.server))", color: .heading)
            return
        }
        let groups = CollectionGroups(assessment)
        let jobs = assessment.plannedJobs
        let tables = CollectionTables(groups, for: page)
        tables.writeAttention(to: &page)
        CollectionDetails(groups, jobs, statements: statements).write(to: &page)
        QueueText(assessment)?.write(to: &page)
        ActivityText(snapshot: snapshot, jobs: assessment.queue?.activities ?? []).write(to: &page)
        tables.writeHealthy(to: &page)
        page.blank()
        // At the end, since that is what a terminal shows of a long report.
        page.paragraph(SummaryText(of: section.name, groups, jobs, assessment).sentences, color: .heading)
    }

    private func reasonForNone(_ server: ServerFacts) -> String {
        server.pgvector == nil
            ? "pgvector is not installed in this database. If this is the database that you meant, CREATE EXTENSION vector; "
                + "installs it."
            : "no table that this configuration includes has a vector column."
    }

    private func facts(_ server: ServerFacts) -> String {
        let vector = server.pgvector.map { "pgvector \($0.version)" } ?? "no pgvector"
        return "PostgreSQL \(server.version), \(vector), "
            + (server.isInRecovery ? "a standby" : "primary")
            + (server.readOnly.map { ", read-only by \($0.setBy)" } ?? "")
    }

    private func poll(_ server: ServerFacts, elapsedSeconds: Double?) -> String {
        "polled as role \(server.role) at \(Moment.text(secondsSince1970: server.observedAt))"
            + (elapsedSeconds.map { " in \(Numbers.decimal($0 * 1_000, digits: 0)) ms" } ?? "") + ", changing nothing"
    }
}
