/// Text from outside, such as a name in a database or a message of a server, made safe to print.
public enum SafeText {
    /// Whether a terminal may act on a character, or a reader may be misled by it.
    ///
    /// These are control characters, the format characters of Unicode (some reverse the direction of text), characters
    /// without an agreed meaning or glyph, and invisible ones such as variation selectors and the fillers of Hangul.
    public static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// The text with each unsafe character as a visible escape, such as `\n` or `\u{1B}`, so that no name can forge a
    /// line or a colour.
    public static func escaped(_ text: String) -> String {
        replacingUnsafe(in: text) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: escape(scalar)
            }
        }
    }

    /// The text with spaces for line breaks and tabs, as it suits prose, and other unsafe characters as escapes.
    public static func onOneLine(_ text: String) -> String {
        replacingUnsafe(in: text) { $0 == "\n" || $0 == "\t" ? " " : escape($0) }
    }

    private static func replacingUnsafe(in text: String, by replacement: (Unicode.Scalar) -> String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) { safe += replacement(scalar) } else { safe.unicodeScalars.append(scalar) }
        }
        return safe
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
}
