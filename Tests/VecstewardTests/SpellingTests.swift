import Testing

@testable import vecsteward

@Suite("How durations and sizes are spelled")
struct SpellingTests {
    @Test(
        "durations are read as systemd spells them",
        arguments: [
            ("30s", .seconds(30)), ("90", .seconds(90)), ("250ms", .milliseconds(250)), ("15min", .seconds(900)),
            ("1h 30min", .seconds(5_400)), ("1h30min", .seconds(5_400)), ("2 h", .seconds(7_200)),
            ("1d", .seconds(86_400)), ("1w", .seconds(604_800)), ("5 seconds", .seconds(5)),
            ("10us", .microseconds(10)),
            ("3m", .seconds(180)), (" 5s ", .seconds(5)), ("0", .zero),
        ] as [(String, Duration)]
    )
    func durations(text: String, duration: Duration) {
        #expect(DurationSpelling.parse(text) == duration)
    }

    @Test(
        "what is no duration is refused",
        arguments: [
            "", " ", "s", "5 parsecs", "-5s", "1.5h", "5s 10", "10 5s", "1h 30", "5S", "5M", "99999999999999999999s",
            "9223372036854775807w", "٣s", "1e3s", "inf",
        ]
    )
    func noDurations(text: String) {
        #expect(DurationSpelling.parse(text) == nil)
    }

    @Test("durations are written as they are read", arguments: ["5s", "250ms", "10min", "1d", "1h 30min", "2w 1d"])
    func writtenDurations(text: String) throws {
        #expect(DurationSpelling.text(try #require(DurationSpelling.parse(text))) == text)
    }

    @Test(
        "sizes are read as PostgreSQL spells them",
        arguments: [("64MB", 64 << 20), ("2GB", 2 << 30), ("1 TB", 1 << 40), ("1024kB", 1 << 20), ("0kB", 0)]
            as [(String, Int64)]
    )
    func sizes(text: String, bytes: Int64) {
        #expect(SizeSpelling.parse(text) == bytes)
    }

    @Test(
        "what is no size is refused",
        arguments: ["", "64", "MB", "64mb", "64KB", "64B", "-1GB", "1.5GB", "9999999999TB", "64MBx", "1e3MB", "٣MB"]
    )
    func noSizes(text: String) {
        #expect(SizeSpelling.parse(text) == nil)
    }

    @Test("sizes are written as they are read", arguments: ["64MB", "2GB", "1536MB", "100kB", "2147483647kB"])
    func writtenSizes(text: String) throws {
        #expect(SizeSpelling.text(try #require(SizeSpelling.parse(text))) == text)
    }

    @Test(
        "the nearest name is the one that was meant",
        arguments: [
            ("outgrwon", "outgrown"), ("built_too_early", "built-too-early"), ("Invalid", "invalid"),
            ("unidexed", "unindexed"),
            ("stale", nil), ("zzz", nil), ("", nil), (String(repeating: "x", count: 100_000), nil),
        ]
    )
    func nearest(written: String, meant: String?) {
        let known = ["outgrown", "built-too-early", "invalid", "unindexed", "unindexable", "stale-statistics"]
        #expect(NearestName.of(written, among: known) == meant)
    }
}
