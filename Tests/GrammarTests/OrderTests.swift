import Grammar
import Testing

@Suite("What a search orders by")
struct OrderTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let sql: String
        let searches: [String]

        init(_ sql: String, _ searches: String...) {
            self.sql = sql
            self.searches = searches
        }

        var testDescription: String { sql }
    }

    static let keys = [
        Sample(
            "select id from items order by embedding <-> $1 limit 5",
            "nearest embedding <-> ? | from items | limit 5"
        ),
        Sample(
            "select id from items order by $1 <=> embedding limit $2",
            "nearest embedding <=> ? | from items | limit ?"
        ),
        Sample(
            "SELECT id FROM public.items i ORDER BY i.embedding OPERATOR(ext.<#>) '[1,2]'::vector FETCH FIRST 3 ROWS ONLY",
            "nearest i.embedding ext.<#> ?::vector | from public.items i | limit 3"
        ),
        Sample(
            "select id from items order by embedding::halfvec(3) <=> $1::halfvec(3), id desc nulls last limit 5 offset 10",
            "nearest embedding::halfvec(3) <=> ?::halfvec(3), id desc nulls last | from items | limit 5 | offset"
        ),
        Sample(
            "select * from items order by binary_quantize(embedding)::bit(64) <~> binary_quantize($1) limit 20",
            "nearest binary_quantize(embedding)::bit(64) <~> binary_quantize(?) | from items | limit 20"
        ),
        Sample(
            "select * from items order by subvector(embedding, 1, 3)::vector(3) <=> subvector($1::vector, 1, 3) limit 5",
            "nearest subvector(embedding, 1, 3)::vector(3) <=> subvector(?::vector, 1, 3) | from items | limit 5"
        ),
        Sample(
            "select * from items order by 1 - (embedding <=> $1) desc limit 5",
            "nearest {? - (embedding <=> ?)} desc | from items | limit 5"
        ),
        Sample(
            "select * from items order by -(embedding <#> $1) desc",
            "nearest {-(embedding <#> ?)} desc | from items"
        ),
        Sample(
            "select id, embedding <-> $1 as distance from items order by distance limit 5",
            "nearest embedding <-> ? | from items | limit 5"
        ),
        Sample(
            "select id, embedding <-> $1 from items order by 2 limit 5",
            "nearest embedding <-> ? | from items | limit 5"
        ),
        Sample(
            "select id, 1 - (embedding <=> $1) as similarity from items order by similarity desc limit 5",
            "nearest {? - (embedding <=> ?)} desc | from items | limit 5"
        ),
        Sample("select *, embedding <-> $1 from items order by 2", "computation embedding <-> ? | from items"),
        Sample(
            "select id from items order by cosine_distance(embedding, $1) limit 5",
            "nearest cosine_distance(embedding, ?) | from items | limit 5"
        ),
        Sample(
            "select id from items order by published, embedding <+> $1 limit 5",
            "nearest published, embedding <+> ? | from items | limit 5"
        ),
        Sample(
            "select a.id, b.id from items a join items b on a.id < b.id order by a.embedding <-> b.embedding limit 5",
            "nearest a.embedding <-> b.embedding | from items a, items b | on a.id < b.id | limit 5"
        ),
        Sample(
            "select id from items order by embedding <-> (select embedding from items where id = 1) limit 5",
            "nearest embedding <-> (SELECT ...) | from items | limit 5"
        ),
        Sample(
            "select id from items order by embedding <-> array[0.1, 0.2, $1]::vector limit all",
            "nearest embedding <-> ?::vector | from items"
        ),
        Sample(
            "select id from items order by embedding <-> $1 limit least($2, 200)",
            "nearest embedding <-> ? | from items | limit expression"
        ),
        Sample(
            "select distinct category from items order by embedding <-> $1 for update",
            "nearest embedding <-> ? | from items | distinct | locking"
        ),
        Sample(
            "select category, min(embedding <-> $1) from items group by category",
            "computation embedding <-> ? | from items | aggregate | grouping"
        ),
        Sample(
            "select id, rank() over (order by embedding <=> $1) from items order by embedding <=> $1 limit 20",
            "nearest embedding <=> ? | from items | limit 20 | window"
        ),
        Sample(
            "select id from items where embedding <=> $1 < 0.3",
            "radius | from items | where (embedding <=> ?) < ?"
        ),
        Sample("delete from items where embedding <-> $1 < 0.1", "radius | from items | where (embedding <-> ?) < ?"),
        Sample(
            "select id from items where embedding <=> $1 < 0.3 order by embedding <=> $1 limit 5",
            "nearest embedding <=> ? | from items | where (embedding <=> ?) < ? | limit 5"
        ),
        Sample("select 1"),
        Sample("select $1 <-> $2"),
    ]

    @Test("is read with operator, cast and expression, also by alias and number", arguments: keys)
    func key(_ sample: Sample) async {
        #expect(await lines(sample.sql) == sample.searches)
    }

    static let nested = [
        Sample(
            """
            SELECT * FROM (SELECT * FROM items ORDER BY binary_quantize(embedding)::bit(3) <~> binary_quantize($1) LIMIT 20) s
            ORDER BY embedding <=> $1 LIMIT 5
            """,
            "nearest binary_quantize(embedding)::bit(3) <~> binary_quantize(?) | from items | limit 20",
            "nearest embedding <=> ? | from (limited) s | limit 5 | reranking"
        ),
        Sample(
            """
            WITH nearest AS MATERIALIZED (SELECT id, embedding <-> $1 AS distance FROM items ORDER BY distance LIMIT 5)
            SELECT * FROM nearest WHERE distance < 5 ORDER BY distance
            """,
            "nearest embedding <-> ? | from items | limit 5"
        ),
        Sample(
            "select * from (select id, embedding <=> $1 as distance from items where a = 1) t where distance < 0.3 order by distance limit 5",
            "nearest embedding <=> ? | from items | where a = ? and (embedding <=> ?) < ? | limit 5"
        ),
        Sample(
            "with t as (select * from docs d) select id from t where t.tenant = $1 order by t.embedding <-> $2 limit 3",
            "nearest d.embedding <-> ? | from docs d | where d.tenant = ? | limit 3"
        ),
        Sample(
            "with t as materialized (select * from docs) select id from t order by embedding <-> $2 limit 3",
            "nearest embedding <-> ? | from (subquery) t | limit 3"
        ),
        Sample(
            "select id from (select id, embedding <-> $1 as d from items order by d) s limit 7",
            "nearest embedding <-> ? | from items | limit 7"
        ),
        Sample(
            "select id from items where id in (select id from others order by v <#> $1 limit 3)",
            "nearest v <#> ? | from others | limit 3"
        ),
        Sample(
            "(select id from a order by v <-> $1 limit 3) union all (select id from b order by w <=> $1 limit 4)",
            "nearest v <-> ? | from a | limit 3 | setOperation",
            "nearest w <=> ? | from b | limit 4 | setOperation"
        ),
        Sample(
            "select u.id, n.id from users u cross join lateral (select id from items order by embedding <-> u.taste limit 3) n",
            "nearest embedding <-> u.taste | from items | limit 3"
        ),
    ]

    @Test("is found at every level, and a plain subquery is read through", arguments: nested)
    func level(_ sample: Sample) async {
        #expect(await lines(sample.sql) == sample.searches)
    }

    static let wrapped = [
        "insert into t select id from items order by embedding <-> $1 limit 5",
        "create table t as select id from items order by embedding <-> $1 limit 5",
        "prepare s(vector) as select id from items order by embedding <-> $1 limit 5",
        "declare c cursor for select id from items order by embedding <-> $1 limit 5",
        "explain (analyze) select id from items order by embedding <-> $1 limit 5",
        "copy (select id from items order by embedding <-> '[1,2]' limit 5) to stdout",
        "create view v as select id from items order by embedding <-> '[1]' limit 5",
        "select id into t from items order by embedding <-> $1 limit 5",
        "with d as (delete from a where id in (select id from items order by embedding <-> $1 limit 5)) select 1",
    ]

    @Test(
        "is only planned by EXPLAIN without ANALYZE",
        arguments: [
            ("", true), ("analyze ", false), ("(costs off) ", true), ("(analyze, buffers) ", false),
            ("(analyze off) ", true),
            ("(analyze 0) ", true), ("(analyze true) ", false), ("(analyze 1) ", false), ("(ANALYZE FALSE) ", true),
            ("(analyze, analyze false) ", true), ("(verbose, analyze on) ", false),
        ]
    )
    func explained(options: String, isPlanned: Bool) async throws {
        let text = "explain \(options)select id from items order by embedding <-> $1 limit 5"
        let statement = try #require(await StatementReader().read(text).statements.first)
        #expect(statement.kind == (isPlanned ? .plan : .explain))
        #expect(statement.searches.count == 1)
    }

    @Test("is found within other statements", arguments: wrapped)
    func statement(_ sql: String) async {
        let found = await lines(sql)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("nearest embedding <-> ?") == true)
        #expect(found.first?.contains("| from items | limit 5") == true)
    }
}
