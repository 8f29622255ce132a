extension Relation {
    /// The rows that a search without an index reads, for a sentence, with the number of those that have a vector.
    var scannedRows: String {
        let all = "\(Numbers.grouped(rows.value)) rows"
        let vectors = vectorRows
        if vectors.source == .atMost {
            return vectors.value < rows.value
                ? "\(all), at most \(Numbers.grouped(vectors.value)) of them with a vector"
                : "\(all), an unknown part of them with a vector"
        }
        return vectors.value == rows.value ? all : "\(all), \(Numbers.grouped(vectors.value)) of them with a vector"
    }

    /// The numbers behind ``scannedRows``: the rows, and those with a vector if the number differs.
    var rowEvidence: [Evidence] {
        let vectors = vectorRows
        let all = Evidence.count("rows", rows.value)
        return vectors.value == rows.value ? [all] : [all, .count("vectorRows", vectors.value)]
    }
}
