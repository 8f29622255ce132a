/// Safe text, measured in the columns of a terminal.
enum DisplayText {
    /// The columns that a safe text takes.
    static func width(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + width($1) }
    }

    /// Columns of one character as people see it.
    ///
    /// An emoji takes two, however many parts it has. Else the parts add up as they do in wcwidth(3), which is what
    /// most terminals go by: in Indic scripts one character may be several letters side by side.
    private static func width(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        if scalars.contains(where: \.properties.isEmojiPresentation) { return 2 }
        return scalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: 0
        default: wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// Characters that take two columns: Hangul, the CJK blocks and full-width forms of Unicode's East Asian Width.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DFF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1D300...0x1D37F, 0x1F200...0x1F2FF,
        0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]

    /// The text in at most so many columns, with the middle left out where it is longer.
    ///
    /// The beginning and the end of a name tell more than its middle.
    static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 1 else { return String("…".prefix(max(0, columns))) }
        let start = prefix(of: text, columns: columns / 2)
        var end = ""
        for character in text.reversed() {
            guard width(end) + width(character) <= columns - 1 - width(start) else { break }
            end.insert(character, at: end.startIndex)
        }
        return start + "…" + end
    }

    private static func prefix(of text: String, columns: Int) -> String {
        var start = ""
        for character in text {
            guard width(start) + width(character) <= columns else { break }
            start.append(character)
        }
        return start
    }

    /// Names in at most so many columns each, with a number at the end of those that would look like another after the cut.
    static func cutDistinctly(_ names: [String], to columns: Int) -> [String] {
        let plain = names.map { cut($0, to: columns) }
        let uses = Dictionary(plain.map { ($0, 1) }, uniquingKeysWith: +)
        var taken = Set(plain)
        var number = 0
        return zip(names, plain).map { name, short in
            guard short != name, uses[short, default: 0] > 1 else { return short }
            var marked: String
            repeat {
                number += 1
                marked = cut(name, to: columns - "#\(number)".count) + "#\(number)"
            } while !taken.insert(marked).inserted
            return marked
        }
    }

    /// Lines of at most so many columns out of phrases; a phrase that is longer takes a line of its own.
    static func wrapped(_ phrases: [String], to columns: Int) -> [String] {
        var lines: [String] = []
        var used = 0
        for phrase in phrases {
            let width = width(phrase)
            if let last = lines.indices.last, used + 1 + width <= columns {
                lines[last] += " " + phrase
                used += 1 + width
            } else {
                lines.append(phrase)
                used = width
            }
        }
        return lines
    }
}
