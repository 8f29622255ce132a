internal import Advisor

/// What a framework calls its tables and rows, where that differs from the words of the report.
///
/// vecs needs no note: it calls the same thing a collection.
struct FrameworkNotes {
    private var langChain: [CollectionName] = []
    private var llamaIndex: [CollectionName] = []

    /// Tables of each framework that a note names.
    private static let shown = 3

    /// Recognises the table of a framework by the names of table and column.
    mutating func add(_ name: CollectionName) {
        guard name.column == "embedding" else { return }
        if name.table == "langchain_pg_embedding" { langChain.append(name) }
        if name.table.hasPrefix(Self.prefix), name.table != Self.prefix { llamaIndex.append(name) }
    }

    /// One for each framework that has a table here.
    var sentences: [String] {
        var sentences: [String] = []
        if !langChain.isEmpty {
            sentences.append(
                "LangChain calls the rows of langchain_pg_collection collections: all those of a schema share one table, "
                    + "\(Self.listed(langChain)), and its indexes."
            )
        }
        if let first = llamaIndex.first {
            let given = first.table.dropFirst(Self.prefix.count)
            sentences.append(
                "LlamaIndex may have made \(Self.listed(llamaIndex)): that is a guess by the names. LlamaIndex knows "
                    + "\(first.table) by the table_name \(given), and its VectorStoreIndex is the whole table, which is not "
                    + "what this report calls an index."
            )
        }
        return sentences
    }

    /// LlamaIndex puts it in front of the name that a program gives.
    private static let prefix = "data_"

    private static func listed(_ names: [CollectionName]) -> String {
        let rest = names.count - shown
        return names.prefix(shown).map { "\($0.schema).\($0.table)" }.joined(separator: ", ")
            + (rest > 0 ? " and \(Numbers.grouped(Int64(rest))) more" : "")
    }
}
