import Advisor

extension NamePattern {
    /// Whether some collection could match both patterns.
    func overlaps(_ other: NamePattern) -> Bool {
        // A pattern matches `schema.table` or `schema.table.column`, so each may be one name longer than the other.
        Self.canMeet(description, other.description)
            || Self.canMeet(description + ".*", other.description)
            || Self.canMeet(description, other.description + ".*")
    }

    private enum Token: Equatable {
        case literal(Character), one, any
    }

    private static func tokens(_ text: String) -> [Token] {
        var tokens: [Token] = []
        var isEscaped = false
        for character in text {
            switch character {
            case _ where isEscaped:
                tokens.append(.literal(character))
                isEscaped = false
            case "\\": isEscaped = true
            case "*": tokens.append(.any)
            case "?": tokens.append(.one)
            default: tokens.append(.literal(character))
            }
        }
        return tokens
    }

    /// Whether one text can match both patterns: cell (i, j) says whether the rest of the two from there can match.
    private static func canMeet(_ left: String, _ right: String) -> Bool {
        let (left, right) = (tokens(left), tokens(right))
        var below: [Bool] = []
        for i in stride(from: left.count, through: 0, by: -1) {
            var row = [Bool](repeating: false, count: right.count + 1)
            for j in stride(from: right.count, through: 0, by: -1) {
                if i == left.count, j == right.count {
                    row[j] = true
                } else if (i < left.count && left[i] == .any) || (j < right.count && right[j] == .any) {
                    row[j] = (i < left.count && below[j]) || (j < right.count && row[j + 1])
                } else if i < left.count, j < right.count {
                    row[j] = below[j + 1] && (left[i] == .one || right[j] == .one || left[i] == right[j])
                }
            }
            below = row
        }
        return below[0]
    }
}
