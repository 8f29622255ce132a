extension Relation {
    /// The rows of a sentence about a search that no index serves: those that it reads, and how many have a vector.
    var scannedRows: String {
        let all = "\(Numbers.grouped(rows.value)) rows"
        let vectors = vectorRows
        if vectors.source == .atMost {
            return vectors.value < rows.value
                ? "\(all), of which at most \(Numbers.grouped(vectors.value)) have a vector"
                : "\(all), of which an unknown part has a vector"
        }
        return vectors.value == rows.value ? all : "\(all), of which \(Numbers.grouped(vectors.value)) have a vector"
    }

    /// The numbers behind ``scannedRows``: rows, and those with a vector where they are not the same.
    var rowEvidence: [Evidence] {
        let vectors = vectorRows
        let all = Evidence.count("rows", rows.value)
        return vectors.value == rows.value ? [all] : [all, .count("vectorRows", vectors.value)]
    }
}
