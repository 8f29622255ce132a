internal import Advisor

/// What a text report says of one database.
struct DatabaseText {
    let section: DatabaseSection

    /// Healthy collections that the table shows; the JSON report has all.
    private static let healthyShown = 200
    /// Collections whose findings are told in full; the JSON report has all.
    private static let detailsShown = 100

    func write(to page: inout Page) {
        page.line(page.paint(.heading, "\(DisplayText.safe(section.name))  (\(DisplayText.safe(section.target)))"))
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
        let observation = assessment.observation
        page.paragraph(facts(observation.server), indent: "  ", color: .dim)
        for blindSpot in observation.blindSpots { page.paragraph("! \(blindSpot)", indent: "  ", hanging: "    ") }
        for finding in assessment.findings where finding.collection == nil {
            FindingText(finding: finding).write(to: &page, indent: "  ")
        }
        guard !observation.collections.isEmpty else {
            page.blank()
            page.paragraph(
                observation.server.pgvector == nil
                    ? "pgvector is not installed here, so there is nothing to look after. CREATE EXTENSION vector; "
                        + "installs it, if this is the database you meant."
                    : "There are no collections: no table that this configuration includes has a vector column."
            )
            return
        }
        page.blank()
        let findings = Dictionary(grouping: assessment.findings.filter { $0.collection != nil }) { $0.collection }
        writeTable(observation, findings, to: &page)
        writeDetails(assessment, findings, statements, to: &page)
        writeActivity(observation, to: &page)
        page.blank()
        page.paragraph(summary(assessment, elapsedSeconds: elapsedSeconds))
    }

    private func facts(_ server: ServerFacts) -> String {
        let vector = server.pgvector.map { "pgvector \($0.version)" } ?? "no pgvector"
        return "PostgreSQL \(server.version), \(vector), "
            + (server.isInRecovery ? "a standby" : "primary") + ", seen as role \(server.role) at "
            + Moment.text(secondsSince1970: server.observedAt)
    }

    private func writeTable(
        _ observation: Observation,
        _ findings: [CollectionName?: [Finding]],
        to page: inout Page
    ) {
        var table = TextTable(
            header: ["collection", "rows", "dims", "index", "measure", "baseline", "growth", "state"],
            rightAligned: [1, 2, 5, 6]
        )
        var healthy = 0
        for collection in observation.collections {
            let found = findings[collection.name] ?? []
            if found.isEmpty {
                healthy += 1
                if healthy > Self.healthyShown { continue }
            }
            table.rows.append(CollectionRow(collection, found, builds: observation.builds).cells)
        }
        for line in table.lines(width: page.width, paint: page.paint) { page.line(line) }
        if healthy > Self.healthyShown {
            page.line(
                "... and \(Numbers.grouped(Int64(healthy - Self.healthyShown))) healthy ones; --format json has all"
            )
        }
    }

    private func writeDetails(
        _ assessment: Assessment,
        _ findings: [CollectionName?: [Finding]],
        _ statements: [[String]],
        to page: inout Page
    ) {
        let numbered = assessment.plan.jobs.enumerated().map { index, job in
            (job: job, statements: index < statements.count ? statements[index] : [])
        }
        let jobs = Dictionary(grouping: numbered) { $0.job.collection }
        let troubled = assessment.observation.collections.filter { findings[$0.name] != nil }
        for collection in troubled.prefix(Self.detailsShown) {
            page.blank()
            page.line(page.paint(.heading, DisplayText.safe(collection.name.description)))
            for finding in findings[collection.name] ?? [] {
                FindingText(finding: finding).write(to: &page, indent: "  ")
                if let baseline = baseline(of: finding, in: collection) {
                    page.paragraph(
                        "baseline: \(Numbers.grouped(baseline.rows)) rows, \(baseline.certainty.rawValue): "
                            + baseline.explanation,
                        indent: "    ",
                        color: .dim
                    )
                }
            }
            for (job, statements) in jobs[collection.name] ?? [] {
                JobText(job: job, statements: statements).write(to: &page)
            }
        }
        if troubled.count > Self.detailsShown {
            page.blank()
            page.line(
                "... and \(Numbers.grouped(Int64(troubled.count - Self.detailsShown))) more collections with findings; "
                    + "--format json has all"
            )
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

    private func writeActivity(_ observation: Observation, to page: inout Page) {
        guard !observation.builds.isEmpty || !observation.snapshotHolders.isEmpty else { return }
        page.blank()
        for build in observation.builds {
            let share = build.phaseFraction.map { " \(Numbers.decimal($0 * 100, digits: 0)) %" } ?? ""
            page.paragraph("Process \(build.processID) is building an index: \(build.phase)\(share)")
        }
        for holder in observation.snapshotHolders.prefix(5) {
            let process = holder.processID.map { "Process \($0), " } ?? ""
            page.paragraph(
                "\(process)\(holder.description), has had a transaction open for "
                    + "\(Moment.duration(seconds: holder.ageSeconds)): a concurrent build would wait for it"
            )
        }
    }

    private func summary(_ assessment: Assessment, elapsedSeconds: Double?) -> String {
        let collections = assessment.observation.collections
        let troubled = Set(assessment.findings.compactMap(\.collection)).count
        let acting = assessment.plan.jobs.count { $0.disposition == .act }
        let suggested = assessment.plan.jobs.count { job in
            if case .suggest = job.disposition { true } else { false }
        }
        let refused = assessment.plan.jobs.count - acting - suggested
        func counted(_ count: Int, _ noun: String) -> String {
            "\(Numbers.grouped(Int64(count))) \(noun)\(count == 1 ? "" : "s")"
        }
        var sentences =
            "\(counted(collections.count, "collection")), "
            + "\(Numbers.grouped(Int64(collections.count - troubled))) without a finding. "
        sentences += "vecsteward would run \(counted(acting, "job")), suggests \(suggested)"
        sentences += refused == 0 ? ". " : ", and cannot run \(refused). "
        let time = elapsedSeconds.map { " in \(Numbers.decimal($0 * 1_000, digits: 0)) ms" } ?? ""
        return sentences + "Looked\(time), and changed nothing."
    }
}
