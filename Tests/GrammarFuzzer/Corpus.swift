/// What the fuzzer begins with.
enum Corpus {
    static let texts = [
        "SELECT vecs.docs.id FROM vecs.docs WHERE vecs.docs.metadata @> CAST($1::JSONB AS JSONB) ORDER BY vecs.docs.vec <=> $2 LIMIT $3",
        "select id, embedding <-> '[1,2]'::vector(2) as d from items i join tags t using (id) where m->>'a' = 'b' order by d limit 5",
        "with q as materialized (select * from a union all select * from b) select *, rank() over (order by v <=> $1) from q limit 3",
        "insert into t (a, b) values (1, 'x') on conflict (a) do update set b = excluded.b returning *",
        "update t set (a, b) = (select 1, 2), c = 3 from u where t.v <-> '[1]' < 1",
        "merge into t using s on t.a = s.a when matched then update set b = 1 when not matched then insert values (1)",
        "delete from t using u where u.v <#> t.v > 1", "set local hnsw.ef_search = 100",
        "select set_config('a.b', 'c', true)",
        "prepare s(vector) as select 1 from t order by v <-> $1", "declare c cursor for select 1", "fetch 10 in c",
        "create function f(n int) returns int language plpgsql as $$ begin return 1; end $$",
        "copy (select 1) to stdout",
        "begin atomic select 1; select embedding <-> n from t; end", "return (select 1)",
        """
        declare n int := 1; c cursor for select 1; r record; begin for r in select v from t order by v <-> n loop
        select a into strict n, r.x from t; end loop; if n > 1 then return query select 1; elsif n < 2 then perform f(n); else
        execute 'select 1' using n; end if; case n when 1 then null; end case; n := (select 2); exception when others then raise; end
        """,
        "select e'\\x41' U&'\\0041' , b'101', x'1f', $tag$ ' $tag$, \"q\"\"q\", U&\"\\0041\", 1.5e3, .5, -- c\n /* a /* b */ */ 'a'\n'b'",
        "select case when a then b else c end, array[1,2][1], (a).b, row(1, 2), cast(a as int[]), a[1:2], interval '1' day, x.* from x",
        "select json_object('a': 1), xmlelement(name a), coalesce(a, b), greatest(1, 2), a at time zone 'x', a collate \"C\"",
        "select a between symmetric 1 and 2, a similar to 'x', a is distinct from b, a = any(array[1]), a in (select 1), not a is null",
        "select count(*) filter (where a), percentile_cont(0.5) within group (order by a) from t group by grouping sets ((a), (b))",
        "select 1 from t tablesample system (1), lateral f(a) with ordinality as x(a, b), rows from (f(1), g(2)) for update skip locked",
        "create view v as select 1; alter table t add column a int; explain (analyze) select 1; vacuum; grant select on t to x",
        "é\u{1F600}ü",
    ]

    static let words = [
        "select", "from", "where", "order by", "limit", "(", ")", "[", "]", ",", ";", "'", "\"", "$a$", "$$", "--",
        "/*", "*/", "e'", "::",
        "<->", "<=>", "=", "+", "-", "*", "$1", "1", "a", "a.b", "case", "end", "when", "then", "begin", "declare",
        "loop", "for", "in",
        "into", "return query", "execute", "with", "as", "union", "join", "on", "using", "lateral", "values", "array",
        "not", "and", "or",
        "is null", "between", "like", "exists", "cast(", "row(", "set", "update", "(a, b) = (", "\\", "\u{0}", "\u{1}",
        "U&'", "x'", ":=",
        "if", "else", "open", "cursor", "<<", ">>", "#", "distinct on", "over", "window", "filter", "within group",
        "table", "merge",
    ]

    /// What may stand around a part many times.
    static let nests = [
        ("(", ")"), ("[", "]"), ("array[", "]"), ("f(", ")"), ("(select ", ")"), ("case when ", " then 1 end"),
        ("not ", ""), ("- ", ""),
        ("1+", ""), ("", "::b"), ("", " collate c"), ("select 1 union ", ""), ("select 1 from (", ") a"),
        ("with a as (", ") select 1"),
        ("exists (", ")"), ("a in (", ")"), ("cast(", " as int)"), ("begin ", " end;"), ("if a then ", " end if;"),
        ("/*", "*/"), ("(a, ", ")"),
        ("with x as (update t set (a,a)=(", ") returning 1) select 1"), ("row(", ")"), ("", ".a"), ("", "[1]"),
        ("coalesce(", ",1)"),
    ]
}
