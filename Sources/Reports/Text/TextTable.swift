internal import SafeText

/// A table with a line for each row, or with a paragraph for each where the columns do not fit the width.
///
/// The first column is a name. One that does not fit its column takes a line of its own, and is cut only if that line does not
/// hold it either; other cells are cut only where one alone is wider than a line.
struct TextTable {
    /// A cell, and the colour it has on a terminal.
    struct Cell {
        let text: String
        let color: Color?

        init(_ text: String, _ color: Color? = nil) {
            self.text = SafeText.escaped(text)
            self.color = color
        }
    }

    /// The lines of a table, none wider than asked for; none at all for a table without rows.
    struct Layout {
        var lines: [String]
        /// The names that would look like others after the cut, as they stand in the table and in full.
        var ambiguousNames: [(short: String, full: String)]
    }

    var header: [String]
    /// The columns that are numbers, aligned to the right.
    var rightAligned: Set<Int>
    var rows: [[Cell]] = []

    private static let gap = "  "

    /// Lays out tables that a person reads together: no two names of any of them look alike because of a cut.
    static func layouts(of tables: [TextTable], width: Int, paint: Paint) -> [Layout] {
        let names = DisplayText.cutDistinctly(tables.flatMap(\.names), to: width)
        var first = 0
        return tables.map { table in
            defer { first += table.rows.count }
            return table.layout(names: Array(names[first..<(first + table.rows.count)]), width: width, paint: paint)
        }
    }

    private var names: [String] { rows.map { $0[0].text } }

    private func layout(names shown: [String], width: Int, paint: Paint) -> Layout {
        guard !rows.isEmpty else { return Layout(lines: [], ambiguousNames: []) }
        var lines: [String]
        if let widths = columnWidths(shown, width: width) {
            lines = [line(header.map { Cell($0, .dim) }, widths, paint)]
            lines += zip(rows, shown).flatMap { named($1, $0, widths, paint) }
        } else {
            let stateWidth = rows.compactMap(\.last).map { DisplayText.width($0.text) }.max() ?? 0
            lines = zip(rows, shown).flatMap { stacked($0, name: $1, stateWidth: stateWidth, width: width, paint) }
        }
        let ambiguous = zip(shown, names).filter { $0 != $1 && $0 != DisplayText.cut($1, to: width) }
        return Layout(lines: lines, ambiguousNames: ambiguous.map { (short: $0, full: $1) })
    }

    /// The widths of the columns, `nil` if a line does not hold them; that of the names leaves out those that do not fit.
    private func columnWidths(_ names: [String], width: Int) -> [Int]? {
        var widths = header.map(DisplayText.width)
        for row in rows {
            for (column, cell) in row.enumerated().dropFirst() {
                widths[column] = max(widths[column], DisplayText.width(cell.text))
            }
        }
        let room = width - widths.dropFirst().reduce(0) { $0 + Self.gap.count + $1 }
        guard room >= widths[0] else { return nil }
        widths[0] = names.map(DisplayText.width).filter { $0 <= room }.max().map { max($0, widths[0]) } ?? widths[0]
        return widths
    }

    /// The cells of a row on a line, below their name if that does not fit its column.
    private func named(_ name: String, _ cells: [Cell], _ widths: [Int], _ paint: Paint) -> [String] {
        guard DisplayText.width(name) > widths[0] else {
            return [line([Cell(name)] + cells.dropFirst(), widths, paint)]
        }
        return [name, line([Cell("")] + cells.dropFirst(), widths, paint)]
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ paint: Paint) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[column] - DisplayText.width(cell.text)))
            if column > 0 { line += Self.gap }
            let painted = cell.color.map { paint($0, cell.text) } ?? cell.text
            line +=
                rightAligned.contains(column) ? padding + painted : painted + (column < cells.count - 1 ? padding : "")
        }
        return line
    }

    /// The name and the last cell on a line, and what is between them below it, each with the header of its column.
    private func stacked(_ cells: [Cell], name: String, stateWidth: Int, width: Int, _ paint: Paint) -> [String] {
        guard let last = cells.last else { return [] }
        let widths = [width - Self.gap.count - stateWidth, DisplayText.width(last.text)]
        let facts = zip(header, cells).dropFirst().dropLast().filter { $1.text != "-" && $1.text != TableNotes.all }
        let room = width - Self.gap.count
        let phrases = facts.enumerated().map { number, fact in
            let comma = number < facts.count - 1 ? "," : ""
            return DisplayText.cut("\(fact.0) \(fact.1.text)", to: room - comma.count) + comma
        }
        return named(name, [cells[0], last], widths, paint)
            + DisplayText.wrapped(phrases, to: room).map { Self.gap + paint(.dim, $0) }
    }
}
