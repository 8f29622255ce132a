import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Databases that cannot be polled", .serialized)
struct DatabaseFailureTests {
    private let folder = TemporaryFolder()

    /// Runs the program where it must fail, and compares what it says in text, in JSON and by its exit code.
    private func expect(
        _ database: TestDatabase,
        user: String? = nil,
        password: String? = nil,
        named name: String? = nil,
        _ status: Int32,
        _ sqlState: String,
        hint: String
    ) async throws {
        for format in ["text", "json"] {
            let connection = try database.connection(user: user, database: name)
            let run = try await ProgramRun.of(
                ["--dry-run", "--exit-code", "--format", format, "--database", connection] + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": password ?? database.server.password()]
            )
            #expect(run.status == status, "\(sqlState): \(run.text)")
            #expect(run.errors.hasPrefix("vecsteward: database "), "\(run.errors)")
            #expect(run.errors.contains("\nHINT: ") && run.errors.contains(hint), "\(run.errors)")
            if format == "json" {
                let section = try run.report().databases[0]
                #expect((section.status, section.failure?.sqlState) == ("failed", sqlState))
                #expect(section.failure?.hint?.contains(hint) == true)
            } else {
                #expect(run.output.contains("\n  could not be polled: "))
                #expect(
                    run.output.contains("(SQLSTATE\n  \(sqlState))") || run.output.contains("(SQLSTATE \(sqlState))")
                )
            }
        }
    }

    @Test("a wrong password and an unknown role end with 77", arguments: TestServer.all)
    func password(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await expect(database, password: "zebra", 77, "28P01", hint: "~/.pgpass")
            try await expect(database, user: #"no"body"#, 77, "28P01", hint: "Check role and password")
        }
    }

    @Test("a role that may not log in, or not connect, ends with 77 and what fixes it", arguments: TestServer.all)
    func refusedRole(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let role = Identifier("role_\(database.name)")
            try await database.administer(
                """
                CREATE ROLE \(role) NOLOGIN PASSWORD 'few';
                REVOKE CONNECT ON DATABASE \(Identifier(database.name)) FROM PUBLIC;
                """
            )
            try await expect(database, user: role.name, password: "few", 77, "28000", hint: "LOGIN")
            try await database.administer("ALTER ROLE \(role) LOGIN")
            try await expect(database, user: role.name, password: "few", 77, "42501", hint: "vecsteward grants --role")
            try await database.administer("DROP ROLE \(role)")
        }
    }

    @Test("a database that is not there, closed or full ends with 69", arguments: TestServer.all)
    func unavailable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            for name in ["no_\(database.name)", "SASL role \"x\"'\\%", "é 🐘"] {
                try await expect(database, named: name, 69, "3D000", hint: "psql -l")
            }
            let role = Identifier("full_\(database.name)")
            try await database.administer("CREATE ROLE \(role) LOGIN PASSWORD 'few' CONNECTION LIMIT 0")
            try await expect(database, user: role.name, password: "few", 69, "53300", hint: "max_connections")
            try await database.administer("DROP ROLE \(role)")
            var admin = try await Connection.open(server.target(), timeout: .seconds(30), applicationName: "close")
            try await admin.run(script: "ALTER DATABASE \(Identifier(database.name)) ALLOW_CONNECTIONS false")
            try await expect(database, 69, "55000", hint: "Check the name of the database")
        }
    }

    @Test("a system catalog under lock ends with 69, and is no mistake of the program", arguments: TestServer.all)
    func lockedCatalog(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            var holder = try await database.connect()
            try await holder.run(script: "BEGIN; LOCK TABLE pg_catalog.pg_extension IN ACCESS EXCLUSIVE MODE")
            try await expect(database, 69, "55P03", hint: "locks a system catalog")
            holder.close()
        }
    }

    @Test("beside silent and refusing servers the others are complete, in the time of one", arguments: TestServer.all)
    func several(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE docs (vec vector(3))")
            let silent = try SilentServer()
            let path = try configurationFile(
                (0..<6).map { ("silent \($0)", silent.connection) }
                    + [("refused", refusedConnection), ("fine", database.connection())],
                connectTimeout: "3s",
                in: folder
            )
            let environment = ["PGPASSWORD": try server.password()]
            let start = ContinuousClock.now
            let run = try await ProgramRun.of(
                ["--dry-run", "--config", path, "--format", "json"],
                in: folder,
                environment: environment
            )
            #expect(start.duration(to: .now) < .seconds(15))
            #expect(run.status == 69)
            let databases = try run.report().databases
            #expect(databases.map(\.name) == (0..<6).map { "silent \($0)" } + ["refused", "fine"])
            #expect(databases.map(\.status) == Array(repeating: "failed", count: 7) + ["assessed"])
            #expect(databases[7].collections?.map(\.name) == ["public.docs.vec"])
            #expect(databases[0].failure?.message.contains("no answer from 127.0.0.1") == true)
            #expect(run.errors.split(separator: "\n").count { $0.hasPrefix("vecsteward: database ") } == 7)
        }
    }

    @Test("a refused role beside a good one ends with 77, and the text counts them", arguments: TestServer.all)
    func refusedBesideFine(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try configurationFile(
                [("closed", database.connection(user: "nobody")), ("fine", database.connection())],
                in: folder
            )
            // Found as ./config.json.
            let run = try await ProgramRun.of(
                ["--dry-run", "--exit-code"],
                in: folder,
                environment: ["PGPASSWORD": server.password()]
            )
            #expect(run.status == 77)
            #expect(run.output.contains("\nfine  (database \(database.name) on "))
            #expect(run.output.hasSuffix("\n2 databases: 1 could not be polled, 1 has nothing to do.\n"))
        }
    }
}
