internal import Advisor
internal import Recall

/// What the index would find if it were another one, and what reaches the target.
struct WhatIfText {
    let whatIf: WhatIf
    let measurement: RecallMeasurement

    private static let indent = "  "

    func write(to page: inout Page) {
        page.blank()
        page.line("What if", color: .heading)
        if let grid = whatIf.grid { write(grid, to: &page) }
        if let graphs = whatIf.graphs { write(graphs, to: &page) }
        write(whatIf.forms, to: &page)
        for note in whatIf.notes { page.paragraph(note, indent: Self.indent) }
        writeRemedies(to: &page)
    }

    private func write(_ grid: ListsGrid, to page: inout Page) {
        var table = TextTable(
            header: ["lists", "probes", "recall@\(measurement.k)", "95 % interval", "rows read", ""],
            rightAligned: [0, 1, 2, 3, 4]
        )
        for cell in shown(grid) {
            let isPresent = whatIf.isPresent(cell)
            table.rows.append([
                TextTable.Cell("\(cell.lists)"), TextTable.Cell("\(cell.probes)"),
                TextTable.Cell(Numbers.share(cell.recall), cell.recall >= whatIf.target ? .good : nil),
                TextTable.Cell(CurveText.range(cell.interval)), TextTable.Cell(Self.percent(cell.shareOfRowsRead)),
                TextTable.Cell(
                    isPresent
                        ? "\(whatIf.usedValue == whatIf.presentValue ? "as now, " : "")measured "
                            + Numbers.share(measurement.figures.recall) : "",
                    .heading
                ),
            ])
        }
        for layout in TextTable.layouts(of: [table], width: page.tableWidth, paint: page.paint) { page.table(layout) }
        page.paragraph(
            "Computed for a new IVFFlat index, without building any, from \(Numbers.grouped(Int64(grid.sampledRows))) of "
                + "\(Numbers.grouped(Int64(grid.rows))) rows and \(Numbers.grouped(Int64(grid.queries))) searches, in "
                + "\(WorkloadWords.time(milliseconds: grid.seconds * 1_000)). Builds with the same lists differ by some .03 from each "
                + "other, and about as much from this.",
            indent: Self.indent
        )
        for (reason, words) in [
            (ListsGrid.Omission.Reason.time, "the time was over (--budget)"),
            (.sample, "the sample that fits the memory has too few rows to make them"),
            (.memory, "their centres take too much memory"),
        ] {
            let lists = grid.omissions.filter { $0.reason == reason }.map { "\($0.lists)" }
            guard !lists.isEmpty else { continue }
            page.paragraph("Not computed for \(lists.joined(separator: ", ")) lists: \(words).", indent: Self.indent)
        }
    }

    private func write(_ graphs: GraphTrials, to page: inout Page) {
        var table = TextTable(
            header: ["m", "ef_construction", "on the sample", "95 % interval", "of all rows", "build", ""],
            rightAligned: [0, 1, 2, 3, 4, 5]
        )
        for (number, trial) in graphs.trials.enumerated() {
            let expected = graphs.expected(trial)
            table.rows.append([
                TextTable.Cell("\(trial.parameters.m)"), TextTable.Cell("\(trial.parameters.efConstruction)"),
                TextTable.Cell(Numbers.share(trial.recall)), TextTable.Cell(CurveText.range(trial.interval)),
                TextTable.Cell(
                    number == 0 ? Numbers.share(expected) : "about \(Numbers.share(expected))",
                    expected >= whatIf.target ? .good : nil
                ), TextTable.Cell(WorkloadWords.time(milliseconds: trial.buildSeconds * 1_000)),
                TextTable.Cell(number == 0 ? "as now, measured" : "", .heading),
            ])
        }
        for layout in TextTable.layouts(of: [table], width: page.tableWidth, paint: page.paint) { page.table(layout) }
        page.paragraph(
            "Built on a sample of \(Numbers.grouped(Int64(graphs.sampledRows))) rows and searched for "
                + "\(Numbers.grouped(Int64(graphs.queries))) vectors with the present settings of the searches. "
                + Self.comparison(with: graphs),
            indent: Self.indent
        )
        if !graphs.omitted.isEmpty {
            let names = graphs.omitted.map { "m \($0.m) with ef_construction \($0.efConstruction)" }
            page.paragraph(
                "Not tried, because the time was over (--budget): \(names.joined(separator: ", ")).",
                indent: Self.indent
            )
        }
    }

