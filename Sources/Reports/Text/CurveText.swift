internal import Advisor
internal import Recall

/// Recall against the time of a search, drawn with characters, and the figures as a table.
struct CurveText {
    let curve: RecallCurve
    let measurement: RecallMeasurement

    private static let indent = "  "
    private static let height = 10
    private static let mostColumns = 60

    func write(to page: inout Page) {
        page.blank()
        let setting = curve.setting ?? "a setting"
        page.line("Recall and time of a search by \(setting)", color: .heading)
        if curve.points.count > 1 { draw(on: &page) }
        if !curve.points.isEmpty {
            var table = TextTable(
                header: [
                    setting, "recall@\(measurement.k)", "95 % interval", "found 9 of 10", "median", "95th percentile",
                    "",
                ],
                rightAligned: [0, 1, 2, 3, 4, 5]
            )
            for point in curve.points {
                let figures = point.figures
                table.rows.append([
                    TextTable.Cell("\(point.value)"), TextTable.Cell(Numbers.share(figures.recall)),
                    TextTable.Cell(Self.range(figures.interval)),
                    TextTable.Cell(Numbers.percent(figures.shareAtNineTenths)),
                    TextTable.Cell(WorkloadWords.time(milliseconds: figures.medianMilliseconds)),
                    TextTable.Cell(WorkloadWords.time(milliseconds: figures.slowMilliseconds)),
                    TextTable.Cell(isPresent(point) ? "as now" : ""),
                ])
            }
            for layout in TextTable.layouts(of: [table], width: page.tableWidth, paint: page.paint) {
                page.table(layout)
            }
        }
        if let end = curve.end { page.paragraph("It ends here: \(end).", indent: Self.indent) }
    }

    /// An interval as `.85 to .92`, by its three digits.
    static func range(_ range: ClosedRange<Double>) -> String {
        "\(Numbers.share(range.lowerBound)) to \(Numbers.share(range.upperBound))"
    }

    private func isPresent(_ point: RecallCurve.Point) -> Bool {
        curve.setting.flatMap { measurement.settings[$0] }.flatMap { Int($0.value) } == point.value
    }

    /// Draws the points, with times on a logarithmic scale; the one with the present setting is another character.
    private func draw(on page: inout Page) {
        let times = curve.points.map { max($0.figures.medianMilliseconds, 1e-3) }
        let recalls = curve.points.map(\.figures.recall)
        guard let fastest = times.min(), let slowest = times.max(), let lowest = recalls.min() else { return }
        let columns = max(20, min(Self.mostColumns, page.width - 12))
        // The bottom is a twentieth that lies below all points.
        let bottom = min(0.95, (lowest * 20).rounded(.down) / 20)
        let ratio = max(slowest / fastest, 1.001)
        var grid = [[Character]](repeating: [Character](repeating: " ", count: columns), count: Self.height + 1)
        for (point, time) in zip(curve.points, times) {
            let column = Int((Double(columns - 1) * Self.logarithm(of: time / fastest, to: ratio)).rounded())
            let row = Int((Double(Self.height) * (point.figures.recall - bottom) / (1 - bottom)).rounded())
            grid[max(0, min(Self.height, row))][column] = isPresent(point) ? "o" : "*"
        }
        for row in stride(from: Self.height, through: 0, by: -1) {
            let isLabelled = row.isMultiple(of: 5)
            let label = isLabelled ? Numbers.share(bottom + (1 - bottom) * Double(row) / Double(Self.height)) : ""
            var line = String(grid[row])
            while line.last == " " { line.removeLast() }
            page.line(
                String(repeating: " ", count: 4 - label.count) + label + (isLabelled ? " +" : " |") + line,
                indent: Self.indent
            )
        }
        page.line("     +" + String(repeating: "-", count: columns), indent: Self.indent)
        let (left, right) = (WorkloadWords.time(milliseconds: fastest), WorkloadWords.time(milliseconds: slowest))
        let gap = max(1, columns - left.count - right.count)
        page.line("      " + left + String(repeating: " ", count: gap) + right, indent: Self.indent)
        page.paragraph(
            "Median time on a logarithmic scale; o is the present setting.",
            indent: Self.indent,
            color: .dim
        )
    }

    /// The logarithm of a number to a base, by halving the interval; both are at least 1.
    private static func logarithm(of number: Double, to base: Double) -> Double {
        var (low, high) = (0.0, 1.0)
        var (under, over) = (1.0, base)
        for _ in 0..<20 {
            let middle = (under * over).squareRoot()
            if middle > number {
                (high, over) = ((low + high) / 2, middle)
            } else {
                (low, under) = ((low + high) / 2, middle)
            }
        }
        return (low + high) / 2
    }
}
