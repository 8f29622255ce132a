internal import Advisor
internal import Postgres

/// What a role was not allowed to see, and the statement that mends it.
enum BlindSpots {
    static func of(server: ServerFacts, collections: [Collection]) -> [String] {
        let role = Identifier(server.role)
        var sentences: [String] = []
        if !server.seesAllActivity {
            sentences.append(
                "Role \(server.role) does not see what other roles are doing: builds in progress and old snapshots "
                    + "may be missing here. GRANT pg_read_all_stats TO \(role); mends it."
            )
        }
        let unreadable = collections.filter { !$0.access.canSelect }.map { Identifier($0.name.schema) }
        for schema in Set(unreadable).sorted(by: { $0.description < $1.description }) {
            let count = unreadable.count { $0 == schema }
            sentences.append(
                "Role \(server.role) may not read \(count == 1 ? "a table" : "\(count) tables") in schema "
                    + "\(schema), so the rows are estimates that cannot be confirmed. "
                    + "GRANT USAGE ON SCHEMA \(schema) TO \(role); "
                    + "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role); mends it."
            )
        }
        let hidden = collections.count { $0.access.isRowSecurityActive }
        if hidden > 0 {
            sentences.append(
                "Row security hides rows of \(hidden == 1 ? "a table" : "\(hidden) tables") from role "
                    + "\(server.role), so these rows are estimates that cannot be confirmed. "
                    + "ALTER ROLE \(role) BYPASSRLS; mends it."
            )
        }
        return sentences
    }
}

/// Why the rows of a table cannot be counted by the role that looks.
enum CountObstacle {
    static func of(_ collection: Collection) -> String? {
        if !collection.access.canSelect { return "the role may not read the table; GRANT SELECT mends it" }
        if collection.access.isRowSecurityActive {
            return "row security hides rows from the role; BYPASSRLS, or membership in the owner, mends it"
        }
        return nil
    }
}
