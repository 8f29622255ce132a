import Grammar
import Testing

@Suite("What a search filters by")
struct FilterTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let condition: String
        let shape: String
        let kind: Filter.Kind
        let subject: String?

        init(_ condition: String, _ shape: String, _ kind: Filter.Kind, _ subject: String? = nil) {
            self.condition = condition
            self.shape = shape
            self.kind = kind
            self.subject = subject
        }

        var testDescription: String { condition }
    }

    static let samples = [
        Sample("tenant_id = 7", "tenant_id = ?", .comparison(operator: ObjectName("=")), "tenant_id"),
        Sample("$1 = tenant_id", "? = tenant_id", .comparison(operator: ObjectName("=")), "tenant_id"),
        Sample("metadata @> '{\"a\": 1}'", "metadata @> ?", .comparison(operator: ObjectName("@>")), "metadata"),
        Sample(
            "metadata->'a'->>'b' = 'c'",
            "((metadata -> ?) ->> ?) = ?",
            .comparison(operator: ObjectName("=")),
            "(metadata -> ?) ->> ?"
        ),
        Sample(
            "(metadata->>'year')::int >= 2020",
            "(metadata ->> ?)::int4 >= ?",
            .comparison(operator: ObjectName(">=")),
            "(metadata ->> ?)::int4"
        ),
        Sample("a in (1, 2, 3)", "a = ANY (?)", .membership(operator: ObjectName("=")), "a"),
        Sample("a = any($1)", "a = ANY (?)", .membership(operator: ObjectName("=")), "a"),
        Sample("$1 = any(tags)", "? = ANY (tags)", .membership(operator: ObjectName("=")), "tags"),
        Sample("a not in (1, 2)", "a <> ALL (?)", .other, "a"),
        Sample("a between 1 and $2", "a BETWEEN ? AND ?", .range, "a"),
        Sample("title like 'x%'", "title LIKE ?", .comparison(operator: ObjectName("LIKE")), "title"),
        Sample("title not ilike 'x%'", "title NOT ILIKE ?", .comparison(operator: ObjectName("NOT ILIKE")), "title"),
        Sample("deleted_at is null", "deleted_at IS NULL", .nullness(isNull: true), "deleted_at"),
        Sample("deleted_at is not null", "deleted_at IS NOT NULL", .nullness(isNull: false), "deleted_at"),
        Sample("published", "published", .flag, "published"),
        Sample("not published", "NOT published", .flag, "published"),
        Sample("a = 1 or b = 2", "(a = ?) OR (b = ?)", .other),
        Sample("embedding <=> $1 < 0.3", "(embedding <=> ?) < ?", .distanceThreshold, "embedding <=> ?"),
        Sample(
            "1 - (embedding <=> $1) > 0.7",
            "(? - (embedding <=> ?)) > ?",
            .distanceThreshold,
            "? - (embedding <=> ?)"
        ),
        Sample("exists (select 1 from t)", "EXISTS (SELECT ...)", .subquery),
        Sample("a in (select id from t)", "a = ANY ((SELECT ...))", .subquery, "a"),
        Sample("items.a = users.b", "items.a = users.b", .join),
        Sample("jsonb_path_match(m, '$.a == 1')", "jsonb_path_match(m, ?)", .other),
        Sample(
            "to_tsvector('english', body) @@ plainto_tsquery($1)",
            "to_tsvector(?, body) @@ plainto_tsquery(?)",
            .comparison(operator: ObjectName("@@")),
            "to_tsvector(?, body)"
        ),
        Sample("case when a then b = 1 else c end", "...(a, b = ?, c)", .other),
    ]

    @Test(
        "is each condition with its kind, its shape without constants, and what an index for it would hold",
        arguments: samples
    )
    func condition(_ sample: Sample) async {
        let sql = "select id from items where \(sample.condition) order by v <-> $9 limit 5"
        let filters = await statement(sql)?.searches.first { $0.kind == .nearest }?.filters ?? []
        #expect(filters.map(\.shape) == [sample.shape])
        #expect(filters.map(\.kind) == [sample.kind])
        #expect(filters.map { $0.subject.map { "\($0)" } } == [sample.subject])
    }

    @Test("is split at AND, and lists of any length are one shape")
    func conjuncts() async {
        let few = await lines("select 1 from t where a in ($1, $2) and (b = 1 and c) order by v <-> $3")
        let many = await lines("select 1 from t where a in ($1, $2, $3, $4) and b = 2 and c order by v <-> $5")
        #expect(few == ["nearest v <-> ? | from t | where a = ANY (?) and b = ? and c"])
        #expect(few == many)
    }

    @Test("has the columns of joins apart")
    func joins() async {
        let sql =
            "select 1 from items i left join tags t on t.item = i.id and t.name = $1 join c using (id) order by i.v <-> $2"
        #expect(
            await lines(sql) == [
                "nearest i.v <-> ? | from items i, left tags t, c | on t.item = i.id and t.name = ? and id = id"
            ]
        )
    }
}
