internal import Advisor

/// The lines below a table, which explain the marks that it uses and no others.
struct TableNotes {
    private var marks: Set<RowCount.Source> = []
    private var hasEstimatedBaseline = false
    private var baselines: [String] = []
    private var hasGrownGraph = false
    private var unsearched = 0
    private var hasUnknownBaseline = false
    private var hasPartialCover = false
    private var parents: [String] = []
    private var parentCount = 0
    private var frameworks = FrameworkNotes()

    /// A number of rows with a mark for how it is known.
    mutating func rows(_ rows: RowCount) -> String {
        marks.insert(rows.source)
        return switch rows.source {
        case .analyzed: Numbers.grouped(rows.value)
        case .statistics, .density: "~" + Numbers.grouped(rows.value)
        case .pages: "~~" + Numbers.grouped(rows.value)
        case .atMost: "<=" + Numbers.grouped(rows.value)
        case .unknown: "?"
        }
    }

    /// The cell of rows with a vector for a collection in which each row has one.
    static let all = "all"

    /// The rows of a collection that have a vector.
    mutating func vectorRows(of collection: Collection) -> String {
        let vectors = collection.vectorRows
        return collection.hasVectorInEachRow && vectors.source != .unknown ? Self.all : rows(vectors)
    }

    /// Notes what the name of a collection, or its place among other tables, needs explained.
    mutating func collection(_ collection: Collection) {
        frameworks.add(collection.name)
        guard collection.hasChildren else { return }
        parentCount += 1
        if parents.count < Self.parentsShown { parents.append(collection.name.description) }
    }

    /// The share of the rows with a vector that partial indexes hold, empty if there are other indexes.
    mutating func cover(of collection: Collection) -> String {
        guard collection.isPartlyCovered else { return "" }
        hasPartialCover = true
        return collection.coveredShare.map { " \(Numbers.decimal($0 * 100, digits: 0)) %" } ?? " ? %"
    }

    private static let parentsShown = 5

    /// A baseline with the letter of the note on how it is known.
    mutating func baseline(_ baseline: Baseline) -> String {
        let note = "\(baseline.certainty == .guess ? "a guess" : baseline.certainty.rawValue): \(baseline.explanation)"
        if !baselines.contains(note) { baselines.append(note) }
        if baseline.certainty != .exact { hasEstimatedBaseline = true }
        let letter = baselines.firstIndex(of: note).map { Self.letters[$0 % Self.letters.count] } ?? ""
        return (baseline.certainty == .exact ? "" : "~") + Numbers.grouped(baseline.rows) + " " + letter
    }

    /// A growth factor, with a note if it looks like a reason to rebuild and is none.
    mutating func growth(_ factor: Double, of method: IndexMethod) -> String {
        if method == .hnsw, factor >= 2 { hasGrownGraph = true }
        return "\(Numbers.decimal(factor, digits: 2))x"
    }

    /// Counts a collection if no search has used any of its indexes, and none is known that shows its distance metric.
    mutating func use(of indexes: [VectorIndex], in collection: Collection) {
        guard collection.workload.distanceMetrics.isEmpty else { return }
        if !indexes.isEmpty, indexes.allSatisfy({ $0.scans == 0 }) { unsearched += 1 }
    }

    /// The state of a collection without a finding if nothing shows on how many rows its index was built.
    mutating func unknownBaseline() -> String {
        hasUnknownBaseline = true
        return "baseline?"
    }

    private static let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"]

    func write(to page: inout Page) {
        if !meanings.isEmpty { page.paragraph(meanings.joined(separator: "; "), color: .dim) }
        for note in sentences { page.paragraph(note, hanging: "  ", color: .dim) }
    }

    private var meanings: [String] {
        var meanings: [String] = []
        if hasEstimatedBaseline || !marks.isDisjoint(with: [.statistics, .density]) {
            meanings.append("~ an estimate")
        }
        if marks.contains(.pages) {
            meanings.append("~~ an estimate from the size of the table, good to a factor of 2")
        }
        if marks.contains(.atMost) { meanings.append("<= at most, until ANALYZE finds how many rows have a vector") }
        if marks.contains(.unknown) { meanings.append("? not known") }
        if hasPartialCover { meanings.append("% of the rows with a vector are in a partial index") }
        if hasGrownGraph { meanings.append("growth is no reason to rebuild hnsw") }
        return meanings
    }

    private var sentences: [String] {
        var sentences = frameworks.sentences
        if unsearched > 0 {
            let noun = unsearched == 1 ? "collection" : "collections"
            sentences.append(
                "No search counted on this server has used an index of \(Numbers.grouped(Int64(unsearched))) \(noun) above, "
                    + "so nothing confirms the distance metric."
            )
        }
        if parentCount > 0 {
            let more = parentCount > parents.count ? " and \(parentCount - parents.count) more" : ""
            sentences.append(
                "Other tables inherit from \(parents.joined(separator: ", "))\(more). The numbers above leave out the rows of "
                    + "those tables, which are separate collections; a search reads them too unless it says ONLY."
            )
        }
        sentences += zip(Self.letters, baselines).map { "Baseline \($0) is \($1)." }
        if hasUnknownBaseline {
            sentences.append(
                "baseline? means that nothing shows on how many rows an IVFFlat index was built: it may have been built on too "
                    + "few, or be outgrown. `vecsteward rebuild COLLECTION` settles that, because vecsteward records the rows "
                    + "of each index that is built while it runs."
            )
        }
        return sentences
    }
}
