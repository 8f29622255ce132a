import Grammar
import Testing

@Suite("A hostile text", .serialized)
struct HostileTests {
    struct Hostile: Sendable, CustomTestStringConvertible {
        let name: String
        let text: @Sendable () -> [UInt8]
        let reasons: Set<ReadText.Reason>

        init(_ name: String, _ reasons: Set<ReadText.Reason>, _ text: @autoclosure @escaping @Sendable () -> String) {
            self.name = name
            self.reasons = reasons
            self.text = { Array(text().utf8) }
        }

        init(_ name: String, bytes: @autoclosure @escaping @Sendable () -> [UInt8], _ reasons: Set<ReadText.Reason>) {
            self.name = name
            self.reasons = reasons
            text = bytes
        }

        var testDescription: String { name }
    }

    private static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let hostile = [
        Hostile("100,000 parentheses", [.tooComplex], "select " + many("(", 100_000) + "1" + many(")", 100_000)),
        Hostile("20,000 parentheses", [.tooDeep], "select " + many("(", 20_000) + "1" + many(")", 20_000)),
        Hostile("9,000 parentheses that stay open", [.syntax], "select " + many("(", 9_000)),
        Hostile("100,000 additions", [.tooComplex], "select " + many("1+", 100_000) + "1"),
        Hostile("24,000 additions", [.tooDeep], "select " + many("1+", 24_000) + "1"),
        Hostile("24,000 casts", [.tooDeep], "select a" + many("::b", 24_000)),
        Hostile("24,000 collations", [.tooDeep], "select a" + many(" collate b", 24_000)),
        Hostile("9,000 NOT", [.tooDeep], "select " + many("not ", 9_000) + "a"),
        Hostile("100,000 NOT", [.tooComplex], "select " + many("not ", 100_000) + "a"),
        Hostile("45,000 NOT", [.tooDeep], "select " + many("not ", 45_000) + "a"),
        Hostile("3,000 subqueries", [.tooDeep], "select " + many("(select ", 3_000) + "1" + many(")", 3_000)),
        Hostile(
            "3,000 subqueries in FROM",
            [.tooDeep],
            "select 1 " + many("from (select 1 ", 3_000) + many(") a", 3_000)
        ),
        Hostile("9,000 arrays", [.tooDeep], "select " + many("array[", 9_000) + "1" + many("]", 9_000)),
        Hostile("5,000 calls", [.tooDeep], "select " + many("f(", 4_000) + "1" + many(")", 4_000)),
        Hostile("16,000 unions", [.tooDeep], "select union " + many("select union ", 16_000) + "select"),
        Hostile("12,000 joins", [.tooDeep], "select * from a" + many(" cross join b", 12_000)),
        Hostile(
            "1,500 common table expressions",
            [.tooDeep],
            many("with a as (", 1_500) + "select 1" + many(") select 1", 1_500)
        ),
        Hostile("a run of 1,000,000 plus signs", [.tooComplex], "select " + many("+", 1_000_000) + "a"),
        Hostile("20,000 minus signs", [.tooDeep], "select 1 " + many("- ", 20_000) + "a"),
        Hostile("runs of plus signs", [.tooComplex, .tooDeep], "select " + many(many("+", 300) + "a", 3_000)),
        Hostile("comments that open again and again", [.tooComplex], "select " + many("/*", 400_000)),
        Hostile("500,000 stars in a comment", [.tooComplex], "select /*" + many("*", 500_000) + "/ 1"),
        Hostile("1 MB in one literal", [], "select '" + many("x", (1 << 20) - 10) + "'"),
        Hostile("more than 1 MB", [.tooLong], "select '" + many("x", 1 << 20) + "'"),
        Hostile("1 MB in one name", [], "select " + many("x", (1 << 20) - 10)),
        Hostile("1 MB in one comment", [], "select /* " + many("x ", (1 << 19) - 10) + "*/ 1"),
        Hostile("1 MB in one number", [], "select " + many("1", (1 << 20) - 10)),
        Hostile("1 MB of literals", [.tooComplex], "select " + many("'',", 300_000) + "1"),
        Hostile("1 MB of white space between literals", [], "select 'a'" + many(" \n", 500_000) + "'b'"),
        Hostile("300,000 semicolons", [.tooComplex], many(";", 300_000)),
        Hostile("40,000 semicolons", [], many(";", 40_000)),
        Hostile("40,000 constants", [], "select 1 from t where a in (" + many("1,", 20_000) + "1)"),
        Hostile(
            "an array of 16,000 numbers",
            [],
            "select 1 from t order by v <-> array[" + many("0.123456,", 16_000) + "1]"
        ),
        Hostile("100,000 dollar quotes", [.syntax, .tooComplex], many("$a", 100_000) + "$"),
        Hostile(
            "nested updates that multiply",
            [.multipleAssignment],
            many("with x as (update t set (a,a)=(", 25) + "select 1" + many(") returning 1) select 1", 25)
        ),
        Hostile(
            "an update of many columns",
            [.multipleAssignment],
            "update t set (" + many("a,", 12_000) + "a)=(select " + many("1+", 12_000) + "1)"
        ),
        Hostile(
            "an upsert of many columns",
            [.multipleAssignment],
            "insert into t values (1) on conflict do update set b = 1, (" + many("a,", 9_000) + "a)=(1)"
        ),
        Hostile("a NUL", [.containsNUL], "select 1\u{0} from items"),
        Hostile("bytes that are no UTF-8", bytes: [0xFF, 0xFE, 0x80, 0x27, 0xC3], [.syntax]),
        Hostile("all bytes", bytes: Array(1...255), [.syntax]),
        Hostile("an open literal", [.syntax], "select 'abc"),
        Hostile("an open dollar quote", [.syntax], "select $abc$"),
        Hostile("escapes", [.syntax], #"select E'\x\u\U00110000\ud800'"#),
        Hostile("a surrogate alone", [.syntax], #"select U&'\D800'"#),
        Hostile("control characters", [], "select '\u{1}\u{2}\u{1F}\u{7F}', \"a\u{1}\\\"\"\""),
        Hostile("syntax of a newer server", [.syntax], "select * from t where v <-> $1 frobnicate 3"),
        Hostile("nothing", [], ""), Hostile("white space", [], " \n\t"), Hostile("a comment", [], "-- x"),
    ]

    @Test("is read or not understood, soon and without harm, whole and cut", arguments: hostile)
    func read(_ hostile: Hostile) async {
        let text = hostile.text()
        let (whole, taken) = await timed { await StatementReader().read(text) }
        if case .notUnderstood(let reason) = whole {
            #expect(hostile.reasons.contains(reason))
        } else {
            #expect(hostile.reasons.isEmpty)
        }
        let cut = await timed { await StatementReader().read(text, isCut: true) }
        let shorter = await timed { await StatementReader().read(text.dropLast(text.count / 3), isCut: true) }
        let source = String(decoding: text, as: UTF8.self)
        let body = await timed { await StatementReader().read(FunctionBody(language: "plpgsql", source: source)) }
        for duration in [taken, cut.1, shorter.1, body.1] { #expect(duration < .seconds(10)) }
    }

    /// The time includes that of other texts that are read before, so the bound is a generous one.
    private func timed(_ read: () async -> ReadText) async -> (ReadText, Duration) {
        let start = ContinuousClock.now
        let text = await read()
        return (text, ContinuousClock.now - start)
    }
}
