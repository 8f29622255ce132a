internal import Advisor

/// What the marks in a table mean, gathered as they are used, so that a report explains those and no others.
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

    /// A number of rows with a mark that says how it is known.
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

    /// Stands for the rows that have a vector where each one has.
    static let all = "all"

    /// The rows of a collection that have a vector.
    mutating func vectorRows(of collection: Collection) -> String {
        let vectors = collection.vectorRows
        return collection.hasVectorInEachRow && vectors.source != .unknown ? Self.all : rows(vectors)
    }

    /// The part of the rows with a vector that partial indexes hold, where there are no others.
    mutating func cover(of collection: Collection) -> String {
        if collection.hasChildren {
            parentCount += 1
            if parents.count < Self.parentsShown { parents.append(collection.name.description) }
        }
        guard collection.isPartlyCovered else { return "" }
        hasPartialCover = true
        return collection.coveredShare.map { " \(Numbers.decimal($0 * 100, digits: 0)) %" } ?? " ? %"
    }

    private static let parentsShown = 5

    /// A baseline with the letter of the note that says how it is known.
    mutating func baseline(_ baseline: Baseline) -> String {
        let note = "\(baseline.certainty == .guess ? "a guess" : baseline.certainty.rawValue): \(baseline.explanation)"
        if !baselines.contains(note) { baselines.append(note) }
        if baseline.certainty != .exact { hasEstimatedBaseline = true }
        let letter = baselines.firstIndex(of: note).map { Self.letters[$0 % Self.letters.count] } ?? ""
        return (baseline.certainty == .exact ? "" : "~") + Numbers.grouped(baseline.rows) + " " + letter
    }

    /// A growth factor.
    mutating func growth(_ factor: Double, of method: IndexMethod) -> String {
        if method == .hnsw, factor >= 2 { hasGrownGraph = true }
        return "\(Numbers.decimal(factor, digits: 2))x"
    }

    /// Takes note of whether a search has used the indexes of a collection.
    mutating func use(of indexes: [VectorIndex]) {
        if !indexes.isEmpty, indexes.allSatisfy({ $0.scans == 0 }) { unsearched += 1 }
    }

    /// The state of a collection of which no rule finds anything because nothing tells what its index was built on.
    mutating func unknownBaseline() -> String {
        hasUnknownBaseline = true
        return "baseline?"
    }

    private static let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"]

    /// The notes below the table.
    func write(to page: inout Page) {
        var meanings: [String] = []
        if hasEstimatedBaseline || !marks.isDisjoint(with: [.statistics, .density]) {
            meanings.append("~ an estimate")
        }
        if marks.contains(.pages) {
            meanings.append("~~ an estimate from the size of the table, good to a factor of 2")
        }
        if marks.contains(.atMost) {
            meanings.append("<= at most; ANALYZE tells how many rows have a vector")
        }
        if marks.contains(.unknown) { meanings.append("? not known") }
        if hasPartialCover { meanings.append("% of the rows with a vector are in a partial index") }
        if hasGrownGraph { meanings.append("growth is no reason to rebuild hnsw") }
        if !meanings.isEmpty { page.paragraph(meanings.joined(separator: "; "), color: .dim) }
        if unsearched > 0 {
            page.paragraph(
                "no search that is counted here has used the indexes of "
                    + (unsearched == 1 ? "1 collection" : "\(Numbers.grouped(Int64(unsearched))) collections")
                    + " yet, so that nothing confirms their measure",
                color: .dim
            )
        }
        if parentCount > 0 {
            let more = parentCount > parents.count ? " and \(parentCount - parents.count) more" : ""
            page.paragraph(
                "other tables inherit from \(parents.joined(separator: ", "))\(more): what is said here is of its own rows "
                    + "alone; a search on it reads theirs too, and they are collections of their own",
                hanging: "  ",
                color: .dim
            )
        }
        for (letter, note) in zip(Self.letters, baselines) {
            page.paragraph("baseline \(letter) is \(note)", hanging: "  ", color: .dim)
        }
        if hasUnknownBaseline {
            page.paragraph(
                "baseline? nothing tells on how many rows an IVFFlat index was built, so nobody knows whether it was built on "
                    + "too few, or is outgrown. `vecsteward rebuild COLLECTION` settles that: the rows are written down then, "
                    + "as they are of each index that is built while a vecsteward runs.",
                hanging: "  ",
                color: .dim
            )
        }
    }
}
