internal import Advisor
internal import Postgres

/// What a role may not read, and the statement that fixes it.
enum MissingPrivileges {
    static func of(server: ServerFacts, collections: [Collection]) -> [String] {
        let role = Identifier(server.role)
        var sentences: [String] = []
        if !server.seesAllActivity {
            sentences.append(
                "Role \(server.role) cannot see what other roles are doing: builds in progress and old snapshots "
                    + "may be missing here. To fix this: GRANT pg_read_all_stats TO \(role);"
            )
        }
        let unreadable = collections.lazy.filter { !$0.access.canSelect }.map { Identifier($0.name.schema) }
        for schema in Set(unreadable).sorted(by: { $0.description < $1.description }) {
            let count = unreadable.count { $0 == schema }
            sentences.append(
                "Role \(server.role) may not read the rows of \(count == 1 ? "a table" : "\(count) tables") in schema "
                    + "\(schema), so it is unknown how many of them have a vector. To fix this: "
                    + "GRANT USAGE ON SCHEMA \(schema) TO \(role); "
                    + "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role);"
            )
        }
        let hidden = collections.count { $0.access.isRowSecurityActive }
        if hidden > 0 {
            sentences.append(
                "Row security hides the rows of \(hidden == 1 ? "a table" : "\(hidden) tables") from role "
                    + "\(server.role), so it is unknown how many of them have a vector. "
                    + "To fix this: ALTER ROLE \(role) BYPASSRLS;"
            )
        }
        if let state = server.state, !state.isReadable {
            sentences.append(
                "Role \(server.role) may not read the tables of the schema vecsteward, so the queue and the recorded "
                    + "baselines are missing here. To fix this: \(stateGrants(to: role).joined(separator: " "))"
            )
        }
        return sentences
    }

    /// The grants that let a role read the schema `vecsteward` as far as a report shows it.
    static func stateGrants(to role: Identifier) -> [String] {
        [
            "GRANT USAGE ON SCHEMA vecsteward TO \(role);",
            // Which tables there are depends on the version that made them.
            "GRANT SELECT ON ALL TABLES IN SCHEMA vecsteward TO \(role);",
        ]
    }

    /// Reports that the schema `vecsteward` has another version than this program.
    static func stateVersion(_ version: Int) -> String {
        "The schema vecsteward has version \(version), and this program needs version \(StateSchema.version), so the "
            + "queue and the recorded baselines are missing here. "
            + (version < StateSchema.version
                ? "The next vecsteward run upgrades the schema."
                : "Use a vecsteward as new as the one that manages this database.")
    }

    /// Reports that a row of the schema `vecsteward` is unreadable.
    static func unreadable(_ row: UnreadableRow) -> String {
        let words = row.words
        return words.prefix(1).uppercased() + words.dropFirst() + ". " + row.hint
    }

    /// Reports that the server did not let this role read the schema `vecsteward`.
    static func unreadState(_ error: PostgresError) -> String {
        "The schema vecsteward could not be read, so the queue and the recorded baselines are missing here: "
            + error.message + (error.sqlState.map { " (SQLSTATE \($0.rawValue))" } ?? "") + "."
    }
}
