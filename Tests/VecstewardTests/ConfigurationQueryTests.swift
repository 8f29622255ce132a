import Advisor
import Testing

@testable import vecsteward

@Suite("Queries in a configuration")
struct ConfigurationQueryTests {
    /// A configuration with the queries of one pattern.
    private static func naming(_ queries: String) -> String {
        withDatabase("\"collections\": [{\"match\": \"public.docs\", \"queries\": \(queries)}]")
    }

    static let mistakes: [Mistake] = {
        let path = "collections[0].queries"
        func one(_ sql: String) -> String {
            naming("{\"sql\": \"\(sql)\", \"connection\": \"dbname=app user=reader\"}")
        }
        return [
            Mistake(naming("[]"), "\(path) is a list", hint: "{\"sql\": ...}"),
            Mistake(naming("{\"connection\": \"dbname=app\"}"), "\(path) has no \"sql\"", hint: "app.search_log"),
            Mistake(
                naming("{\"sql\": \"SELECT 1\"}"),
                "\(path) has no \"connection\"",
                hint: "in a session of its own"
            ),
            Mistake(
                naming("{\"sql\": \"SELECT 1\", \"connection\": \"Tr0ub4dor=1\"}"),
                "\(path).connection cannot be used: ",
                hint: ""
            ),
            Mistake(
                naming("{\"sql\": \"SELECT 1\", \"connection\": \"dbname=app\", \"role\": \"reader\"}"),
                "\(path) has the unknown key \"role\"",
                hint: ""
            ),
            Mistake(
                one("SELECT FROM WHERE"),
                "\(path).sql is no SQL that PostgreSQL's grammar accepts",
                hint: "one SELECT"
            ),
            Mistake(one("-- SELECT 1"), "\(path).sql has no statement", hint: "one SELECT"),
            Mistake(one("SELECT v FROM a.b; SELECT v FROM a.b"), "\(path).sql has 2 statements", hint: "one SELECT"),
            Mistake(one("SELECT v FROM a.b; DROP TABLE a.b"), "\(path).sql has 2 statements", hint: "one SELECT"),
            Mistake(one("DELETE FROM a.b RETURNING v"), "\(path).sql is no SELECT", hint: "one SELECT"),
            Mistake(one("SELECT v INTO a.c FROM a.b"), "\(path).sql is no SELECT", hint: "one SELECT"),
            Mistake(one("COPY (SELECT v FROM a.b) TO '/tmp/x'"), "\(path).sql is no SELECT", hint: "one SELECT"),
            Mistake(one("EXPLAIN ANALYZE SELECT v FROM a.b"), "\(path).sql is no SELECT", hint: "one SELECT"),
            Mistake(one("SELECT v, id FROM a.b"), "\(path).sql returns 2 columns", hint: "one column"),
            Mistake(
                withDatabase("\"queries\": {}"),
                "the configuration has the unknown key \"queries\"",
                hint: ""
            ),
        ]
    }()

    @Test("are refused with their place and what would be right", arguments: mistakes)
    func refused(mistake: Mistake) {
        let found = complaints(mistake.json)
        #expect(found.count == 1 && found.first?.message.hasPrefix(mistake.message) == true, "\(found)")
        #expect(mistake.hint.isEmpty || found.first?.hint?.contains(mistake.hint) == true, "\(found)")
        #expect(!"\(found)".contains("Tr0ub4dor"))
    }

    @Test("are read for the collections of their pattern, and those of the most specific pattern hold")
    func read() throws {
        let sql = "WITH latest AS (SELECT v FROM a.b ORDER BY at DESC LIMIT 500) SELECT v FROM latest;"
        let read = try configuration(
            withDatabase(
                """
                "collections": [
                    {"match": "public.docs", "queries": {"sql": "\(sql)", "connection": "dbname=app user=reader"}},
                    {"match": "public.*", "queries": {"sql": "TABLE a.b", "connection": "dbname=app user=other"}}
                ]
                """
            )
        )
        let book = read.policies(for: try #require(read.databases.first))
        func queries(_ table: String) -> ConfiguredQueries? {
            book.policy(for: CollectionName(schema: "public", table: table, column: "v")).queries
        }
        #expect(queries("docs") == ConfiguredQueries(sql: sql, connection: "dbname=app user=reader"))
        #expect(queries("items")?.sql == "TABLE a.b")
        #expect(book.databasePolicy.queries == nil)
        var dumped = ""
        dump(book, to: &dumped)
        #expect(dumped.contains("TABLE a.b") && !dumped.contains("user=reader"))
    }
}
