import Glibc

/// The columns that a text takes, as the C library of most terminals reckons them.
func terminalWidth(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + max(0, Int(Terminal.width(of: $1))) }
}

private enum Terminal {
    /// Glibc's module leaves wcwidth(3) out, so it is looked up by name.
    private static let wcwidth: (@convention(c) (wchar_t) -> Int32)? = {
        guard setlocale(LC_CTYPE, "C.UTF-8") != nil, let symbol = dlsym(nil, "wcwidth") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) (wchar_t) -> Int32).self)
    }()

    static func width(of scalar: Unicode.Scalar) -> Int32 {
        guard let wcwidth else { preconditionFailure("there is no wcwidth(3), or no locale C.UTF-8") }
        return wcwidth(wchar_t(scalar.value))
    }
}

/// The text without what only colours it.
func withoutColor(_ text: String) -> String {
    text.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map { number, part in
        number == 0 ? String(part) : String(part.drop { $0 != "m" }.dropFirst())
    }
    .joined()
}
