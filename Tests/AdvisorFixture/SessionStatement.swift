/// A statement with the settings under which a session runs it.
public struct SessionStatement: Hashable {
    /// The statement, which sets nothing.
    public let sql: String
    /// The values of the settings that statements above it have set, by name.
    public let settings: [String: String]

    /// The statements that set nothing, as one session runs all of them from top to bottom.
    public static func run(_ statements: [String]) -> [SessionStatement] {
        var settings: [String: String] = [:]
        return statements.compactMap { statement in
            let words = statement.split(separator: " ", maxSplits: 3).map(String.init)
            switch (words[0], words.count) {
            case ("SET", 4): settings[words[1]] = words[3]
            case ("RESET", 2): settings[words[1]] = nil
            default: return SessionStatement(sql: statement, settings: settings)
            }
            return nil
        }
    }
}
