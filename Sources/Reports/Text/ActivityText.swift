internal import Advisor

/// Current builds, locks and old transactions that concern the collections of a database.
struct ActivityText {
    let snapshot: CatalogSnapshot
    /// What the sessions of queued jobs do, which the queue reports.
    let jobs: [JobActivity]

    /// Locks and transactions that it names, of each kind; the JSON report has all.
    static let shown = 5

    func write(to page: inout Page) {
        let locks = snapshot.lockedRelations.compactMap { relation in
            relation.lockedBy.map {
                "\(relation.schema).\(relation.table) is locked by \($0), which hid a part of it"
            }
        }
        let holders = snapshot.orderedSnapshotHolders.map { holder in
            (holder.processID.map { "Process \($0), " } ?? "") + holder.description
                + ", has had a transaction open for \(Moment.duration(seconds: holder.ageSeconds)): "
                + "a concurrent build would wait for it"
        }
        let builds = snapshot.orderedBuilds.filter { build in !jobs.contains { $0.processID == build.processID } }
            .map(sentence)
        guard !builds.isEmpty || !locks.isEmpty || !holders.isEmpty else { return }
        page.blank()
        for build in builds { page.paragraph(build, hanging: "  ") }
        write(locks, to: &page)
        write(holders, to: &page)
    }

    private func write(_ sentences: [String], to page: inout Page) {
        for sentence in sentences.prefix(Self.shown) { page.paragraph(sentence, hanging: "  ") }
        if sentences.count > Self.shown {
            page.line(
                "... and \(Numbers.grouped(Int64(sentences.count - Self.shown))) more like these; --format json has all"
            )
        }
    }

    private func sentence(_ build: ActiveBuild) -> String {
        let place = snapshot.relation(of: build).map { " on \($0.schema).\($0.table)" } ?? ""
        let share = build.phaseFraction.map { " \(Numbers.decimal($0 * 100, digits: 0))%" } ?? ""
        let time = build.elapsedSeconds.map { ", for \(Moment.duration(seconds: $0))" } ?? ""
        return "Process \(build.processID) is building an index\(place)\(time): \(build.phase)\(share)"
    }
}