    /// How the index itself compares with the graph of the sample that has its parameters, and what is assumed of the others.
    private static func comparison(with graphs: GraphTrials) -> String {
        let present = "a graph of the sample with the same parameters"
        let offset = graphs.offset
        if abs(offset) < 0.0005 {
            return "The index itself finds as much as \(present); that this holds for the others is an assumption."
        }
        let times = graphs.missRatio.map { "misses \(Numbers.decimal($0, digits: 1)) times as many neighbours as" }
        let comparison = times ?? "finds \(Numbers.share(abs(offset))) less than"
        return "The index itself \(comparison) \(present); that the others differ by as much is an assumption."
    }

    /// The present cell, those that reach the target first, and few others: JSON has all.
    private func shown(_ grid: ListsGrid) -> [ListsGrid.Cell] {
        let remedies = whatIf.remedies.map { ($0.lists ?? whatIf.presentLists, $0.value) }
        return grid.cells.filter { cell in
            let digits = "\(cell.probes)"
            let isUsual = (digits.first == "1" || digits.first == "3") && digits.dropFirst().allSatisfy { $0 == "0" }
            return isUsual || whatIf.isPresent(cell)
                || cell.probes == whatIf.presentValue.map { min($0, cell.lists) }
                || remedies.contains { $0 == cell.lists && $1 == cell.probes }
        }
    }

    private func write(_ forms: [FormRecall], to page: inout Page) {
        guard !forms.isEmpty else { return }
        page.paragraph(
            "Exact search on smaller forms of the vectors, an upper bound for an index on them:",
            indent: Self.indent
        )
        for form in forms {
            let name =
                switch form.form {
                case .half: "halfvec"
                case .binary: "binary_quantize"
                case .first(let dimensions): "the first \(dimensions) dimensions (subvector)"
                }
            let ranking =
                form.candidates > measurement.k
                ? " with a re-rank of \(Numbers.grouped(Int64(form.candidates))) candidates" : ""
            page.paragraph(
                "\(name)\(ranking): \(Numbers.share(form.recall)) (\(CurveText.range(form.interval)))",
                indent: Self.indent + Self.indent
            )
        }
    }

    private func writeRemedies(to page: inout Page) {
        let target = Numbers.share(whatIf.target)
        guard !whatIf.remedies.isEmpty else {
            if whatIf.grid != nil || measurement.curve?.points.isEmpty == false {
                page.paragraph("Nothing that was tried reaches the target of \(target).", indent: Self.indent)
            }
            return
        }
        for remedy in whatIf.remedies {
            let read = remedy.shareOfRowsRead.map { ", reading \(Self.percent($0)) of the rows" } ?? ""
            let how = remedy.isMeasured ? "measured" : "computed"
            let isPresent = remedy.lists == nil && remedy.value == whatIf.usedValue
            let subject =
                remedy.lists.map { "A new index with \($0) lists" } ?? "The present index"
            page.paragraph(
                "\(subject) reaches the target of \(target) at \(remedy.setting) = \(remedy.value)"
                    + (isPresent ? ", as now" : "") + " (\(how) \(Numbers.share(remedy.recall))\(read))."
                    + (remedy.advice.isEmpty ? "" : " \(remedy.advice)"),
                indent: Self.indent
            )
            for statement in remedy.statements { page.line("\(statement);", indent: Self.indent + Self.indent) }
        }
    }

    /// A share of rows with enough digits to compare small ones: `33.9 %`, `.42 %`.
    private static func percent(_ share: Double) -> String {
        "\(Numbers.decimal(share * 100, digits: share < 0.01 ? 2 : 1)) %"
    }
}
