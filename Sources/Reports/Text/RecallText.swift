internal import Advisor
internal import Recall

extension TextReport {
    /// Renders a measurement of recall, with a newline at the end of each line.
    public func render(_ report: RecallReport) -> String {
        var page = Page(width: style.width, tableWidth: style.tableWidth, paint: Paint(isOn: style.color))
        RecallText(report: report).write(to: &page)
        return page.text
    }
}

/// A measurement of recall.
private struct RecallText {
    let report: RecallReport

    private var measurement: RecallMeasurement { report.measurement }
    private var figures: RecallFigures { measurement.figures }

    func write(to page: inout Page) {
        let partition = measurement.partition.map { "  partition \($0)" } ?? ""
        page.line("\(measurement.collection)\(partition)  index \(measurement.indexName)", color: .heading)
        let range = figures.interval
        page.paragraph(
            "recall@\(measurement.k) \(bound)\(Self.share(figures.recall)) (95 % interval \(Self.share(range.lowerBound)) to "
                + "\(Self.share(range.upperBound))): of the \(measurement.k) rows nearest to a vector, the index finds "
                + "\(bound)\(Numbers.decimal(figures.recall * Double(measurement.k), digits: 1)) on average",
            indent: "  ",
            color: report.isGood ? .good : .warning
        )
        if let target = report.target, let verdict = report.verdict {
            page.paragraph(Self.sentence(verdict, target, range), indent: "  ")
        }
        page.paragraph(
            "\(bound)\(Numbers.percent(figures.shareAtNineTenths)) of \(Numbers.grouped(Int64(figures.queries))) searches found at "
                + "least nine tenths of their nearest rows; the worst twentieth found "
                + "\(bound)\(Self.share(figures.worstTwentieth)) of them; "
                + (figures.shortAnswers == 0
                    ? "none returned too few rows"
                    : "\(figures.shortAnswers) returned fewer rows than they asked for"),
            indent: "  "
        )
        let settings = measurement.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.words)" }
        page.paragraph(
            "\(WorkloadWords.time(milliseconds: figures.medianMilliseconds)) for a search (median), "
                + "\(WorkloadWords.time(milliseconds: figures.slowMilliseconds)) at the 95th percentile"
                + (settings.isEmpty ? "" : ", with " + settings.joined(separator: ", ")),
            indent: "  "
        )
        if let groups = measurement.groups { write(groups, to: &page) }
        if let partitions = measurement.partitions { write(partitions, to: &page) }
        if measurement.leavesOutChildren {
            page.paragraph(
                "Tables that inherit from this one are left out: the index has none of their rows, and a search without ONLY "
                    + "reads them too.",
                indent: "  "
            )
        }
        switch measurement.queries {
        case .stored:
            let candidate =
                measurement.method == .hnsw
                ? " Each had one candidate more than hnsw.ef_search, because a stored vector finds itself." : ""
            page.paragraph(
                "The searches were for stored vectors, which flatter an index: it finds the neighbours of what people search "
                    + "for less often. Give vectors of real searches with --queries FILE, or \"queries\" in the configuration."
                    + candidate,
                indent: "  "
            )
        case .file: page.paragraph("The searches were for the vectors of the file.", indent: "  ")
        case .configuration, .server:
            page.paragraph("The searches were for \(measurement.queries.words).", indent: "  ")
        }
        page.paragraph(
            "measured at \(Moment.text(secondsSince1970: measurement.measuredAt)) against \(comparison)",
            indent: "  "
        )
        if let ranges = measurement.ranges {
            page.paragraph(
                "The table was read in \(Numbers.grouped(Int64(ranges.count))) ranges of blocks, each in a snapshot of its own, the "
                    + "longest for \(WorkloadWords.time(milliseconds: ranges.longestSeconds * 1_000)). "
                    + (ranges.changedRows == 0
                        ? "No row changed meanwhile, by the server's statistics."
                        : "By the server's statistics \(Numbers.grouped(ranges.changedRows)) rows were written meanwhile: one that "
                            + "moved may count twice or not at all."),
                indent: "  "
            )
        }
        if let curve = measurement.curve { CurveText(curve: curve, measurement: measurement).write(to: &page) }
        if let whatIf = measurement.whatIf { WhatIfText(whatIf: whatIf, measurement: measurement).write(to: &page) }
    }

    /// What stands before figures that are upper bounds.
    private var bound: String { measurement.moreEffort == nil ? "" : "at most " }

    private static func sentence(
        _ verdict: RecallReport.Verdict,
        _ target: Double,
        _ range: ClosedRange<Double>
    ) -> String {
        let words = "the target of \(share(target))"
        return switch verdict {
        case .reached: "\(words) is reached"
        case .missed:
            "\(words) is missed"
                + (range.upperBound >= target ? ", but the interval includes it: measure more vectors" : "")
        case .unknown:
            "whether \(words) is reached, --light cannot tell: the recall may be less than it says. Measure without --light"
        }
    }

    /// What the searches were compared with.
    private var comparison: String {
        let seconds = WorkloadWords.time(milliseconds: measurement.seconds * 1_000)
        let rows = "\(Numbers.grouped(Int64(measurement.rows))) rows with a vector"
        guard let effort = measurement.moreEffort else {
            return "\(measurement.groups == nil ? "all" : "the") \(rows), in \(seconds) (the pass over the table "
                + "\(WorkloadWords.time(milliseconds: measurement.passSeconds * 1_000)))"
        }
        let words = MeasuredRecall.words(ofEffort: effort, insteadOf: measurement.settings.mapValues(\.value))
        return
            "what the same searches find with \(words), in \(seconds); what these miss too of about \(rows) is unknown, so the "
            + "interval begins at 0"
    }

    private func write(_ groups: RecallGroups, to page: inout Page) {
        let worst = groups.worst
        let searches = worst.figures.queries == 1 ? "one search" : "\(worst.figures.queries) searches"
        page.paragraph(
            "each search was for the rows with one of \(Numbers.grouped(Int64(groups.count))) values of \(groups.column); the "
                + "worst is \(worst.value.prefix(100)): recall \(Self.share(worst.figures.recall)) in \(searches), "
                + "\(worst.figures.shortAnswers) of them short, among \(Numbers.grouped(Int64(worst.rows))) rows"
                + (groups.searchesWithoutIndex > 0
                    ? "; \(groups.searchesWithoutIndex) more searches were for values with which the planner does not take "
                        + "the index" : ""),
            indent: "  "
        )
    }

    private func write(_ partitions: PartitionScans, to page: inout Page) {
        guard partitions.indexed < partitions.count else {
            page.paragraph(
                partitions.count == 1
                    ? "the one partition with rows is searched through the index"
                    : "all \(Numbers.grouped(Int64(partitions.count))) partitions with rows are searched through the index",
                indent: "  "
            )
            return
        }
        func listed(_ names: [String]) -> String {
            names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        }
        var parts: [String] = []
        if !partitions.unindexed.isEmpty {
            parts.append(
                "\(listed(partitions.unindexed)), which \(partitions.unindexed.count == 1 ? "has" : "have") no valid part of "
                    + "it (vecsteward --dry-run says how to build it)"
            )
        }
        if !partitions.scanned.isEmpty {
            parts.append("\(listed(partitions.scanned)), where the planner prefers that at their size")
        }
        page.paragraph(
            "\(partitions.indexed) of \(partitions.count) partitions with rows are searched through the index; the others are "
                + "read whole, where a search finds all nearest rows: \(parts.joined(separator: "; "))",
            indent: "  ",
            color: .warning
        )
    }

    private static func share(_ share: Double) -> String { Numbers.share(share) }
}
