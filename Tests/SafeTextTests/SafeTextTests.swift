import SafeText
import Testing

@Suite("Safe text")
struct SafeTextTests {
    @Test(
        "shows what would be invisible or would act",
        arguments: [
            ("plain, ünïcödé 日本 🚀", "plain, ünïcödé 日本 🚀"), ("a\nb\r\tc", #"a\nb\r\tc"#),
            ("\u{1B}[31mred", #"\u{1B}[31mred"#), ("\u{9B}31m", #"\u{9B}31m"#), ("a\u{202E}b", #"a\u{202E}b"#),
            ("a\u{2028}b\u{85}c\u{FFF9}", #"a\u{2028}b\u{85}c\u{FFF9}"#), ("a\u{200B}b", #"a\u{200B}b"#),
            ("a\u{3164}b", #"a\u{3164}b"#), ("a\u{FE0F}", #"a\u{FE0F}"#), ("a\u{E0041}", #"a\u{E0041}"#),
            ("\u{7F}\u{0}", #"\u{7F}\u{0}"#),
        ]
    )
    func escapes(text: String, expected: String) {
        #expect(SafeText.escaped(text) == expected)
    }

    @Test(
        "keeps prose on one line",
        arguments: [("plain é", "plain é"), ("one\ntwo\tthree\r", #"one two three\u{D}"#)]
    )
    func prose(text: String, expected: String) {
        #expect(SafeText.onOneLine(text) == expected)
    }
}
