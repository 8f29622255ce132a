/// Code that the owner of a table hangs on it, and that tells the server's log whose rights it runs with.
public enum PlantedCode {
    /// A script that makes `planted(way text)`, which is true, for a place named `way`; it runs `told(way)` for that.
    ///
    /// - Parameter schema: Where they are, a name that needs no quotes.
    /// - Returns: The script.
    public static func functions(in schema: String = "public") -> String {
        """
        CREATE FUNCTION \(schema).told(way text) RETURNS void VOLATILE LANGUAGE plpgsql AS $$ BEGIN
            RAISE LOG 'planted code of % (%) ran as (%)', current_database(), way, current_user;
        END $$;
        CREATE FUNCTION \(schema).planted(way text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
            PERFORM \(schema).told(way);
            RETURN TRUE;
        END $$;

        """
    }

    /// With whose rights the code of each place has run, as far as the server has told.
    public static func rights(in database: TestDatabase) throws -> [String: Set<String>] {
        let pattern = /planted code of (?<database>\S+) \((?<way>\S+)\) ran as \((?<role>\S+)\)/
        var found: [String: Set<String>] = [:]
        for line in try database.server.log().split(separator: "\n") {
            guard let match = try? pattern.firstMatch(in: line), match.database == database.name else { continue }
            found[String(match.way), default: []].insert(String(match.role))
        }
        return found
    }

    /// Whether the code of one place has run with the rights of a role.
    public static func hasRun(_ way: String, as role: TestRole, in database: TestDatabase) throws -> Bool {
        try database.server.log()
            .contains("planted code of \(database.name) (\(way)) ran as (\(try database.user(role)))")
    }
}
