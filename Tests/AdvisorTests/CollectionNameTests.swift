import Advisor
import Testing

@Suite("Names of collections")
struct CollectionNameTests {
    private func name(_ table: String) -> CollectionName {
        CollectionName(schema: "vecs", table: table, column: "vec")
    }

    @Test("that differ in Unicode normalization alone are two, as they are for PostgreSQL")
    func normalization() {
        let (composed, decomposed) = (name("caf\u{E9}"), name("cafe\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect((composed < decomposed) != (decomposed < composed))
    }

    @Test("are ordered by schema, table and column, byte by byte")
    func order() {
        let names = [
            CollectionName(schema: "a", table: "z", column: "a"), CollectionName(schema: "b", table: "B", column: "a"),
            CollectionName(schema: "b", table: "a", column: "a"), CollectionName(schema: "b", table: "a", column: "b"),
        ]
        #expect(names.shuffled().sorted() == names)
    }
}
