import Advisor
import Testing

@testable import vecsteward

@Suite("A collection as people write it")
struct CollectionArgumentTests {
    private static let known = [
        ("vecs", "docs", "vec"), ("public", "docs", "vec"), ("public", "items", "a"), ("public", "items", "b"),
        ("public", "My Docs", "vec"), ("vecs", "a.b", "vec"), ("public", "said \"so\"", "vec"), ("app", "Items", "v"),
        ("app", "two\nlines", "v"),
    ].map { CollectionName(schema: $0.0, table: $0.1, column: $0.2) }

    @Test(
        "it means what SQL means by it, and what a report calls so",
        arguments: [
            ("docs", ["vecs.docs.vec"]), ("vecs.docs", ["vecs.docs.vec"]), ("public.docs", ["public.docs.vec"]),
            ("public.docs.vec", ["public.docs.vec"]), ("items", ["public.items.a", "public.items.b"]),
            ("public.items.b", ["public.items.b"]), ("My Docs", ["public.My Docs.vec"]),
            ("\"My Docs\"", ["public.My Docs.vec"]), ("public.\"My Docs\"", ["public.My Docs.vec"]),
            ("vecs.\"a.b\"", ["vecs.a.b.vec"]), ("\"a.b\"", ["vecs.a.b.vec"]), ("vecs.a.b", ["vecs.a.b.vec"]),
            ("a.b", ["vecs.a.b.vec"]), ("\"said \"\"so\"\"\"", ["public.said \"so\".vec"]),
            ("said \"so\"", ["public.said \"so\".vec"]), ("DOCS", ["vecs.docs.vec"]), ("\"DOCS\"", []),
            ("Items", ["app.Items.v"]), ("ITEMS", ["public.items.a", "public.items.b"]),
            ("two\nlines", ["app.two\nlines.v"]), ("doc", []), ("", []), (".", []), ("\"docs", []), ("vecs.", []),
            ("a.b.c.d", []), ("public.docs.embedding", []),
        ] as [(String, [String])]
    )
    func matches(text: String, found: [String]) {
        let matches = CollectionArgument(text).matches(among: Self.known)
        #expect(matches.map { "\($0.schema).\($0.table).\($0.column)" } == found)
    }

    @Test("of an unknown one the nearest is known")
    func nearest() {
        #expect(CollectionArgument("dosc").nearest(among: Self.known) == "docs")
        #expect(CollectionArgument("public.itmes").nearest(among: Self.known) == "public.items")
        #expect(CollectionArgument("something else").nearest(among: Self.known) == nil)
    }
}
