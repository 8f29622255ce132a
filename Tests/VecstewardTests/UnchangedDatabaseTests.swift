import DatabaseFixture
import Postgres
import Testing

@Suite("A dry run of the program changes nothing", .serialized)
struct UnchangedDatabaseTests {
    /// One line for each catalog, of every row and the transaction that wrote it, and one for the counters.
    private func fingerprint(_ database: TestDatabase) async throws -> [String] {
        let catalogs = [
            "pg_class", "pg_index", "pg_attribute", "pg_namespace", "pg_description", "pg_depend", "pg_statistic",
            "pg_proc", "pg_type", "pg_constraint", "pg_default_acl", "pg_extension",
        ]
        let parts = catalogs.map { catalog in
            "SELECT concat_ws(' ', '\(catalog)', count(*), md5(string_agg(c.xmin || c::text, '|' ORDER BY c.ctid))) FROM \(catalog) AS c"
        }
        let sql = """
            \(parts.joined(separator: " UNION ALL "))
            UNION ALL
            SELECT concat_ws(' ', 'counters', tup_inserted, tup_updated, tup_deleted, temp_files)
            FROM pg_stat_database WHERE datname = current_database()
            UNION ALL
            SELECT concat_ws(' ', relname, n_tup_ins, n_tup_upd, n_tup_del, last_analyze, last_vacuum)
            FROM pg_stat_user_tables
            UNION ALL
            -- Those of other tests come and go; none of them is named after this database.
            SELECT concat_ws(' ', 'roles', count(*)) FROM pg_roles
            WHERE strpos(rolname, current_database()) > 0 OR rolname = 'steward of nothing'
            """
        let lines = "SELECT lines.line AS line FROM (" + sql + ") AS lines (line)"
        let rows = try await database.query(Statement(lines))
        return try rows.map { try $0["line", as: String.self] }
    }

    @Test("neither reports nor grants write to the database", .timeLimit(.minutes(2)), arguments: TestServer.all)
    func unchanged(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE bare (vec vector(3));
                INSERT INTO bare SELECT ARRAY[g, 1, 2]::vector FROM generate_series(1, 2000) AS g;
                CREATE TABLE grown (vec vector(3));
                INSERT INTO grown SELECT * FROM bare;
                CREATE INDEX ON grown USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                INSERT INTO grown SELECT * FROM grown UNION ALL SELECT * FROM grown;
                COMMENT ON TABLE grown IS 'as it was';
                """
            )
            let folder = TemporaryFolder()
            let path = try configurationFile(
                [("app", database.connection())],
                rules: ["unindexed": ["mode": "act"], "stale-statistics": ["mode": "act"]],
                in: folder
            )
            // The counters of a session are there when it is gone.
            var before = try await fingerprint(database)
            var again = try await fingerprint(database)
            while before != again {
                before = again
                again = try await fingerprint(database)
            }
            for arguments in [
                ["--dry-run"], ["--dry-run", "--format", "json", "--exit-code"],
                ["grants", "--role", "steward of nothing", "--for", "maintain"],
            ] {
                let run = try await ProgramRun.of(
                    arguments + ["--config", path],
                    in: folder,
                    environment: ["PGPASSWORD": server.password()]
                )
                #expect(run.status == (arguments.contains("--exit-code") ? 1 : 0), "\(run.text)")
                if arguments == ["--dry-run"] {
                    #expect(run.sql().contains { $0.hasPrefix("DROP INDEX") || $0.hasPrefix("ALTER INDEX") })
                }
            }
            try await database.waitForEndOfSessions()
            #expect(try await fingerprint(database) == before)
        }
    }
}
