internal import Postgres

/// An entry of a list such as `reloptions` or `setconfig`.
enum CatalogOption {
    /// The name and the value of `name=value`; `nil` for a name alone.
    static func split(_ entry: String) -> (name: String, value: String)? {
        guard let separator = entry.firstIndex(of: "=") else { return nil }
        return (String(entry[..<separator]), String(entry[entry.index(after: separator)...]))
    }
}

extension Row {
    /// An object identifier, which the statements return as an int8.
    func oid(_ column: String) throws(PostgresError) -> UInt32 {
        UInt32(truncatingIfNeeded: try self[column, as: Int64.self])
    }

    /// Two arrays, names and what each of them stands for.
    func pairs<Value: ColumnDecodable>(_ names: String, _ values: String) throws(PostgresError) -> [String: Value] {
        let names = try self[names, as: [String].self]
        return Dictionary(zip(names, try self[values, as: [Value].self])) { first, _ in first }
    }

    /// A flag that is TRUE or NULL.
    func flag(_ column: String) throws(PostgresError) -> Bool {
        try self[column, as: Bool?.self] ?? false
    }
}
