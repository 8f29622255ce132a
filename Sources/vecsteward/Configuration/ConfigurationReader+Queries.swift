import Advisor
import Maintenance
import Postgres

// Where the query vectors of collections are.
extension ConfigurationReader {
    /// Reads `queries` of a pattern; `nil` without the key, or with a mistake.
    mutating func queries(_ item: Item?) -> ConfiguredQueries? {
        guard let item, let members = object(item, keys: ["sql", "connection"]) else { return nil }
        let sql = querySQL(members["sql"], of: item)
        let connection = queryConnection(members["connection"], of: item)
        guard let sql, let connection else { return nil }
        return ConfiguredQueries(sql: sql, connection: connection)
    }

    private mutating func querySQL(_ member: Item?, of item: Item) -> String? {
        let hint =
            "Give a SELECT that returns query vectors: \"SELECT embedding FROM app.search_log ORDER BY at DESC LIMIT 500\"."
        guard let member else {
            complain(item, "has no \"sql\"", hint)
            return nil
        }
        guard let sql = text(member, hint) else { return nil }
        guard let mistake = ConfiguredQueries.mistake(in: sql) else { return sql }
        complain(member, mistake.found, mistake.hint)
        return nil
    }

    /// Reads the connection of the role that runs the statement; messages never repeat any of it.
    private mutating func queryConnection(_ member: Item?, of item: Item) -> String? {
        let hint =
            "The statement runs in a session of its own, as a role that may read its tables and no more: "
            + "\"host=... dbname=... user=...\", a URI or \"service=...\"."
        guard let member else {
            complain(item, "has no \"connection\"", hint)
            return nil
        }
        guard case .string(let text) = member.node.value else {
            complain(member, "is not a text", hint)
            return nil
        }
        do throws(PostgresError) {
            _ = try DatabaseConfiguration(connection: text)
            return text
        } catch {
            complain(member, "cannot be used: \(error.message)", error.hint ?? hint)
            return nil
        }
    }
}
