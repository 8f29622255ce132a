public import Advisor
internal import Postgres

/// The SQL that gives a role what vecsteward needs, and no more.
public struct GrantScript: Sendable {
    private let snapshot: CatalogSnapshot
    private let role: String
    private let purpose: Purpose

    /// What the role is for.
    public enum Purpose: String, Sendable, CaseIterable {
        /// `--dry-run`: it reads catalogs and statistics.
        case report
        /// Building, rebuilding and dropping indexes too.
        case maintain
    }

    /// Makes a script for the collections of one database.
    ///
    /// - Parameters:
    ///   - snapshot: What was seen in the database, by any role.
    ///   - role: The role's name, as the catalog spells it.
    ///   - purpose: What the role is for.
    public init(snapshot: CatalogSnapshot, role: String, purpose: Purpose) {
        self.snapshot = snapshot
        self.role = role
        self.purpose = purpose
    }

    /// The script: complete statements with comments, which can be run again without harm.
    public var sql: String {
        let role = Identifier(role)
        let quote = dollarQuote
        var lines = [
            "-- Least privilege for vecsteward in database \(Identifier(snapshot.server.database)): "
                + (purpose == .report ? "reporting alone." : "reporting and index maintenance."),
            "-- Run it in that database as a superuser. It can be run again, as when there are new collections.",
            "DO \(quote) BEGIN",
            "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \(Literal(self.role))) THEN",
            "        CREATE ROLE \(role) LOGIN;",
            "    END IF;",
            "END \(quote);",
            "GRANT CONNECT ON DATABASE \(Identifier(snapshot.server.database)) TO \(role);",
            "-- Sees what other roles do: builds in progress, old snapshots, and who holds up a build.",
            membership(in: "pg_read_all_stats"),
        ]
        if purpose == .maintain {
            lines += [
                "-- Knows where the data directory is, and so its free disk space before a build; for a vecsteward on the same",
                "-- host. It shows every setting: where that is too much leave it out, and free disk space is not looked at.",
                membership(in: "pg_read_all_settings"),
            ]
        }
        for schema in schemas { lines.append("GRANT USAGE ON SCHEMA \(Identifier(schema)) TO \(role);") }
        lines += columns(role)
        lines += purpose == .maintain ? maintenance(role) + ownState(role) : stateToRead(role)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Makes the role a member of another one, to have its privileges but not to become it.
    private func membership(in other: String) -> String {
        // Before PostgreSQL 16 it is the role, and not the membership, that inherits or does not.
        let options = snapshot.server.versionNumber >= 160_000 ? " WITH INHERIT TRUE, SET FALSE" : ""
        // Only the server's own roles have such names.
        let name = other.hasPrefix("pg_") ? other : Identifier(other).sql
        return "GRANT \(name) TO \(Identifier(role))\(options);"
    }

    /// What lets the statistics of the column be seen where that does not come with the membership in an owner.
    private func columns(_ role: Identifier) -> [String] {
        var lines: [String] = []
        for collection in snapshot.collections {
            guard purpose == .report || collection.homes.contains(where: \.isOwnerSuperuser) else { continue }
            for relation in collection.relations {
                let table = Identifier.qualified(relation.schema, relation.table)
                lines.append("GRANT SELECT (\(Identifier(collection.name.column))) ON TABLE \(table) TO \(role);")
            }
        }
        return (lines.isEmpty ? [] : ["-- Sees how many rows have a vector, and reads no other column."]) + lines
    }

    /// What stands around the body of the DO statement: nothing that the name of the role holds.
    private var dollarQuote: String {
        var tag = "vecsteward"
        while role.contains("$\(tag)$") { tag += "_" }
        return "$\(tag)$"
    }

    private var schemas: [String] { unique(snapshot.collections.flatMap(\.homes).map(\.schema)) }

    private var tablespaces: [String] {
        unique(snapshot.collections.flatMap(\.relations).flatMap(\.indexes).compactMap(\.tablespace))
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func maintenance(_ role: Identifier) -> [String] {
        var lines: [String] = []
        if let schema = snapshot.server.pgvector?.schema, !schemas.isEmpty, !schemas.contains(schema) {
            lines += [
                "-- An index names its operator class.", "GRANT USAGE ON SCHEMA \(Identifier(schema)) TO \(role);",
            ]
        }
        if !tablespaces.isEmpty { lines.append("-- An index is rebuilt where it is.") }
        for tablespace in tablespaces {
            lines.append("GRANT CREATE ON TABLESPACE \(Identifier(tablespace)) TO \(role);")
        }
        lines.append("-- Only the owner of a table may build an index on it, and needs CREATE on its schema for it.")
        for schema in schemas {
            lines.append("GRANT CREATE ON SCHEMA \(Identifier(schema)) TO \(role);")
        }
        var seen: Set<String> = [self.role]
        for home in snapshot.collections.flatMap(\.homes) where seen.insert(home.owner).inserted {
            guard home.isOwnerSuperuser else {
                lines.append(membership(in: home.owner))
                continue
            }
            lines += [
                "-- \(Identifier(home.owner)) is a superuser: membership would give far more than its tables. Give these to",
                "-- another role with ALTER TABLE ... OWNER TO, then run `vecsteward grants` again:",
            ]
            for collection in snapshot.collections {
                guard collection.homes.contains(where: { $0.owner == home.owner }) else { continue }
                let name = Identifier.qualified(collection.name.schema, collection.name.table)
                lines.append("--   \(name)\(collection.owner == home.owner ? "" : " (partitions of it)")")
            }
        }
        return lines
    }

    /// What a report tells of the queue and of recorded builds, where another role keeps them.
    private func stateToRead(_ role: Identifier) -> [String] {
        guard let state = snapshot.server.state else {
            return [
                "-- There is no queue here yet. When vecsteward maintains this database, run `vecsteward grants` again."
            ]
        }
        guard state.owner != self.role else { return [] }
        return ["-- Reads the queue and the baselines that vecsteward keeps, and what version they are of."]
            + MissingPrivileges.stateGrants(to: role)
    }

    /// Where the queue and the baselines are kept.
    private func ownState(_ role: Identifier) -> [String] {
        guard let state = snapshot.server.state, state.owner != self.role else {
            return [
                "-- The queue and the baselines are kept in a schema of the role's own.",
                "CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(role);",
            ]
        }
        guard state.isOwnerSuperuser else {
            return [
                "-- The queue and the baselines are there already, and only their owner may keep them.",
                membership(in: state.owner),
            ]
        }
        let owner = Identifier(state.owner)
        let takeOver =
            ["ALTER SCHEMA vecsteward OWNER TO \(role);", "ALTER DOMAIN vecsteward.object_name OWNER TO \(role);"]
            // An older version has not made all of them yet.
            + StateSchema.tables.map { "ALTER TABLE IF EXISTS vecsteward.\($0) OWNER TO \(role);" }
        return [
            "-- The queue and the baselines are there already, and belong to \(owner), a superuser: membership would give far",
            "-- more than these. Stop the vecsteward that runs as \(owner), and give them to this role:",
        ] + takeOver.map { "--   \($0)" } + stateToRead(role)
    }
}

extension Collection {
    /// Where the table and its partitions are, and whose, each once and in a fixed order.
    fileprivate var homes: [Home] {
        [home] + partitionHomes.subtracting([home]).sorted { ($0.schema, $0.owner) < ($1.schema, $1.owner) }
    }
}
