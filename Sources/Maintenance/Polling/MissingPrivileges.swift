internal import Advisor
internal import Postgres

/// What a role was not allowed to see, and the statement that mends it.
enum MissingPrivileges {
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
                "Role \(server.role) may not read the rows of \(count == 1 ? "a table" : "\(count) tables") in schema "
                    + "\(schema), so how many of them have a vector is not known. "
                    + "GRANT USAGE ON SCHEMA \(schema) TO \(role); "
                    + "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role); mends it."
            )
        }
        let hidden = collections.count { $0.access.isRowSecurityActive }
        if hidden > 0 {
            sentences.append(
                "Row security hides the rows of \(hidden == 1 ? "a table" : "\(hidden) tables") from role "
                    + "\(server.role), so how many of them have a vector is not known. "
                    + "ALTER ROLE \(role) BYPASSRLS; mends it."
            )
        }
        if let state = server.state, !state.isReadable {
            sentences.append(
                "Role \(server.role) may not read the tables of the schema vecsteward, so the queue and the recorded "
                    + "baselines are missing here. \(stateGrants(to: role).joined(separator: " ")) mends it."
            )
        }
        return sentences
    }

    /// What lets a role read the schema `vecsteward` as far as a report tells of it.
    static func stateGrants(to role: Identifier) -> [String] {
        [
            "GRANT USAGE ON SCHEMA vecsteward TO \(role);",
            // Which tables there are depends on the version that made them.
            "GRANT SELECT ON ALL TABLES IN SCHEMA vecsteward TO \(role);",
        ]
    }

    /// The schema `vecsteward` is not of the version of this program.
    static func stateVersion(_ version: Int) -> String {
        "The schema vecsteward is of version \(version), and this program reads version \(StateSchema.version), so the "
            + "queue and the recorded baselines are missing here. "
            + (version < StateSchema.version
                ? "The next vecsteward run brings the schema up to date."
                : "A vecsteward as new as the one that runs here shows them.")
    }

    /// A row of the schema `vecsteward` cannot be read.
    static func unreadable(_ row: UnreadableRow) -> String {
        let words = row.words
        return words.prefix(1).uppercased() + words.dropFirst() + ". " + row.hint
    }

    /// The server did not let the schema `vecsteward` be read.
    static func unreadState(_ error: PostgresError) -> String {
        "The schema vecsteward could not be read, so the queue and the recorded baselines are missing here: "
            + error.message + (error.sqlState.map { " (SQLSTATE \($0.rawValue))" } ?? "") + "."
    }
}
