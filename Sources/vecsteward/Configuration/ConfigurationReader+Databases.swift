import Advisor
import Postgres

// The databases, their connections and collections.
extension ConfigurationReader {
    static let patternHint =
        "Give a pattern of schema.table or schema.table.column: \"vecs.*\", \"public.documents\", \"*.embedding\"."

    /// Reads the databases of a configuration.
    ///
    /// - Parameters:
    ///   - item: The value of `databases`.
    ///   - root: The whole configuration; the place of the complaint if there are no databases.
    ///   - general: The settings for all databases.
    /// - Returns: The usable databases, in the order of the file.
    mutating func databases(_ item: Item?, in root: JSONNode, under general: Configuration) -> [DatabaseConfiguration] {
        let example = "Name at least one: {\"databases\": [{\"connection\": \"dbname=postgres\"}]}."
        guard let item else {
            complain(at: root.offset, "", "the configuration has no \"databases\"", example)
            return []
        }
        guard let elements = list(item, of: "objects") else { return [] }
        if elements.isEmpty { complain(item, "is empty", example) }
        var databases: [DatabaseConfiguration] = []
        var paths: [String: String] = [:]
        for element in elements {
            guard let database = database(element, under: general) else { continue }
            if let twin = paths.updateValue(element.path, forKey: database.name) {
                complain(
                    element,
                    "has the same name as \(twin): \(Quoted.name(database.name))",
                    "Give each its own \"name\"; the default is the name of the database in the connection."
                )
            }
            databases.append(database)
        }
        return databases
    }

    private mutating func database(_ item: Item, under general: Configuration) -> DatabaseConfiguration? {
        let keys = ["name", "connection", "include", "exclude", "poll", "mode", "rules", "index", "collections"]
        guard let members = object(item, keys: keys) else { return nil }
        let base = preferences(IndexPreferences(), general.policy.index)
        let policy = layer(members, over: base)
        let own = preferences(base, policy.index)
        let collections = collections(members["collections"], over: own)
        checkPairs(collections, with: general.collections, item)
        if let index = members["index"], isBuildable(own) { checkInherited(general.collections, over: own, index) }
        let include = patterns(members["include"], mayBeEmpty: false)
        let exclude = patterns(members["exclude"], mayBeEmpty: true)
        let pollInterval = pollInterval(members["poll"])
        let mode = mode(members["mode"])
        let name = text(members["name"], "Give a name for reports, or remove the key.")
        guard var database = connection(members["connection"], name: name, of: item) else { return nil }
        database.include = include ?? database.include
        database.exclude = exclude ?? database.exclude
        database.pollInterval = pollInterval
        database.mode = mode
        database.policy = policy
        database.collections = collections
        return database
    }

    /// Reads a connection string; messages never repeat any of it, because it may contain a password.
    private mutating func connection(_ item: Item?, name: String?, of database: Item) -> DatabaseConfiguration? {
        let hint =
            "Give what libpq accepts: \"postgresql://host/database\", \"host=... dbname=...\" or \"service=...\"."
        guard let item else {
            complain(database, "has no \"connection\"", hint)
            return nil
        }
        guard case .string(let text) = item.node.value else {
            complain(item, "is not a text", hint)
            return nil
        }
        do throws(PostgresError) {
            return try DatabaseConfiguration(connection: text, name: name)
        } catch {
            complain(item, "cannot be used: \(error.message)", error.hint ?? hint)
            return nil
        }
    }

    private mutating func patterns(_ item: Item?, mayBeEmpty: Bool) -> [NamePattern]? {
        guard let item, let elements = list(item, of: "patterns") else { return nil }
        if elements.isEmpty, !mayBeEmpty {
            complain(item, "is empty, which excludes every collection", "Remove the key, or write [\"*\"].")
        }
        return elements.compactMap { pattern($0) }
    }

    /// Reads a pattern, and rejects one that can match no collection.
    mutating func pattern(_ item: Item?) -> NamePattern? {
        guard let item, let text = text(item, Self.patternHint) else { return nil }
        // The limit: three names of 63 bytes, with a backslash before each character.
        guard text.count <= 400 else {
            complain(item, "has \(text.count) characters", "No collection name is that long.")
            return nil
        }
        guard text.contains(where: { "*.?".contains($0) }) else {
            let found = Quoted.value(text).map { "is \($0)" } ?? "has no dot"
            complain(item, "\(found), which matches no collection", Self.patternHint)
            return nil
        }
        return NamePattern(text)
    }
}
