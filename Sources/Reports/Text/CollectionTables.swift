internal import Advisor

/// Two tables: the collections that need attention, in the order of their findings, and the healthy ones.
///
/// The lines below each explain what is in that table, so that neither is read with the other.
struct CollectionTables {
    private let attention: Part
    private let healthy: Part

    /// Collections without a finding in each table; the JSON report has all.
    static let shown = 50

    /// A table with what stands below it.
    private struct Part {
        let layout: TextTable.Layout
        let notes: TableNotes
        /// The searches and the measured recall of the collections that have no section of their own.
        let workloads: [(name: String, lines: [String])]
        /// Collections that are left out.
        let rest: Int

        func write(to page: inout Page) {
            guard !layout.lines.isEmpty else { return }
            page.blank()
            page.table(layout)
            if rest > 0 {
                page.line(
                    "... and \(Numbers.grouped(Int64(rest))) more without a finding; --format json has all"
                )
            }
            notes.write(to: &page)
            for (name, lines) in workloads {
                let words = lines.joined(separator: "; ").split(separator: " ").map(String.init)
                page.list(["\(name):"] + words, hanging: "  ")
            }
        }
    }

    /// Lays both tables out for the width of a page.
    init(_ groups: CollectionGroups, for page: Page) {
        let unsettled = Array(groups.unsettled.prefix(Self.shown))
        let healthyShown = Array(groups.healthy.prefix(Self.shown))
        let sources = [Self.table(of: groups.withFindings + unsettled), Self.table(of: healthyShown)]
        let layouts = TextTable.layouts(of: sources.map(\.table), width: page.tableWidth, paint: page.paint)
        attention = Part(
            layout: layouts[0],
            notes: sources[0].notes,
            workloads: Self.workloads(of: unsettled),
            rest: groups.unsettled.count - Self.shown
        )
        healthy = Part(
            layout: layouts[1],
            notes: sources[1].notes,
            workloads: Self.workloads(of: healthyShown),
            rest: groups.healthy.count - Self.shown
        )
    }

    private static func workloads(of members: [CollectionGroups.Member]) -> [(name: String, lines: [String])] {
        members.compactMap { member in
            let workload = WorkloadWords(member.collection).map { [$0.line] } ?? []
            let lines = workload + member.collection.recallLines
            return lines.isEmpty ? nil : (member.collection.name.description, lines)
        }
    }

    func writeAttention(to page: inout Page) { attention.write(to: &page) }
    func writeHealthy(to page: inout Page) { healthy.write(to: &page) }

    private static func table(of members: [CollectionGroups.Member]) -> (table: TextTable, notes: TableNotes) {
        var notes = TableNotes()
        // The column is worth its width only if it says something that the rows do not.
        let showsVectors = !members.allSatisfy(\.collection.hasVectorInEachRow)
        var table = TextTable(
            header: ["collection", "rows"] + (showsVectors ? ["vectors"] : [])
                + ["dims", "index", "measure", "baseline", "growth", "state"],
            rightAligned: showsVectors ? [1, 2, 3, 6, 7] : [1, 2, 5, 6]
        )
        for member in members {
            table.rows.append(CollectionRow(member, notes: &notes).cells(showingVectors: showsVectors))
        }
        return (table, notes)
    }
}
