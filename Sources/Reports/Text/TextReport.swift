internal import Advisor

/// A report for a person at a terminal.
public struct TextReport: Sendable {
    private let style: Style

    /// How a report looks.
    public struct Style: Sendable {
        /// Whether to use colours.
        public let color: Bool
        /// The columns that paragraphs may take, 60 or more; SQL is never wrapped.
        public let width: Int
        /// The columns that tables may take, no fewer than paragraphs.
        public let tableWidth: Int

        /// No colour and 100 columns, unless said otherwise; tables take as many as paragraphs.
        public init(color: Bool = false, width: Int = 100, tableWidth: Int? = nil) {
            self.color = color
            self.width = max(60, width)
            self.tableWidth = max(self.width, tableWidth ?? self.width)
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
        var page = Page(width: style.width, tableWidth: style.tableWidth, paint: paint)
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
