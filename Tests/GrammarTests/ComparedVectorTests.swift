import Grammar
import Testing

@Suite("Vectors that a text compares columns with")
struct ComparedVectorTests {
    /// A text, and what it compares with: operator and constant.
    static let texts: [(sql: String, found: [String])] = [
        (
            "SELECT d.id, d.vec <-> $1 AS a FROM vecs.docs AS d ORDER BY d.vec <-> '[1.5,-2]' LIMIT $2",
            ["<-> [1.5,-2]"]
        ),
        ("select id from items order by embedding <=> '[1,2]'::vector limit 3", ["<=> [1,2]"]),
        ("select id from items order by '[1,2]'::public.vector(2) operator(public.<#>) embedding", ["<#> [1,2]"]),
        ("prepare p as select id from items order by (embedding::halfvec(2)) <=> '[1,2]' limit 3", ["<=> [1,2]"]),
        (
            "select v <-> '[1]', v <-> '[1]' from items where v <-> '[2]' < 3 order by v <=> '[3]'",
            ["<-> [1]", "<-> [2]", "<=> [3]"]
        ),
        // Nothing is compared with a column, or not with a vector.
        ("select '[1,2]' <-> '[3,4]'", []), ("select id from items order by v <-> w", []),
        ("select id from items order by v <-> $1 limit 3", []),
        ("select id from items where name = '[1,2]' order by v <=> $1", []),
        ("select id from items order by name <-> 'word'", []),
        ("select id from items order by v <-> '[1,2", []), ("select", []), ("", []),
    ]

    @Test("are those constants, each once", arguments: texts)
    func found(sql: String, found: [String]) async {
        let vectors = await StatementReader().comparedVectors(in: sql)
        #expect(Set(vectors.map { "\($0.operation) \($0.literal)" }) == Set(found))
        #expect(vectors.count == found.count)
    }

    @Test("are in no description of what is given out")
    func hidden() async throws {
        let vectors = await StatementReader().comparedVectors(in: "select from items order by v <-> '[4711]'")
        #expect(vectors.count == 1)
        var dumped = ""
        dump(vectors, to: &dumped)
        #expect(!"\(vectors) \(String(reflecting: vectors)) \(dumped)".contains("4711"))
    }
}
