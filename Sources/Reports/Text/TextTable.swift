/// A table whose rows are one line each where the width allows it, and else a line and a paragraph each.
///
/// The first column is a name and gives way first; numbers are never cut.
struct TextTable {
    /// A cell, and the colour it has on a terminal.
    struct Cell {
        let text: String
        let color: Color?

        init(_ text: String, _ color: Color? = nil) {
            self.text = DisplayText.safe(text)
            self.color = color
        }
    }

    /// The lines of a table, none wider than asked for.
    struct Layout {
        var lines: [String]
        /// The names that look like others when they are cut, as they stand in the table and in full.
        var ambiguousNames: [(short: String, full: String)]
    }

    var header: [String]
    /// The columns that are numbers, aligned to the right.
    var rightAligned: Set<Int>
    var rows: [[Cell]] = []

    private static let gap = "  "

    func layout(width: Int, paint: Paint) -> Layout {
        let widths = columnWidths(width: width)
        let nameWidth = widths?[0] ?? stackedNameWidth(width: width)
        let full = rows.map { $0[0].text }
        let names = DisplayText.cutDistinctly(full, to: nameWidth)
        let lines: [String]
        if let widths {
            let head = line(header.map { Cell($0, .dim) }, widths, paint)
            lines = [head] + zip(rows, names).map { line([Cell($1, $0[0].color)] + $0.dropFirst(), widths, paint) }
        } else {
            lines = zip(rows, names).flatMap { stacked($0, name: $1, nameWidth: nameWidth, width: width, paint) }
        }
        let isMarked = zip(names, full).filter { $0 != $1 && $0 != DisplayText.cut($1, to: nameWidth) }
        return Layout(lines: lines, ambiguousNames: isMarked.map { (short: $0, full: $1) })
    }

    /// The widths of the columns when a row is one line, `nil` where that cannot be.
    private func columnWidths(width: Int) -> [Int]? {
        var widths = header.map(DisplayText.width)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], DisplayText.width(cell.text))
            }
        }
        let last = widths.count - 1
        for (column, narrowest) in [(0, 20), (last, 12), (0, 12)] {
            let excess = widths.reduce(0, +) + Self.gap.count * last - width
            if excess > 0 { widths[column] = max(min(narrowest, widths[column]), widths[column] - excess) }
        }
        return widths.reduce(0, +) + Self.gap.count * last <= width ? widths : nil
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ paint: Paint) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let text = DisplayText.cut(cell.text, to: widths[column])
            let padding = String(repeating: " ", count: max(0, widths[column] - DisplayText.width(text)))
            if column > 0 { line += Self.gap }
            let painted = cell.color.map { paint($0, text) } ?? text
            line +=
                rightAligned.contains(column) ? padding + painted : painted + (column < cells.count - 1 ? padding : "")
        }
        return line
    }

    private func stackedNameWidth(width: Int) -> Int {
        width - Self.gap.count - (rows.compactMap(\.last).map { DisplayText.width($0.text) }.max() ?? 0)
    }

    /// The first and the last cell on a line, and what is between them below it, each with the header of its column.
    private func stacked(_ cells: [Cell], name: String, nameWidth: Int, width: Int, _ paint: Paint) -> [String] {
        guard let last = cells.last else { return [] }
        let first = line([Cell(name, cells[0].color), last], [nameWidth, DisplayText.width(last.text)], paint)
        let facts = zip(header, cells).dropFirst().dropLast().filter { $1.text != "-" && $1.text != TableNotes.all }
            .map { DisplayText.cut("\($0) \($1.text)", to: width - 2 * Self.gap.count) }
        let rest = facts.enumerated().map { $0.offset < facts.count - 1 ? $0.element + "," : $0.element }
        return [first] + DisplayText.wrapped(rest, to: width - Self.gap.count).map { Self.gap + paint(.dim, $0) }
    }
}
