import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// What is said where not all statements can be read.
@Suite(
    "What can be read of searches",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadSourceTests {
    private let search = "SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 4;"

    @Test("without the extension nothing is, on a server that has it and on those that do not")
    func notInstalled() async throws {
        for server in TestServer.all + [.withStatements] {
            try await withDatabase(on: server) { database in
                try await database.execute(items + search)
                let isLoaded = server.version == TestServer.withStatements.version
                let seen = try await assess(database, conninfo: database.conninfo)
                #expect(seen.snapshot.searchSources == SearchSources(statements: .notInstalled(isLoaded: isLoaded)))
                #expect(try seen.searches().isEmpty)
                let few = try await assess(database, conninfo: try database.applicationConninfo())
                #expect(few.snapshot.searchSources == SearchSources(statements: .notInstalled(isLoaded: nil)))
            }
        }
    }

    @Test("a database without collections is not asked")
    func noCollections() async throws {
        try await withCountedStatements { database in
            try await database.execute("DROP TABLE items")
            #expect(try await assess(database).snapshot.searchSources == nil)
        }
    }

    @Test("without pg_read_all_stats only the role's own searches are, and the status says so")
    func notPermitted() async throws {
        try await withCountedStatements { database in
            try await database.execute(search)
            try await database.administer("SELECT id FROM items ORDER BY embedding <#> '[1,2,3]' LIMIT 1")
            let assessment = try await assess(database, conninfo: try database.applicationConninfo())
            let sources = try #require(assessment.snapshot.searchSources)
            #expect(sources.statements == .notPermitted)
            #expect(sources.notUnderstood == 0)
            #expect(try assessment.searches().one().shape.distanceMetric == .cosineDistance)
            #expect(try await database.searches().count == 2)
        }
    }

    @Test("an extension in a schema that the role may not use is not taken for one that is not installed")
    func schemaNotPermitted() async throws {
        let installing = "CREATE SCHEMA hidden; CREATE EXTENSION pg_stat_statements SCHEMA hidden"
        try await withCountedStatements(installing: installing) { database in
            try await database.execute(search)
            let assessment = try await assess(database, conninfo: try database.applicationConninfo())
            guard case .refused(let message) = try #require(assessment.snapshot.searchSources).statements else {
                Issue.record("the status is \(String(describing: assessment.snapshot.searchSources))")
                return
            }
            #expect(message == "permission denied for schema hidden")
            try await database.administer("GRANT USAGE ON SCHEMA hidden TO PUBLIC")
            let open = try await assess(database, conninfo: try database.applicationConninfo())
            #expect(try open.searches().count == 1)
        }
    }

    @Test(
        "what grants prints opens the schema of the extension where not every role may use it",
        arguments: GrantScript.Purpose.allCases
    )
    func schemaGranted(purpose: GrantScript.Purpose) async throws {
        let installing = "CREATE SCHEMA hidden; CREATE EXTENSION pg_stat_statements SCHEMA hidden"
        try await withCountedStatements(installing: installing) { database in
            let name = "reader_\(database.name)"
            func script() async throws -> String {
                let seen = try await Assessor(try database.connections()).observe()
                return GrantScript(snapshot: seen, role: name, purpose: purpose).sql
            }
            try await database.execute(search)
            let closed = try await script()
            let grant = "\nGRANT USAGE ON SCHEMA \"hidden\" TO \(Identifier(name));\n"
            #expect(closed.ranges(of: grant).count == 1, "\(closed)")
            let result = await Task {
                try await database.administer(closed + closed + "ALTER ROLE \(Identifier(name)) PASSWORD 'few'")
                let conninfo = try database.conninfo(user: name, password: "few")
                let assessment = try await assess(database, conninfo: conninfo)
                #expect(try #require(assessment.snapshot.searchSources).statements.isRead)
                #expect(try assessment.searches().count == 1)
            }.result
            try await database.administer("DROP OWNED BY \(Identifier(name)) CASCADE; DROP ROLE \(Identifier(name))")
            try result.get()
            try await database.administer("GRANT USAGE ON SCHEMA hidden TO PUBLIC")
            #expect(!(try await script()).contains("hidden"))
        }
    }

    @Test(
        "a setting that keeps the server from counting is named",
        arguments: [("pg_stat_statements.track", "none"), ("compute_query_id", "off")]
    )
    func notCounting(setting: String, value: String) async throws {
        try await withCountedStatements { database in
            let (role, name) = (Identifier(try database.user(.application)), Identifier(database.name))
            try await database.execute(search)
            try await database.administer("ALTER DATABASE \(name) SET \(setting) = '\(value)'")
            try await database.execute(search)
            let assessment = try await assess(database)
            let status = try #require(assessment.snapshot.searchSources).statements
            #expect(status == .notCounting(setting: setting, value: value))
            // What was counted before is still there.
            #expect(try assessment.searches().one().usage.calls == 1)
            try await database.administer("ALTER ROLE \(role) IN DATABASE \(name) SET \(setting) = DEFAULT")
        }
    }

    @Test("an extension whose library the server has not loaded is told from one that counts")
    func notLoaded() async throws {
        try await withPrivateServer(version: "17") { server in
            let database = try TestDatabase(named: "postgres", on: server.server)
            try await database.administer(
                "CREATE EXTENSION vector; CREATE EXTENSION pg_stat_statements;" + items + search
            )
            try await database.administer("CREATE ROLE few LOGIN PASSWORD 'few'")
            for conninfo in [database.conninfo, try database.conninfo(user: "few", password: "few")] {
                let assessment = try await assess(database, conninfo: conninfo)
                #expect(assessment.snapshot.searchSources == SearchSources(statements: .notLoaded))
            }
        }
    }

    @Test("texts without a meaning here are counted")
    func notFound() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TEMPORARY TABLE mine (v vector(3));
                SELECT 1 FROM mine ORDER BY v <-> '[1,2,3]' LIMIT 1;
                CREATE TABLE shapes (p point);
                SELECT 1 FROM shapes ORDER BY p <-> point '(1,2)' LIMIT 1;
                """ + search
            )
            let assessment = try await assess(database)
            #expect(try #require(assessment.snapshot.searchSources).notFound == 2)
            #expect(try #require(assessment.snapshot.searchSources).notUnderstood == 0)
            #expect(try assessment.searches().count == 1)
        }
    }

    @Test("searches of other databases are not among them")
    func otherDatabases() async throws {
        try await withCountedStatements { other in
            try await other.execute(search)
            try await withCountedStatements { database in
                let found = try await database.searches()
                #expect(found.isEmpty)
            }
        }
    }
}

extension TestDatabase {
    /// A connection string of the application.
    fileprivate func applicationConninfo() throws -> String {
        try conninfo(user: user(.application), password: server.password())
    }
}
