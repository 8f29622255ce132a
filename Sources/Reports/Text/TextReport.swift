internal import Advisor

/// A report for a person at a terminal.
public struct TextReport: Sendable {
    private let style: Style

    /// How a report looks.
    public struct Style: Sendable {
        /// Whether to use colours.
        public var color: Bool
        /// The columns that tables and paragraphs may take; SQL is never wrapped.
        public var width: Int

        /// No colour and 100 columns, unless said otherwise.
        public init(color: Bool = false, width: Int = 100) {
            self.color = color
            self.width = max(60, width)
        }
    }

    /// Makes ready to write reports of one look.
    public init(style: Style = Style()) { self.style = style }

    /// The report, with a newline at the end.
    ///
    /// - Parameter report: What there is to say.
    /// - Returns: Lines of text.
    public func render(_ report: Report) -> String {
        let paint = Paint(isOn: style.color)
        var page = Page(width: style.width, paint: paint)
        for (number, section) in report.databases.enumerated() {
            if number > 0 { page.blank() }
            DatabaseText(section: section).write(to: &page)
        }
        if report.databases.count > 1 {
            let failed = report.databases.count { section in
                if case .failed = section.outcome { true } else { false }
            }
            page.blank()
            page.line(
                "\(report.databases.count) databases, "
                    + (failed == 0 ? "all looked at." : "\(failed) of which could not be looked at.")
            )
        }
        return page.text
    }
}

/// Lines of text as they are put together.
struct Page {
    let width: Int
    let paint: Paint
    private(set) var text = ""

    init(width: Int, paint: Paint) {
        self.width = width
        self.paint = paint
    }

    mutating func blank() { text += "\n" }

    mutating func line(_ line: String) { text += line + "\n" }

    /// A paragraph wrapped to the width, its later lines indented.
    mutating func paragraph(_ paragraph: String, indent: String = "", hanging: String? = nil, color: Color? = nil) {
        let later = hanging ?? indent
        let room = max(20, width - max(DisplayText.width(indent), DisplayText.width(later)))
        for (number, line) in DisplayText.wrapped(DisplayText.safe(paragraph), to: room).enumerated() {
            text += (number == 0 ? indent : later) + (color.map { paint($0, line) } ?? line) + "\n"
        }
    }
}
