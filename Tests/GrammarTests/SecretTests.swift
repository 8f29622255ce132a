import Foundation
import Grammar
import Testing

@Suite("Constants of a search")
struct SecretTests {
    /// Each has the secret wherever a text may hold one.
    static let texts = [
        "select id, 'SECRET' as x from items where a = 'SECRET' and m @> '{\"SECRET\": 1}' order by v <-> '[4711]' limit 5 -- SECRET",
        "select m->>'SECRET', m->'SECRET'->4711 from items /* SECRET */ where m->>'SECRET' = $1 order by v <=> $2",
        "select $SECRET$SECRET$SECRET$, E'SE\\x43RET SECRET', U&'SECRET', B'1001', X'4711' from items order by v <-> E'SECRET'",
        "select id from items where a in ('SECRET', 4711) and b between 4711 and 'SECRET' and c like '%SECRET%' order by v <-> $1",
        "select id from items where a = any('{SECRET}') or b = 4711 or not c = 'SECRET' order by v <-> array[4711, 4711.5]::vector",
        "select id from items where f('SECRET', a => 'SECRET', b => 4711) order by f(v, 'SECRET') <-> $1 limit 'SECRET'::int",
        "select case when a = 'SECRET' then 4711 else 'SECRET' end from items order by v <-> $1 offset 4711",
        "select id from items where a is distinct from 'SECRET' and b similar to 'SECRET' order by v <-> $1, a <> 'SECRET'",
        "select id from items where v <-> '[4711]' < 4711 and xmlexists('SECRET' passing x) and a[4711] = 'SECRET'",
        "set search_path = SECRET", "set hnsw.iterative_scan = 'SECRET'", "set my.setting = 'SECRET'",
        "set application_name = 'SECRET'", "set role 'SECRET'", "set time zone 'SECRET'",
        "select set_config('hnsw.ef_search', 'SECRET', true), set_config('SECRET.x', 'SECRET', false)",
        "insert into items values (4711, 'SECRET') returning 'SECRET'",
        "update items set a = 'SECRET' where v <-> '[4711]' < 1",
        "copy (select 'SECRET' from items order by v <-> '[4711]') to '/SECRET'", "create user x password 'SECRET'",
        "prepare s as select 'SECRET' from items order by v <-> '[4711]'", "execute s('SECRET', 4711)",
        "do $$ begin perform 'SECRET'; end $$", "comment on table items is 'SECRET'", "notify x, 'SECRET'",
        "select 'SECRET' from where", "select 'SECRET", "select \"a\" from 'SECRET'", "SECRET",
        "select id from items tablesample system (4711) repeatable (4711) where a = 'SECRET' order by v <-> $1",
        "select interval '4711 days', date 'SECRET', a at time zone 'SECRET' from items order by v <-> 'SECRET'::vector",
        "select id from items order by subvector(v, 1, 2)::vector(2) <-> '[4711]', position('SECRET' in a) limit 3",
    ]

    @Test("are in nothing that is given out, whole or cut", arguments: texts)
    func constants(_ sql: String) async throws {
        let reader = StatementReader()
        var read = [await reader.read(sql)]
        for length in stride(from: 1, to: sql.utf8.count, by: 3) {
            read.append(await reader.read(Array(sql.utf8.prefix(length)), isCut: true))
        }
        read.append(await reader.read(FunctionBody(language: "plpgsql", source: "begin return query \(sql); end")))
        read.append(await reader.read(FunctionBody(language: "sql", source: sql)))
        for text in read {
            let json = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
            let words = String(describing: text)
            let shapes = text.statements.flatMap(\.searches).flatMap(\.filters).map(\.shape).joined()
            for output in [json, words, shapes] {
                #expect(!output.lowercased().contains("secret"))
                #expect(!output.contains("4711"))
            }
            #expect(try JSONDecoder().decode(ReadText.self, from: Data(json.utf8)) == text)
        }
    }
}
