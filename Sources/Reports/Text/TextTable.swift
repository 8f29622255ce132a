/// A table of aligned columns, of which the first gives way when the whole would be too wide.
struct TextTable {
    /// A cell, and the colour it has on a terminal.
    struct Cell {
        var text: String
        var color: Color?

        init(_ text: String, _ color: Color? = nil) {
            self.text = text
            self.color = color
        }
    }

    var header: [String]
    /// The columns that are numbers, aligned to the right.
    var rightAligned: Set<Int>
    var rows: [[Cell]] = []

    private static let gap = 2
    private static let narrowestName = 12

    /// The lines of the table, each of at most so many columns.
    func lines(width: Int, paint: Paint) -> [String] {
        var widths = header.map(DisplayText.width)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], DisplayText.width(cell.text))
            }
        }
        // First the name gives way, then what stands last.
        let overhead = Self.gap * (widths.count - 1)
        for column in [0, widths.count - 1] {
            let excess = widths.reduce(0, +) + overhead - width
            guard excess > 0 else { break }
            widths[column] = max(Self.narrowestName, widths[column] - excess)
        }
        let head = line(header.map { Cell($0, .dim) }, widths, paint)
        return [head] + rows.map { line($0, widths, paint) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ paint: Paint) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let text = DisplayText.cut(cell.text, to: widths[column])
            let padding = String(repeating: " ", count: max(0, widths[column] - DisplayText.width(text)))
            if column > 0 { line += String(repeating: " ", count: Self.gap) }
            let painted = cell.color.map { paint($0, text) } ?? text
            line +=
                rightAligned.contains(column) ? padding + painted : painted + (column < cells.count - 1 ? padding : "")
        }
        return line
    }
}

/// What colours stand for; never anything that the words do not say too.
enum Color: String {
    case heading = "1"
    case dim = "2"
    case good = "32"
    case notice = "36"
    case warning = "33"
    case critical = "31"
}

/// Colours text, or does not.
struct Paint {
    var isOn: Bool

    func callAsFunction(_ color: Color, _ text: String) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
