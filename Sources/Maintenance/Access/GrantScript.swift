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
            "-- Sees builds in progress and old snapshots of other roles.",
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
        if purpose == .maintain { lines += maintenance(role) }
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
        lines += [
            "-- The queue and the baselines are kept in a schema of the role's own.",
            "CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(role);",
        ]
        return lines
    }
}
