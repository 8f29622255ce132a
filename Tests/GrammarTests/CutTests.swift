import Grammar
import Testing

@Suite("A text that is cut")
struct CutTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let sql: String
        let searches: [String]

        init(_ sql: String, _ searches: String...) {
            self.sql = sql
            self.searches = searches
        }

        var testDescription: String { sql }
    }

    static let samples = [
        Sample(
            "select id from items where tenant_id = 7 order by embedding <=> '[0.12, 0.3",
            "nearest embedding <=> ? | from items | where tenant_id = ? | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> E'[0.12, \\'",
            "nearest embedding <=> ? | from items | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> $tag$[0.12, ",
            "nearest embedding <=> ? | from items | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> '[0.12]'::vec",
            "nearest embedding <=> ? | from items | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> '[0.12]'::vector limit 1",
            "nearest embedding <=> ?::vector | from items | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> '[0.12]'::vector limit 10 ",
            "nearest embedding <=> ?::vector | from items | limit 10 | cut"
        ),
        Sample("select id from items order by cast('[0.1", "none  | from items | limit unknown | cut"),
        Sample(
            "select id from items order by embedding <=> cast('[0.1, 0.2",
            "nearest embedding <=> ?::text | from items | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> array[0.1, 0.2",
            "nearest embedding <=> ? | from items | limit unknown | cut"
        ),
        Sample(
            "SELECT \"items\".\"id\", (\"items\".\"embedding\" <=> '[0.1, 0.2",
            "computation items.embedding <=> ? | limit unknown | cut"
        ),
        Sample(
            "select * from (select id, embedding <-> '[1,2",
            "computation embedding <-> ? | limit unknown | cut"
        ),
        Sample(
            "select * from (select id from items order by embedding <-> '[1,2",
            "nearest embedding <-> ? | from items | limit unknown | cut"
        ),
        Sample(
            "select * from a join (select id from items order by embedding <-> '[1,2",
            "nearest embedding <-> ? | from items | limit unknown | cut"
        ),
        Sample(
            "with q as (select id from items order by embedding <-> '[1,2",
            "nearest embedding <-> ? | from items | limit unknown | cut"
        ),
        Sample(
            "with q as materialized (select id from items order by embedding <-> '[1,2]' limit 5) select * from q where x",
            "nearest embedding <-> ? | from items | limit 5"
        ),
        Sample("select case when embedding <-> '[1,2", "computation embedding <-> ? | limit unknown | cut"),
        Sample(
            "select id from items order by embedding <=> '[0.12]' /* a comm",
            "nearest embedding <=> ? | from items | limit unknown | cut"
        ),
        Sample(
            "select id from items order by embedding <=> '[0.12]' -- a comm",
            "nearest embedding <=> ? | from items | limit unknown | cut"
        ),
        Sample("select id from items order by \"embed"), Sample("select id from items order by embedding <"),
        Sample("sel"),
        Sample("insert into items values (1, '[1,2"), Sample("update items set embedding = '[1,2"),
    ]

    @Test("is closed, and what the cut may have hidden is unknown", arguments: samples)
    func end(_ sample: Sample) async {
        let found = await lines(sample.sql, isCut: true)
        #expect(found.filter { $0 != "syntax" } == sample.searches.filter { !$0.hasPrefix("none") })
    }

    @Test("may end within a character")
    func character() async {
        let whole = Array("select id from items order by embedding <-> 'é".utf8)
        let text = await StatementReader().read(Array(whole.dropLast()), isCut: true)
        #expect(lines(text) == ["nearest embedding <-> ? | from items | limit unknown | cut"])
    }

    @Test("never shows a search that the whole text has not, wherever the cut is")
    func everyPlace() async {
        let sql = """
            WITH q AS (SELECT id, embedding <-> '[1,2]'::vector AS d FROM public.items i JOIN tags t ON t.item = i.id
            WHERE i.live AND t.name IN ('a', 'b') ORDER BY d LIMIT 40)
            SELECT *, "näh" FROM q WHERE d < 1 ORDER BY (SELECT v FROM w ORDER BY v <=> $1 LIMIT 1), d LIMIT 5
            """
        let bytes = Array(sql.utf8)
        for length in 0...bytes.count {
            let text = await StatementReader().read(Array(bytes[..<length]), isCut: true)
            for search in text.statements.flatMap(\.searches) {
                let distance = search.distance.map { "\($0.searched) \($0.name.name)" }
                #expect(["i.embedding <->", "embedding <->", "v <=>"].contains(distance), "cut at \(length)")
                if search.limit == .none { Issue.record("no LIMIT is certain, cut at \(length)") }
            }
        }
    }
}
