public import Advisor
internal import Postgres

/// The SQL that gives a role what vecsteward needs, and no more.
public struct GrantScript: Sendable {
    private let observation: Observation
    private let role: String
    private let purpose: Purpose

    /// What the role is for.
    public enum Purpose: String, Sendable, CaseIterable {
        /// `--dry-run`: it reads statistics and counts rows.
        case report
        /// Building, rebuilding and dropping indexes too.
        case maintain
    }

    /// Makes a script for the collections of one database.
    ///
    /// - Parameters:
    ///   - observation: What was seen in the database, by any role.
    ///   - role: The role's name, as the catalog spells it.
    ///   - purpose: What the role is for.
    public init(observation: Observation, role: String, purpose: Purpose) {
        self.observation = observation
        self.role = role
        self.purpose = purpose
    }

    /// The script: complete statements with comments, which can be run again without harm.
    public var sql: String {
        let role = Identifier(role)
        let quote = dollarQuote
        var lines = [
            "-- Least privilege for vecsteward in database \(Identifier(observation.server.database)): "
                + (purpose == .report ? "reporting alone." : "reporting and index maintenance."),
            "-- Run it in that database as a superuser. It can be run again, as when there are new collections.",
            "DO \(quote) BEGIN",
            "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \(Literal(self.role))) THEN",
            "        CREATE ROLE \(role) LOGIN;",
            "    END IF;",
            "END \(quote);",
            "GRANT CONNECT ON DATABASE \(Identifier(observation.server.database)) TO \(role);",
            "-- Sees what other roles do: builds in progress, old snapshots, and who holds up a build.",
            "GRANT pg_read_all_stats TO \(role);",
        ]
        for schema in schemas {
            lines.append("GRANT USAGE ON SCHEMA \(Identifier(schema)) TO \(role);")
        }
        if !schemas.isEmpty { lines.append("-- Counts rows that have a vector, and reads no other column.") }
        for collection in observation.collections {
            for relation in collection.relations {
                let table = Identifier.qualified(relation.schema, relation.table)
                lines.append("GRANT SELECT (\(Identifier(collection.name.column))) ON TABLE \(table) TO \(role);")
            }
        }
        lines += purpose == .maintain ? maintenance(role) + ownState(role) : stateToRead(role)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What stands around the body of the DO statement: nothing that the name of the role holds.
    private var dollarQuote: String {
        var tag = "vecsteward"
        while role.contains("$\(tag)$") { tag += "_" }
        return "$\(tag)$"
    }

    private var schemas: [String] {
        var seen: Set<String> = []
        return observation.collections.flatMap(\.relations).map(\.schema).filter { seen.insert($0).inserted }
    }

    private func maintenance(_ role: Identifier) -> [String] {
        var lines = ["-- Only the owner of a table may build an index on it, and needs CREATE on its schema for it."]
        for schema in schemas {
            lines.append("GRANT CREATE ON SCHEMA \(Identifier(schema)) TO \(role);")
        }
        var seen: Set<String> = [self.role]
        for collection in observation.collections where seen.insert(collection.owner).inserted {
            let owner = Identifier(collection.owner)
            guard collection.isOwnerSuperuser else {
                lines.append("GRANT \(owner) TO \(role);")
                continue
            }
            lines += [
                "-- \(owner) is a superuser: membership would give far more than its tables. Give these to another role",
                "-- with ALTER TABLE ... OWNER TO, then run `vecsteward grants` again:",
            ]
            for other in observation.collections where other.owner == collection.owner {
                lines.append("--   \(Identifier.qualified(other.name.schema, other.name.table))")
            }
        }
        return lines
    }

    /// What a report tells of the queue and of recorded builds, where another role keeps them.
    private func stateToRead(_ role: Identifier) -> [String] {
        guard let state = observation.server.state else {
            return [
                "-- There is no queue here yet. When vecsteward maintains this database, run `vecsteward grants` again."
            ]
        }
        guard state.owner != self.role else { return [] }
        return ["-- Reads the queue and the baselines that vecsteward keeps, and what version they are of."]
            + BlindSpots.stateGrants(to: role)
    }

    /// Where the queue and the baselines are kept.
    private func ownState(_ role: Identifier) -> [String] {
        guard let state = observation.server.state, state.owner != self.role else {
            return [
                "-- The queue and the baselines are kept in a schema of the role's own.",
                "CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(role);",
            ]
        }
        let owner = Identifier(state.owner)
        guard state.isOwnerSuperuser else {
            return [
                "-- The queue and the baselines are there already, and only their owner may keep them.",
                "GRANT \(owner) TO \(role);",
            ]
        }
        let takeOver =
            ["ALTER SCHEMA vecsteward OWNER TO \(role);", "ALTER DOMAIN vecsteward.object_name OWNER TO \(role);"]
            + ["migration", "job", "build", "finding"].map { "ALTER TABLE vecsteward.\($0) OWNER TO \(role);" }
        return [
            "-- The queue and the baselines are there already, and belong to \(owner), a superuser: membership would give far",
            "-- more than these. Stop the vecsteward that runs as \(owner), and give them to this role:",
        ] + takeOver.map { "--   \($0)" } + stateToRead(role)
    }
}
