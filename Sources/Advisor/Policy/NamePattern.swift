/// A pattern for names of collections: `vecs.*`, `public.documents`, `*.*.embedding`.
///
/// `*` matches any characters, including dots, `?` matches one, and a backslash makes the next character literal. A
/// pattern is compared with `schema.table` and with `schema.table.column`, each unquoted as the catalog spells it, and
/// matches if it matches either.
public struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    /// The pattern as written.
    public let description: String
    private let tokens: [Token]

    private enum Token: Hashable {
        case literal(Character)
        case anyCharacter
        case anyCharacters
    }

    /// The pattern that matches one name only, as `schema.table.column`.
    public init(exactly name: CollectionName) {
        let escaped = "\(name.schema).\(name.table).\(name.column)".flatMap { character in
            ["*", "?", "\\"].contains(character) ? ["\\", character] : [character]
        }
        self.init(String(escaped))
    }

    /// Parses a pattern; every text is one.
    public init(_ text: String) {
        description = text
        var tokens: [Token] = []
        var isEscaped = false
        for character in text {
            switch character {
            case _ where isEscaped:
                tokens.append(.literal(character))
                isEscaped = false
            case "\\": isEscaped = true
            case "*": tokens.append(.anyCharacters)
            case "?": tokens.append(.anyCharacter)
            default: tokens.append(.literal(character))
            }
        }
        if isEscaped { tokens.append(.literal("\\")) }
        self.tokens = tokens
    }

    /// How specific the pattern is: its number of literal characters.
    public var specificity: Int {
        tokens.count { token in
            if case .literal = token { true } else { false }
        }
    }

    /// Whether the pattern matches this collection.
    public func matches(_ name: CollectionName) -> Bool {
        // The pattern for everything, which most configurations use alone, needs no comparison with each name.
        tokens == [.anyCharacters] || matches("\(name.schema).\(name.table)")
            || matches("\(name.schema).\(name.table).\(name.column)")
    }

    /// Matches greedily and goes back to the latest `*` only: linear in practice, never exponential.
    func matches(_ text: String) -> Bool {
        let text = Array(text)
        var position = 0
        var token = 0
        var star: (token: Int, position: Int)?
        while position < text.count {
            if token < tokens.count, tokens[token] == .anyCharacters {
                star = (token, position)
                token += 1
            } else if token < tokens.count, tokens[token] == .anyCharacter || tokens[token] == .literal(text[position])
            {
                token += 1
                position += 1
            } else if let latest = star {
                star = (latest.token, latest.position + 1)
                token = latest.token + 1
                position = latest.position + 1
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyCharacters }
    }
}
