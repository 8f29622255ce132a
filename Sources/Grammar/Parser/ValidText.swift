/// Texts in valid UTF-8.
enum ValidText {
    /// The text with U+FFFD for what is invalid.
    static func whole(_ text: [UInt8]) -> [UInt8] { Array(String(decoding: text, as: UTF8.self).utf8) }

    /// The same without the character that a cut may have left incomplete.
    static func cut(_ text: [UInt8]) -> [UInt8] {
        let tail = text.suffix(4)
        guard let lead = tail.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return whole(text) }
        let length =
            switch text[lead] {
            case 0xC0..<0xE0: 2
            case 0xE0..<0xF0: 3
            case 0xF0...: 4
            default: 1
            }
        return whole(lead + length > text.count ? Array(text[..<lead]) : text)
    }
}
