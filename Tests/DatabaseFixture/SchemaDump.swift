import Foundation

extension TestDatabase {
    /// What the server's own `pg_dump --schema-only` prints of the database, without vecsteward's schema, comments and blank lines.
    ///
    /// - Returns: The lines; a name or a comment may span several.
    public func schemaDump() async throws -> [String] {
        let program = try PrivateServer.binaries(of: server.version) + "/pg_dump"
        let ended = try await Command.run(
            program,
            ["--schema-only", "--exclude-schema=vecsteward", "--dbname", conninfo],
            adding: ["LC_ALL": "C"]
        )
        guard ended.status == 0 else { throw FixtureError("pg_dump ended with \(ended.status): \(ended.errors)") }
        return ended.output.split(separator: "\n").map(String.init).filter { line in
            // What keeps psql from running what a name holds is another word in each dump.
            !line.hasPrefix("--") && !line.hasPrefix("\\restrict ") && !line.hasPrefix("\\unrestrict ")
        }
    }
}
