internal import Advisor

/// A report for a person at a terminal.
public struct TextReport: Sendable {
    let style: Style

    /// Colours and widths.
    public struct Style: Sendable {
        /// Whether to use colours.
        public let color: Bool
        /// The columns that paragraphs may take, 60 or more; SQL is never wrapped.
        public let width: Int
        /// The columns that tables may take, no fewer than ``width``; a table cuts a name only if it is wider than that.
        public let tableWidth: Int

        /// Colours are off by default, paragraphs take 100 columns, and tables as many as paragraphs.
        public init(color: Bool = false, width: Int = 100, tableWidth: Int? = nil) {
            self.color = color
            self.width = max(60, width)
            self.tableWidth = max(self.width, tableWidth ?? self.width)
        }
    }

    /// A renderer, without colours and for 100 columns by default.
    public init(style: Style = Style()) { self.style = style }

    /// Renders a report, with a newline at the end of each line.
    ///
    /// The last line sums the report up, as a terminal shows the end first; with several databases it counts these, and each of
    /// them has a summary of its own.
    public func render(_ report: Report) -> String {
        let paint = Paint(isOn: style.color)
        var page = Page(width: style.width, tableWidth: style.tableWidth, paint: paint)
        for (number, section) in report.databases.enumerated() {
            if number > 0 { page.blank() }
            DatabaseText(section: section).write(to: &page)
        }
        if report.databases.count > 1 {
            page.blank()
            page.paragraph(summary(of: report.databases), color: .heading)
        }
        return page.text
    }

    private func summary(of databases: [DatabaseSection]) -> String {
        let failed = databases.count(where: \.hasFailed)
        let working = databases.count(where: \.hasWork)
        let idle = databases.count - failed - working
        func part(_ count: Int, _ thing: String) -> String { "\(count) \(count == 1 ? "has" : "have") \(thing)" }
        let parts = [
            failed == 0 ? nil : "\(failed) could not be polled", working == 0 ? nil : part(working, "something to do"),
            idle == 0 ? nil : part(idle, "nothing to do"),
        ]
        return "\(databases.count) databases: " + parts.compactMap { $0 }.joined(separator: ", ") + "."
    }
}
