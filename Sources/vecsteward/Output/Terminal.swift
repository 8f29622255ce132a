import Glibc
import Reports

/// What the terminal of a text report can show.
struct Terminal: Equatable {
    /// Whether it supports colours and its user wants them.
    var hasColor: Bool
    /// The columns for sentences; longer lines are hard to read.
    var width: Int
    /// The columns for a table, so that names are cut only if they have to be.
    var tableWidth: Int

    /// The values without a terminal: files and pipes take lines of any length.
    static let none = Terminal(hasColor: false, width: 100, tableWidth: .max)

    /// The terminal on standard output; `nil` if that is no terminal.
    static func onStandardOutput(environment: [String: String]) -> Terminal? {
        guard isatty(FileDescriptor.standardOutput) == 1 else { return nil }
        var size = winsize()
        let columns = ioctl(FileDescriptor.standardOutput, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        return Terminal(columns: columns, environment: environment)
    }

    /// Creates a terminal; 0 columns mean that the width is unknown.
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

extension TextReport {
    /// A report that is laid out for a terminal.
    init(for terminal: Terminal) {
        self.init(
            style: .init(color: terminal.hasColor, width: terminal.width, tableWidth: terminal.tableWidth)
        )
    }
}
