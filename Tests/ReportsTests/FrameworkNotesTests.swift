import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("What a framework calls its things")
struct FrameworkNotesTests {
    private static func notes(_ names: (schema: String, table: String, column: String)...) -> [String] {
        var notes = FrameworkNotes()
        for name in names { notes.add(CollectionName(schema: name.schema, table: name.table, column: name.column)) }
        return notes.sentences
    }

    @Test("is said of LangChain's table by the names of table and column")
    func langChain() {
        #expect(
            Self.notes(("public", "langchain_pg_embedding", "embedding")) == [
                "LangChain calls the rows of langchain_pg_collection collections: all those of a schema share one table, "
                    + "public.langchain_pg_embedding, and its indexes."
            ]
        )
        #expect(Self.notes(("public", "langchain_pg_embedding", "other")) == [])
        #expect(Self.notes(("public", "langchain_pg_embeddings", "embedding")) == [])
    }

    @Test("is a guess for LlamaIndex, whose tables have a prefix that others may have too")
    func llamaIndex() {
        #expect(
            Self.notes(("public", "data_docs", "embedding")) == [
                "LlamaIndex may have made public.data_docs: that is a guess by the names. LlamaIndex knows data_docs by the "
                    + "table_name docs, and its VectorStoreIndex is the whole table, which is not what this report calls an "
                    + "index."
            ]
        )
        #expect(Self.notes(("public", "data_", "embedding")) == [])
        #expect(Self.notes(("public", "data_docs", "vec")) == [])
        #expect(Self.notes(("public", "metadata_docs", "embedding")) == [])
    }

    @Test("is nothing for vecs, which has the words of the report")
    func vecs() {
        #expect(Self.notes(("vecs", "docs", "vec"), ("vecs", "data_docs", "vec")) == [])
    }

    @Test("names three tables at most, one sentence for each framework")
    func several() {
        let notes = Self.notes(
            ("a", "langchain_pg_embedding", "embedding"),
            ("a", "data_1", "embedding"),
            ("a", "data_2", "embedding"),
            ("a", "data_3", "embedding"),
            ("a", "data_4", "embedding"),
            ("a", "data_5", "embedding")
        )
        #expect(notes.count == 2)
        #expect(notes[1].hasPrefix("LlamaIndex may have made a.data_1, a.data_2, a.data_3 and 2 more: "))
    }

    @Test("stands below the table that the collection is in, and nowhere else")
    func place() {
        let langChain = collection("langchain_pg_embedding", schema: "public", column: "embedding", indexes: [], oid: 1)
        let text = text(section([langChain, collection("docs", oid: 2)]))
        #expect(
            table(text).contains { $0.hasPrefix("LangChain calls the rows of langchain_pg_collection collections") }
        )
        #expect(!healthyTable(text).contains { $0.contains("LangChain") })
    }
}
