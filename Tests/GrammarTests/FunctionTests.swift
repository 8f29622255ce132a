import Grammar
import Testing

@Suite("The body of a function")
struct FunctionTests {
    private func read(_ language: String, _ source: String, _ arguments: Set<String> = []) async -> ReadText {
        await StatementReader().read(
            FunctionBody(name: "match_documents", language: language, source: source, argumentNames: arguments)
        )
    }

    private let arguments: Set = ["query_embedding", "match_count", "match_threshold", "filter"]

    @Test("in SQL is read with its arguments as parameters")
    func sql() async {
        let source = """
              select documents.id, 1 - (documents.embedding <=> query_embedding) as similarity
              from documents
              where 1 - (documents.embedding <=> query_embedding) > match_documents.match_threshold
              order by documents.embedding <=> query_embedding
              limit match_count;
            """
        #expect(
            lines(await read("sql", source, arguments)) == [
                "nearest documents.embedding <=> ? | from documents | where (? - (documents.embedding <=> ?)) > ? | limit ?"
            ]
        )
    }

    @Test("in standard SQL is read as pg_get_function_sqlbody gives it")
    func standard() async {
        let source = "BEGIN ATOMIC\n SELECT items.id FROM items ORDER BY (items.v <-> query_embedding) LIMIT 3;\nEND"
        #expect(lines(await read("sql", source, arguments)) == ["nearest items.v <-> ? | from items | limit 3"])
        let value = "RETURN (SELECT items.id FROM items ORDER BY (items.v <-> query_embedding) LIMIT 1)"
        #expect(lines(await read("sql", value, arguments)) == ["nearest items.v <-> ? | from items | limit 1"])
    }

    @Test("in PL/pgSQL is read by its statements")
    func plpgsql() async {
        let source = """
            #variable_conflict use_column
            declare
              n int := 5;
              near cursor (k int) for select id from b order by v <#> query_embedding;
              r record;
            begin
              perform set_config('hnsw.ef_search', '100', true);
              set local ivfflat.probes = 7;
              if (select count(*) from items where embedding <-> query_embedding < 1) > case when true then 1 else 2 end then
                return query
                select id, content from documents where metadata @> filter
                order by documents.embedding <=> query_embedding limit match_count;
              elsif n > 3 then
                for r in select id, v from c order by v <-> query_embedding limit n loop
                  raise notice 'secret %', r.id;
                  select id, w into strict n, r.x from d order by w <+> r.v limit 1;
                end loop;
              else
                <<outer>>
                for i in 1..10 loop
                  n := (select id from e order by embedding <~> query_embedding limit 1);
                end loop;
              end if;
              case n when 1 then
                open cur for select 1 from f order by v <-> $1;
              end case;
              execute format('select 1 from %I order by v <-> $1', 'secret') using query_embedding into n;
              insert into log select id from g order by v <-> query_embedding limit 2 returning id into n;
              return;
            exception when others then
              raise;
            end;
            """
        let text = await read("plpgsql", source, arguments)
        #expect(
            lines(text) == [
                "nearest v <#> ? | from b",
                "radius | from items | where (embedding <-> ?) < ? | aggregate",
                "nearest documents.embedding <=> ? | from documents | where metadata @> ? | limit ?",
                "nearest v <-> ? | from c | limit ?",
                "nearest w <+> ? | from d | limit 1",
                "nearest embedding <~> ? | from e | limit 1",
                "nearest v <-> ? | from f",
                "nearest v <-> ? | from g | limit 2",
            ]
        )
        #expect(text.statements.filter { $0.kind == .dynamic }.count == 1)
        #expect(text.statements.filter { $0.kind == .notUnderstood }.isEmpty)
        #expect(
            text.statements.flatMap(\.settings) == [
                Setting("hnsw.ef_search", .integer(100), scope: .transaction),
                Setting("ivfflat.probes", .integer(7), scope: .transaction),
            ]
        )
    }

    @Test("in PL/pgSQL calls functions also where it assigns or returns what they give")
    func calls() async {
        let source = """
            declare n int := first_of(1);
            begin
              n := second_of(2);
              perform third_of(3);
              return query select * from other.fourth_of(4);
              if fifth_of(5) then return sixth_of(6); end if;
            end
            """
        let calls = await read("plpgsql", source).statements.flatMap(\.calls).map(\.name.name)
        #expect(calls == ["first_of", "second_of", "third_of", "fourth_of", "fifth_of", "sixth_of"], "\(calls)")
    }

    @Test(
        "in PL/pgSQL that makes no sense is no harm",
        arguments: [
            "", ";", "begin", "if", "for", "for x in", "return query", "declare", "declare x cursor for", "open",
            "select into",
            "x :=", "<<", "#", "case", "perform", "begin return query select ((( ; end", "insert into",
            "select a into b,,, from c",
            "foreach", "while loop loop loop", "into into into", "select 1 into x[", "( into", "end end end case case",
        ]
    )
    func nonsense(_ source: String) async {
        let text = await read("plpgsql", source)
        #expect(text.statements.flatMap(\.searches).isEmpty)
    }

    @Test("in another language is not understood")
    func other() async {
        #expect(await read("plpython3u", "return 1") == .notUnderstood(.language))
    }
}
