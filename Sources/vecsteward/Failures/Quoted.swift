internal import SafeText

/// Text from outside, made safe for a message: one line, not too long, and no control of a terminal.
enum Quoted {
    /// A file name, or a name from a database.
    static func name(_ text: String, limit: Int = 120) -> String {
        let printable = SafeText.escaped(text)
        return printable.count > limit ? printable.prefix(limit / 2) + "…" + printable.suffix(limit / 2 - 1) : printable
    }

    /// A value of a configuration in quotes; `nil` if it might be a secret or if no person typed it.
    ///
    /// Connection strings contain `:`, `=`, `@` and `/`, and passwords anything, so only text that looks like a word, a
    /// number or a pattern of names is shown.
    static func value(_ text: String) -> String? {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || "0123456789 .-_*?+%".unicodeScalars.contains(scalar)
        }
        guard isPlain, text.count <= 40, !text.lowercased().contains("password") else { return nil }
        return "\"\(text)\""
    }
}
