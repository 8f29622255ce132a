/// How many lists an IVFFlat index should have, and with how many probes it should be searched.
public enum Lists {
    /// Rows for each list below which an IVFFlat index is trained on too little: the number that pgvector samples for
    /// each list.
    public static let trainingRows = 50

    /// The lists for this many rows.
    ///
    /// Source: vecs 0.4.5, `int(max(n / 1000, 30))` below 1,000,000 rows and `int(sqrt(n))` from there; pgvector's
    /// README has the same without the floor. pgvector's limit is 32,768.
    ///
    /// - Parameter rows: Rows of the table.
    /// - Returns: The number of lists.
    public static func recommended(rows: Int64) -> Int {
        let lists = rows < 1_000_000 ? max(rows / 1_000, 30) : Int64(Double(rows).squareRoot())
        return Int(min(lists, 32_768))
    }

    /// The fewest rows on which an index with the recommended lists is trained well.
    public static let minimumRows = Int64(30 * trainingRows)

    /// The probes that a search should use at the least after a rebuild.
    ///
    /// They make up for a part of what more lists cost, and promise nothing: with probes that grow with the square root of
    /// the lists, recall kept up in one measurement (100 to 800 lists), fell from .944 to .908 on real embeddings that had
    /// grown from 20,000 to 63,666 rows, and from .787 to .611 on random vectors. At unchanged probes it falls further.
    /// pgvector's README starts from `sqrt(lists)`.
    ///
    /// - Parameters:
    ///   - lists: Lists after the rebuild.
    ///   - formerLists: Lists before it, `nil` for a new index.
    ///   - probes: The probes in use now; vecs searches with 10.
    /// - Returns: The number of probes.
    public static func recommendedProbes(lists: Int, formerLists: Int?, probes: Int = 10) -> Int {
        let byRoot = Double(lists).squareRoot().rounded(.up)
        let byGrowth = formerLists.map { former in
            (Double(probes) * (Double(lists) / Double(max(former, 1))).squareRoot()).rounded(.up)
        }
        return min(lists, max(Int(byRoot), Int(byGrowth ?? 0), 1))
    }

    /// What a rebuild gives and takes, and who can do something about it, in sentences.
    ///
    /// - Parameters:
    ///   - lists: Lists after the rebuild.
    ///   - formerLists: Lists before it.
    ///   - probes: The probes that are recommended then.
    /// - Returns: The sentences.
    static func tradeOff(lists: Int, formerLists: Int?, probes: Int) -> String {
        let rebuild = "Rebuild with lists = \(lists)."
        guard lists > formerLists ?? 0 else {
            return rebuild + " Searches should use probes = \(probes) or more. " + howToProbe(probes)
        }
        return rebuild
            + " Searches then read less and are faster, and find less unless their probes rise to \(probes) or more; "
            + "even then they can find less than before: measured recall fell from .944 to .908 on real vectors, from .787 to "
            + ".611 on random ones. " + howToProbe(probes)
    }

    /// Who sets the probes and how.
    public static func howToProbe(_ probes: Int) -> String {
        "The application sets the probes: vecs by the argument probes=\(probes) of query (10 where it is not given), SQL by "
            + "SET ivfflat.probes = \(probes) (1 where nothing is set). ALTER DATABASE or ALTER ROLE makes that the default of "
            + "new sessions, except for vecs, which sets its own in each query."
    }
}
