import Grammar
import Testing

@Suite("The searches of clients")
struct ClientTests {
    struct Client: Sendable, CustomTestStringConvertible {
        let name: String
        let sql: String
        let search: String

        init(_ name: String, _ sql: String, _ search: String) {
            self.name = name
            self.sql = sql
            self.search = search
        }

        var testDescription: String { name }
    }

    static let clients = [
        Client(
            "vecs",
            """
            SELECT vecs.docs.id FROM vecs.docs WHERE vecs.docs.metadata @> CAST($1::JSONB AS JSONB)
            ORDER BY vecs.docs.vec <=> $2 LIMIT $3
            """,
            "nearest vecs.docs.vec <=> ? | from vecs.docs | where vecs.docs.metadata @> ?::jsonb::jsonb | limit ?"
        ),
        Client(
            "vecs with values",
            """
            SELECT vecs.docs.id, vecs.docs.vec <-> $1 AS anon_1 FROM vecs.docs ORDER BY vecs.docs.vec <-> '[1.5,-0.6]' LIMIT $2
            """,
            "nearest vecs.docs.vec <-> ? | from vecs.docs | limit ?"
        ),
        Client(
            "langchain PGVector",
            """
            SELECT langchain_pg_embedding.id AS langchain_pg_embedding_id, langchain_pg_embedding.embedding <=> $1 AS distance
            FROM langchain_pg_embedding JOIN langchain_pg_collection
            ON langchain_pg_embedding.collection_id = langchain_pg_collection.uuid
            WHERE langchain_pg_embedding.collection_id = $2::UUID
            AND jsonb_path_match(langchain_pg_embedding.cmetadata, CAST($3 AS JSONPATH), CAST($4::JSONB AS JSONB))
            ORDER BY distance ASC LIMIT $5
            """,
            "nearest langchain_pg_embedding.embedding <=> ? | from langchain_pg_embedding, langchain_pg_collection"
                + " | on langchain_pg_embedding.collection_id = langchain_pg_collection.uuid"
                + " | where langchain_pg_embedding.collection_id = ?::uuid"
                + " and jsonb_path_match(langchain_pg_embedding.cmetadata, ?::jsonpath, ?::jsonb::jsonb) | limit ?"
        ),
        Client(
            "langchain PGVectorStore",
            """
            SELECT "langchain_id", "content", "embedding", cosine_distance("embedding", $1) as distance FROM "public"."docs"
            WHERE (tenant = $2) ORDER BY "embedding" <=> $1 LIMIT $3;
            """,
            "nearest embedding <=> ? | from public.docs | where tenant = ? | limit ?"
        ),
        Client(
            "Django",
            """
            SELECT "items"."id", ("items"."embedding" <=> $1) AS "distance" FROM "items"
            WHERE ("items"."published" AND "items"."tenant_id" IN ($2 /*, ... */)) ORDER BY "distance" ASC LIMIT $3
            """,
            "nearest items.embedding <=> ? | from items | where items.published and items.tenant_id = ANY (?) | limit ?"
        ),
        Client(
            "Django by number",
            """
            SELECT "items"."id" AS "col1", ("items"."embedding" <=> $1) AS "distance" FROM "items" ORDER BY 2 ASC LIMIT $2
            """,
            "nearest items.embedding <=> ? | from items | limit ?"
        ),
        Client(
            "llama-index",
            """
            SELECT public.data_docs.id, public.data_docs.text, public.data_docs.embedding <=> $1 AS distance
            FROM public.data_docs WHERE (public.data_docs.metadata_ ->> $2) = $3 ORDER BY distance asc LIMIT $4
            """,
            "nearest public.data_docs.embedding <=> ? | from public.data_docs"
                + " | where (public.data_docs.metadata_ ->> ?) = ? | limit ?"
        ),
        Client(
            "mem0",
            """
            SELECT id, vector <=> $1::vector AS distance, payload FROM mem0 WHERE payload->>$2 = $3 ORDER BY distance LIMIT $4
            """,
            "nearest vector <=> ?::vector | from mem0 | where (payload ->> ?) = ? | limit ?"
        ),
        Client(
            "haystack",
            """
            SELECT *, 1 - (embedding <=> '[0.1]') AS score FROM "public"."haystack_documents"
            WHERE meta->>'name' = $1 ORDER BY score DESC LIMIT $2
            """,
            "nearest {? - (embedding <=> ?)} desc | from public.haystack_documents | where (meta ->> ?) = ? | limit ?"
        ),
    ]

    @Test("are read as each client writes them", arguments: clients)
    func search(_ client: Client) async {
        #expect(await lines(client.sql) == [client.search])
    }

    @Test("behind PostgREST are in a function, and the call is read with the names of its arguments")
    func postgREST() async {
        let sql = """
            WITH pgrst_source AS (SELECT pgrst_call.* FROM (SELECT $1 AS json_data) pgrst_payload,
            LATERAL (SELECT "query_embedding", "match_count" FROM json_to_record(pgrst_payload.json_data) AS
            _("query_embedding" vector(3), "match_count" integer) LIMIT $2) pgrst_body,
            LATERAL "public"."match_items"("query_embedding" := pgrst_body.query_embedding, "match_count" := $3) pgrst_call)
            SELECT count(_postgrest_t) FROM (SELECT * FROM "pgrst_source") _postgrest_t
            """
        let calls = await statement(sql)?.calls ?? []
        let name = ObjectName(schema: "public", "match_items")
        #expect(calls.contains(FunctionCall(name, arguments: ["query_embedding", "match_count"], place: .from)))
        #expect(calls.contains(FunctionCall(ObjectName("count"), arguments: [nil], place: .expression)))
    }

    @Test("of a view keep the view, which its own definition resolves")
    func view() async {
        let sql = "select id from near order by embedding <=> $1 limit $2"
        #expect(await lines(sql) == ["nearest embedding <=> ? | from near | limit ?"])
        #expect(await statement(sql)?.relations == [ObjectName("near")])
        let definition = await statement(
            " SELECT d.id,\n    d.vec AS embedding,\n    lower(d.title) AS title\n   FROM (SELECT * FROM public.docs x) d WHERE d.live;"
        )
        #expect(
            definition?.output == [
                OutputColumn(name: "id", .expression(.column(ColumnReference(relation: "x", "id")))),
                OutputColumn(name: "embedding", .expression(.column(ColumnReference(relation: "x", "vec")))),
                OutputColumn(
                    name: "title",
                    .expression(.function(ObjectName("lower"), [.column(ColumnReference(relation: "x", "title"))]))
                ),
            ]
        )
        #expect(definition?.relations == [ObjectName(schema: "public", "docs")])
    }

    @Test("compare with the expression of an index")
    func indexExpression() async throws {
        let reader = StatementReader()
        let index = await reader.readExpression("(binary_quantize(embedding))::bit(64)")
        let search = try #require(
            await statement("select 1 from items i order by binary_quantize(i.embedding)::bit(64) <~> $1 limit 5")?
                .searches.first
        )
        #expect(search.distance?.searched.unqualified == index)
        #expect(await reader.readExpression("1), (2") == nil)
        #expect(await reader.readExpression("") == nil)
    }
}
