internal import Grammar
internal import Postgres

/// A role that runs statements, and the settings that it starts its sessions with.
struct SearchingRole {
    var name: String
    /// Whether it can log in; otherwise sessions become it by SET ROLE.
    var canLogIn = true
    /// Settings by name: of the role in this database, of the role, and of the database.
    var inDatabase: [String: String] = [:]
    var everywhere: [String: String] = [:]
    var ofDatabase: [String: String] = [:]

    /// The settings that bear on vector searches.
    static let settings = [
        "ivfflat.probes", "ivfflat.iterative_scan", "ivfflat.max_probes", "hnsw.ef_search", "hnsw.iterative_scan",
        "hnsw.max_scan_tuples", "hnsw.scan_mem_multiplier", "enable_indexscan", "enable_seqscan", "enable_sort",
        "enable_bitmapscan", "random_page_cost", "seq_page_cost",
    ]

    /// The schemas in which the role's statements look for names, in order.
    ///
    /// - Parameter path: The search path of the function that the names are in, if it has its own.
    /// - Returns: The names of the schemas.
    func schemas(path: String? = nil) -> [String] {
        let path =
            path ?? inDatabase["search_path"] ?? everywhere["search_path"] ?? ofDatabase["search_path"]
            ?? "\"$user\", public"
        let listed = Self.names(in: path).map { $0 == "$user" ? name : $0 }
        return listed.contains("pg_catalog") ? listed : ["pg_catalog"] + listed
    }

    /// The names of a list such as `"$user", public`, as the server reads it.
    static func names(in list: String) -> [String] {
        var names: [String] = []
        var name = ""
        var isQuoted = false
        var wasQuoted = false
        func end() {
            if wasQuoted || !name.isEmpty { names.append(name) }
            (name, wasQuoted) = ("", false)
        }
        var characters = list.makeIterator()
        var pending: Character?
        while let character = pending ?? characters.next() {
            pending = nil
            if isQuoted {
                guard character == "\"" else {
                    name.append(character)
                    continue
                }
                pending = characters.next()
                if pending == "\"" {
                    name.append("\"")
                    pending = nil
                } else {
                    isQuoted = false
                }
            } else if character == "\"" {
                (isQuoted, wasQuoted) = (true, true)
            } else if character == "," {
                end()
            } else if !character.isWhitespace {
                name += character.lowercased()
            }
        }
        end()
        return names
    }

    /// Reads the roles of these object identifiers, and the settings of each.
    static func statement(for oids: Set<UInt32>) -> Postgres.Statement {
        Postgres.Statement(
            PackageResources.searching_roles_sql,
            [oids.sorted().map { Int64($0) }, settings + ["search_path"]]
        )
    }

    /// Adds rows of `searching_roles.sql`, of which a role may have several.
    static func read(_ rows: Rows, into roles: inout [UInt32: SearchingRole]) throws(PostgresError) {
        for row in rows {
            let oid = try row.oid("oid")
            let name = try row["name", as: String.self]
            var role = roles[oid] ?? SearchingRole(name: name)
            role.canLogIn = try row["can_log_in", as: Bool.self]
            if let (name, text) = try row["entry", as: String?.self].flatMap(CatalogOption.split) {
                let setting = name.lowercased()
                let value = Setting.shown(text, of: setting)
                switch (try row["is_of_role", as: Bool.self], try row["is_of_database", as: Bool.self]) {
                case (true, true): role.inDatabase[setting] = value
                case (true, false): role.everywhere[setting] = value
                default: role.ofDatabase[setting] = value
                }
            }
            roles[oid] = role
        }
    }
}
