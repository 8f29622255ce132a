public import Advisor
internal import Postgres

/// The SQL that gives a role the privileges that vecsteward needs, and no more.
public struct GrantScript: Sendable {
    private let snapshot: CatalogSnapshot
    private let role: String
    private let purpose: Purpose

    /// What the role may do.
    public enum Purpose: String, Sendable, CaseIterable {
        /// `--dry-run`: read catalogs and statistics.
        case report
        /// Also build, rebuild and drop indexes.
        case maintain
    }

    /// Creates a script for the collections of one database.
    ///
    /// - Parameters:
    ///   - snapshot: A snapshot of the database, by any role.
    ///   - role: The role's name, as the catalog spells it.
    ///   - purpose: What the role may do.
    public init(snapshot: CatalogSnapshot, role: String, purpose: Purpose) {
        self.snapshot = snapshot
        self.role = role
        self.purpose = purpose
    }

    /// The script: complete statements with comments, safe to run again.
    public var sql: String {
        let role = Identifier(role)
        let quote = dollarQuote
        var lines = [
            "-- Least privilege for vecsteward in database \(Identifier(snapshot.server.database)): "
                + (purpose == .report ? "reporting only." : "reporting and index maintenance."),
            "-- Run it in that database as a superuser. Run it again when there are new collections.",
            "DO \(quote) BEGIN",
            "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \(Literal(self.role))) THEN",
            "        CREATE ROLE \(role) LOGIN;",
            "    END IF;",
            "END \(quote);",
            "GRANT CONNECT ON DATABASE \(Identifier(snapshot.server.database)) TO \(role);",
            "-- To see what other roles do: builds in progress, old snapshots, and sessions that block a build.",
            membership(in: "pg_read_all_stats"),
        ]
        if purpose == .maintain {
            lines += [
                "-- To check the free disk space of the data directory before a build; for a vecsteward on the same",
                "-- host. This role reads every setting. Without it, free disk space is not checked.",
                membership(in: "pg_read_all_settings"),
            ]
        }
        for schema in schemas { lines.append("GRANT USAGE ON SCHEMA \(Identifier(schema)) TO \(role);") }
        lines += statements(role)
        lines += columns(role)
        lines += purpose == .maintain ? maintenance(role) + ownState(role) : stateToRead(role)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Makes the role a member of another one, with its privileges but without SET ROLE.
    private func membership(in other: String) -> String {
        // Before PostgreSQL 16, INHERIT is a property of the role, not of the membership.
        let options = snapshot.server.versionNumber >= 160_000 ? " WITH INHERIT TRUE, SET FALSE" : ""
        // Only predefined roles have such names.
        let name = other.hasPrefix("pg_") ? other : Identifier(other).sql
        return "GRANT \(name) TO \(Identifier(role))\(options);"
    }

    /// Grants the use of pg_stat_statements where its schema is not open to every role.
    private func statements(_ role: Identifier) -> [String] {
        guard let schema = snapshot.server.closedStatementsSchema, !schemas.contains(schema) else { return [] }
        return [
            "-- To read in pg_stat_statements how collections are searched.",
            "GRANT USAGE ON SCHEMA \(Identifier(schema)) TO \(role);",
        ]
    }

    /// Grants access to the statistics of the column, if it does not come with the membership in an owner.
    private func columns(_ role: Identifier) -> [String] {
        var lines: [String] = []
        for collection in snapshot.collections {
            guard purpose == .report || collection.homes.contains(where: \.isOwnerSuperuser) else { continue }
            for relation in collection.relations {
                let table = Identifier.qualified(relation.schema, relation.table)
                lines.append("GRANT SELECT (\(Identifier(collection.name.column))) ON TABLE \(table) TO \(role);")
            }
        }
        return (lines.isEmpty ? [] : ["-- To see how many rows have a vector; it reads no other column."]) + lines
    }

    /// The quotes around the body of the DO statement, which the name of the role does not contain.
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
        if let schema = snapshot.server.pgvector?.schema, !schemas.isEmpty, !schemas.contains(schema),
            schema != snapshot.server.closedStatementsSchema
        {
            lines += [
                "-- To use the operator classes.", "GRANT USAGE ON SCHEMA \(Identifier(schema)) TO \(role);",
            ]
        }
        if !tablespaces.isEmpty { lines.append("-- To rebuild an index in its tablespace.") }
        for tablespace in tablespaces {
            lines.append("GRANT CREATE ON TABLESPACE \(Identifier(tablespace)) TO \(role);")
        }
        lines.append("-- Only the owner of a table may build an index on it, and needs CREATE on its schema.")
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

    /// Grants read access to the queue and the recorded builds, if another role owns them.
    private func stateToRead(_ role: Identifier) -> [String] {
        guard let state = snapshot.server.state else {
            return [
                "-- This database has no queue yet. When vecsteward maintains it, run `vecsteward grants` again."
            ]
        }
        guard state.owner != self.role else { return [] }
        return ["-- To read the queue and the baselines of vecsteward, and their schema version."]
            + MissingPrivileges.stateGrants(to: role)
    }

    /// The schema of the queue and the baselines.
    private func ownState(_ role: Identifier) -> [String] {
        guard let state = snapshot.server.state, state.owner != self.role else {
            return [
                "-- The role gets its own schema for the queue and the baselines.",
                "CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(role);",
            ]
        }
        guard state.isOwnerSuperuser else {
            return [
                "-- The queue and the baselines already exist, and only their owner may write them.",
                membership(in: state.owner),
            ]
        }
        let owner = Identifier(state.owner)
        let takeOver =
            ["ALTER SCHEMA vecsteward OWNER TO \(role);", "ALTER DOMAIN vecsteward.object_name OWNER TO \(role);"]
            // An older version has not made all of them yet.
            + StateSchema.tables.map { "ALTER TABLE IF EXISTS vecsteward.\($0) OWNER TO \(role);" }
        return [
            "-- The queue and the baselines already exist, and belong to \(owner), a superuser: membership would give far",
            "-- more than these. Stop the vecsteward that runs as \(owner), and give the tables to this role:",
        ] + takeOver.map { "--   \($0)" } + stateToRead(role)
    }
}

extension Collection {
    /// The schemas and owners of the table and its partitions, each once and in a fixed order.
    fileprivate var homes: [Home] {
        [home] + partitionHomes.subtracting([home]).sorted { ($0.schema, $0.owner) < ($1.schema, $1.owner) }
    }
}
