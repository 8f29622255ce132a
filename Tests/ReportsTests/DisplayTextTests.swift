import Glibc
import Testing

@testable import Reports

@Suite("Text on a terminal")
struct DisplayTextTests {
    @Test(
        "is as wide as wcwidth(3) says",
        arguments: ["vecs.docs", "日本語テスト", "한국어", "e\u{301}\u{323}a", "क्षत्रिय", "🚀🧪", "🇩🇪", "ｆｕｌｌ", "naïve Ω", "…"]
    )
    func width(of text: String) {
        #expect(DisplayText.width(text) == terminalWidth(text))
    }

    @Test(
        "that is too long loses its middle",
        arguments: [
            ("abcdefghij", 10, "abcdefghij"), ("abcdefghij", 9, "abcd…ghij"), ("abcdefghij", 6, "abc…ij"),
            ("abcdefghij", 1, "…"), ("abcdefghij", 0, ""), ("日本語テスト", 7, "日…スト"),
            ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}…e\u{301}"), ("🚀🚀🚀", 5, "🚀…🚀"),
        ]
    )
    func cut(text: String, columns: Int, expected: String) {
        let cut = DisplayText.cut(text, to: columns)
        #expect(Array(cut.unicodeScalars) == Array(expected.unicodeScalars))
        #expect(terminalWidth(cut) <= columns)
    }

    @Test("keeps names apart that lose the same middle")
    func distinct() {
        let names = ["left_1_right", "left_2_right", "left_3_wrong", "short", "left_4_right"]
        let cut = DisplayText.cutDistinctly(names, to: 9)
        #expect(cut == ["lef…ght#1", "lef…ght#2", "left…rong", "short", "lef…ght#3"])
    }

    @Test("is wrapped between phrases, and a phrase that is too long stands alone")
    func wrapped() {
        #expect(DisplayText.wrapped(["aa", "bb", "cc"], to: 5) == ["aa bb", "cc"])
        #expect(DisplayText.wrapped(["a", "very_long_name", "b"], to: 6) == ["a", "very_long_name", "b"])
        #expect(DisplayText.wrapped([], to: 6) == [])
    }

    @Test(
        "has times in UTC",
        arguments: [
            (0.0, "1970-01-01 00:00:00 UTC"), (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_790_000_000.9, "2026-09-21 14:13:20 UTC"), (-1, "1969-12-31 23:59:59 UTC"),
            (.nan, "an unknown time"), (.infinity, "an unknown time"),
        ]
    )
    func moment(seconds: Double, expected: String) {
        #expect(Moment.text(secondsSince1970: seconds) == expected)
    }

    @Test(
        "has durations in one unit",
        arguments: [
            (-5.0, "0 s"), (119.9, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days"),
            (.nan, "an unknown time"), (.infinity, "an unknown time"),
        ]
    )
    func duration(seconds: Double, expected: String) {
        #expect(Moment.duration(seconds: seconds) == expected)
    }
}
