/// How many lists an IVFFlat index should have, and how many probes a search should use.
public enum Lists {
    /// The rows per list below which an IVFFlat index is trained on too little: the number that pgvector samples per
    /// list.
    public static let trainingRows = 50

    /// The lists for this many rows.
    ///
    /// Source: vecs 0.4.5, `int(max(n / 1000, 30))` below 1,000,000 rows and `int(sqrt(n))` from there; pgvector's
    /// README has the same without the minimum. pgvector's limit is 32,768.
    ///
    /// - Parameter rows: The rows of the table.
    /// - Returns: The number of lists.
    public static func recommended(rows: Int64) -> Int {
        let lists = rows < 1_000_000 ? max(rows / 1_000, 30) : Int64(Double(rows).squareRoot())
        return Int(min(lists, 32_768))
    }

    /// The fewest rows on which an index with the recommended lists is well trained.
    public static let minimumRows = Int64(30 * trainingRows)

    /// The fewest probes that a search should use after a rebuild.
    ///
    /// They recover part of the recall that more lists cost, and promise nothing: with probes that grow with the square
    /// root of the lists, recall was stable in one measurement (100 to 800 lists), fell from .944 to .908 on real
    /// embeddings that had grown from 20,000 to 63,666 rows, and from .787 to .611 on random vectors. With unchanged
    /// probes it falls further. pgvector's README starts from `sqrt(lists)`.
    ///
    /// - Parameters:
    ///   - lists: The lists after the rebuild.
    ///   - formerLists: The lists before it; `nil` for a new index.
    ///   - probes: The current probes; vecs uses 10.
    /// - Returns: The number of probes.
    public static func recommendedProbes(lists: Int, formerLists: Int?, probes: Int = 10) -> Int {
        let byRoot = Double(lists).squareRoot().rounded(.up)
        let byGrowth = formerLists.map { former in
            (Double(probes) * (Double(lists) / Double(max(former, 1))).squareRoot()).rounded(.up)
        }
        return min(lists, max(Int(byRoot), Int(byGrowth ?? 0), 1))
    }

    /// The gain and the cost of a rebuild, and who can act on it, as sentences.
    ///
    /// - Parameters:
    ///   - lists: The lists after the rebuild.
    ///   - formerLists: The lists before it.
    ///   - probes: The recommended probes for the new lists.
    /// - Returns: The sentences.
    static func tradeOff(lists: Int, formerLists: Int?, probes: Int) -> String {
        let rebuild = "Rebuild with lists = \(lists)."
        guard lists > formerLists ?? 0 else {
            return rebuild + " Searches should use probes = \(probes) or more. " + howToProbe(probes)
        }
        return rebuild
            + " Searches then read less and are faster, but find less unless they use \(probes) probes or more; "
            + "even then they can find less than before: measured recall fell from .944 to .908 on real vectors, from .787 to "
            + ".611 on random ones. " + howToProbe(probes)
    }

    /// How to set the probes, and who does it.
    public static func howToProbe(_ probes: Int) -> String {
        "The application sets the probes: vecs by the argument probes=\(probes) of query (default 10), SQL by "
            + "SET ivfflat.probes = \(probes) (default 1). ALTER DATABASE or ALTER ROLE sets the default of "
            + "new sessions, except for vecs, which sets its own in each query."
    }
}
