/// Text from outside, made fit for a message: on one line, not too long, and without anything that steers a terminal.
enum Quoted {
    /// A file name or a name out of a database.
    static func name(_ text: String, limit: Int = 120) -> String {
        let printable = text.unicodeScalars.map { scalar -> String in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }
        .joined()
        return printable.count > limit ? printable.prefix(limit / 2) + "…" + printable.suffix(limit / 2 - 1) : printable
    }

    /// A value of a configuration, in quotes; `nil` for one that might hold a secret or is no value a person typed.
    ///
    /// Connection strings have `:`, `=`, `@` and `/`, and passwords anything, so that only what looks like a word, a
    /// number or a pattern of names is ever shown.
    static func value(_ text: String) -> String? {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || "0123456789 .-_*?+%".unicodeScalars.contains(scalar)
        }
        guard isPlain, text.count <= 40, !text.lowercased().contains("password") else { return nil }
        return "\"\(text)\""
    }
}
