import Grammar
import Testing

@Suite("What a statement sets")
struct SettingTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let sql: String
        let settings: [Setting]

        init(_ sql: String, _ settings: Setting...) {
            self.sql = sql
            self.settings = settings
        }

        var testDescription: String { sql }
    }

    static let samples = [
        Sample("set local ivfflat.probes = 10", Setting("ivfflat.probes", .integer(10), scope: .transaction)),
        Sample("SET hnsw.ef_search TO '40'", Setting("hnsw.ef_search", .integer(40), scope: .session)),
        Sample("set local ivfflat.probes = $1", Setting("ivfflat.probes", .unknown, scope: .transaction)),
        Sample("SET hnsw.ef_search TO $1;", Setting("hnsw.ef_search", .unknown, scope: .session)),
        Sample(
            "set hnsw.iterative_scan = relaxed_order",
            Setting("hnsw.iterative_scan", .word("relaxed_order"), scope: .session)
        ),
        Sample("set hnsw.iterative_scan = 'my secret'", Setting("hnsw.iterative_scan", .unknown, scope: .session)),
        Sample("set enable_seqscan = off", Setting("enable_seqscan", .boolean(false), scope: .session)),
        Sample("set enable_seqscan = 'F'", Setting("enable_seqscan", .boolean(false), scope: .session)),
        Sample("set enable_seqscan = 'o'", Setting("enable_seqscan", .unknown, scope: .session)),
        Sample("set session enable_sort = false", Setting("enable_sort", .boolean(false), scope: .session)),
        Sample(
            "set hnsw.scan_mem_multiplier = 1.5",
            Setting("hnsw.scan_mem_multiplier", .number(1.5), scope: .session)
        ),
        Sample("reset hnsw.ef_search", Setting("hnsw.ef_search", .initial, scope: .session)),
        Sample("set search_path = secret, other", Setting("search_path", .unknown, scope: .session)),
        Sample(
            "select set_config('hnsw.ef_search', '100', true), set_config('my.secret', 'x', false)",
            Setting("hnsw.ef_search", .integer(100), scope: .transaction)
        ),
        Sample(
            "select set_config('hnsw.ef_search', $1::text, $2)",
            Setting("hnsw.ef_search", .unknown, scope: .unknown)
        ),
        Sample("set my.secret = 'x'"), Sample("set my.secret = $1"), Sample("set time zone 'UTC'"), Sample("reset all"),
        Sample("show hnsw.ef_search"),
    ]

    @Test("is read if it bears on searches, and only with values that it can have", arguments: samples)
    func setting(_ sample: Sample) async {
        #expect(await statement(sample.sql)?.settings == sample.settings)
    }

    @Test("is shown as SHOW writes it")
    func shown() {
        for text in ["false", "F", "no", "n", "off", "OF", "0"] {
            #expect(Setting.shown(text, of: "enable_indexscan") == "off", "\(text)")
        }
        for text in ["true", "t", "Yes", "y", "ON", "1"] {
            #expect(Setting.shown(text, of: "enable_indexscan") == "on", "\(text)")
        }
        #expect(Setting.shown("o", of: "enable_indexscan") == "o", "it may be either")
        #expect(Setting.shown("Relaxed_Order", of: "hnsw.iterative_scan") == "relaxed_order")
        #expect(Setting.shown("1.10", of: "random_page_cost") == "1.10")
        #expect(Setting.shown("\"A\", public", of: "search_path") == "\"A\", public")
    }
}
