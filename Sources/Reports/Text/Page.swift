internal import SafeText

/// The text of a report while it grows; it makes all that is written to it safe for a terminal.
struct Page {
    let width: Int
    let tableWidth: Int
    let paint: Paint
    private(set) var text = ""

    init(width: Int, tableWidth: Int? = nil, paint: Paint) {
        self.width = width
        self.tableWidth = tableWidth ?? width
        self.paint = paint
    }

    mutating func blank() { text += "\n" }

    /// A line that is never wrapped: a heading, or SQL to copy.
    mutating func line(_ line: String, indent: String = "", color: Color? = nil) {
        write(SafeText.escaped(line), indent: indent, color: color)
    }

    /// A paragraph wrapped to the width; its later lines are indented as far as the first unless told otherwise.
    mutating func paragraph(_ paragraph: String, indent: String = "", hanging: String? = nil, color: Color? = nil) {
        list(paragraph.split(separator: " ").map(String.init), indent: indent, hanging: hanging, color: color)
    }

    /// Phrases one after another, wrapped only between them.
    mutating func list(_ phrases: [String], indent: String = "", hanging: String? = nil, color: Color? = nil) {
        let later = hanging ?? indent
        let room = max(20, width - max(indent.count, later.count))
        for (number, line) in DisplayText.wrapped(phrases.map(SafeText.escaped), to: room).enumerated() {
            write(line, indent: number == 0 ? indent : later, color: color)
        }
    }

    /// A table that was laid out for ``tableWidth``, and below it, in full, the names that the cut made alike.
    mutating func table(_ layout: TextTable.Layout) {
        for line in layout.lines { text += line + "\n" }
        for (short, full) in layout.ambiguousNames { line("\(short) is \(full)", color: .dim) }
    }

    private mutating func write(_ line: String, indent: String, color: Color?) {
        text += indent + (color.map { paint($0, line) } ?? line) + "\n"
    }
}

/// The colours of a report, each the parameter of its escape sequence; they repeat what the words say.
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
