/// Finds the known name that somebody may have meant.
enum NearestName {
    /// The nearest of the known names; `nil` if none is near.
    static func of(_ name: String, among known: [String]) -> String? {
        // A name that is much longer than every known one matches none, and comparing it would only cost time.
        guard name.count <= 64 else { return nil }
        let wanted = Array(normalized(name))
        return known.map { (name: $0, distance: distance(wanted, Array(normalized($0)))) }
            .filter { $0.distance <= max(1, min(wanted.count, $0.name.count) / 3) }
            .min { $0.distance < $1.distance }?
            .name
    }

    /// Names are compared without case and without the separators between words: `built_too_early`.
    private static func normalized(_ name: String) -> String {
        name.lowercased().filter { $0 != "-" && $0 != "_" }
    }

    /// The number of letters to insert, remove, replace or swap with their neighbour (Damerau-Levenshtein).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for row in left.indices {
            var costs = [row + 1]
            for column in right.indices {
                let replaced = rows[row][column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replaced, rows[row][column + 1] + 1, costs[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, rows[row - 1][column - 1] + 1)
                }
                costs.append(cost)
            }
            rows.append(costs)
        }
        return rows[left.count][right.count]
    }
}
