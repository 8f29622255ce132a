/// Text from outside, made safe to print.
enum TerminalText {
    /// Whether a terminal may act on this character, or a reader may be misled by it.
    ///
    /// These are control characters, the format characters of Unicode (some reverse the direction of text), and
    /// characters without an agreed meaning or glyph.
    static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        default: return false
        }
    }

    /// The text with spaces for line breaks, and other deceptive characters as `\u{...}`.
    static func onOneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isDeceptive) else { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                line += " "
            } else if isDeceptive(scalar) {
                line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
