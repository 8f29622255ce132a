import Glibc

/// What the place where a text report goes can show.
struct Terminal: Equatable {
    /// Whether it understands colours and its user wants them.
    var hasColor: Bool
    /// Columns that a report may use for sentences, which are hard to read where they are longer.
    var width: Int
    /// Columns that a table may use, so that no name is cut that there is room for.
    var tableWidth: Int

    /// What to use where there is no terminal: a file, a pipe, which have room for lines of any length.
    static let none = Terminal(hasColor: false, width: 100, tableWidth: .max)

    /// The terminal on standard output, `nil` where that is none.
    static func onStandardOutput(environment: [String: String]) -> Terminal? {
        guard isatty(FileDescriptor.standardOutput) == 1 else { return nil }
        var size = winsize()
        let columns = ioctl(FileDescriptor.standardOutput, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        return Terminal(columns: columns, environment: environment)
    }

    /// A terminal of so many columns, 0 where it does not say.
    init(columns: Int, environment: [String: String]) {
        let isUnwanted = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        hasColor = !isUnwanted && environment["TERM"] != "dumb"
        tableWidth = columns == 0 ? Terminal.none.width : max(columns, 80)
        width = min(tableWidth, Terminal.none.width)
    }

    private init(hasColor: Bool, width: Int, tableWidth: Int) {
        self.hasColor = hasColor
        self.width = width
        self.tableWidth = tableWidth
    }
}
