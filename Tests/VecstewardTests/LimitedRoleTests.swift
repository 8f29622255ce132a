import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Reports as a role with few privileges", .serialized)
struct LimitedRoleTests {
    private let folder = TemporaryFolder()

    /// A table of another role, whose IVFFlat index it has outgrown.
    private func fill(_ database: TestDatabase, owner: Identifier) async throws {
        try await database.administer(
            """
            CREATE ROLE \(owner);
            CREATE SCHEMA "own data" AUTHORIZATION \(owner);
            CREATE TABLE "own data"."Docs" (id bigint, vec vector(3));
            INSERT INTO "own data"."Docs" SELECT g, ARRAY[g, 1, 2]::vector FROM generate_series(1, 2000) AS g;
            CREATE INDEX ON "own data"."Docs" USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
            INSERT INTO "own data"."Docs" SELECT * FROM "own data"."Docs" UNION ALL SELECT * FROM "own data"."Docs";
            ALTER TABLE "own data"."Docs" OWNER TO \(owner);
            """
        )
    }

    private func drop(_ roles: [Identifier], from database: TestDatabase) async throws {
        let list = roles.map(\.description).joined(separator: ", ")
        try await database.administer("DROP OWNED BY \(list) CASCADE; DROP ROLE \(list)")
    }

    @Test("what it cannot see is said with the GRANT that fixes it, and it does fix it", arguments: TestServer.all)
    func blindSpots(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let (role, owner) = (Identifier(#"f"ew \#(database.name)"#), Identifier("owner_\(database.name)"))
            try await fill(database, owner: owner)
            try await database.administer("CREATE ROLE \(role) LOGIN PASSWORD 'few'")
            let run = try await ProgramRun.dryRun(
                on: database,
                ["--format", "json"],
                user: role.name,
                password: "few"
            )
            #expect((run.status, run.errors) == (0, ""))
            let section = try run.report().databases[0]
            #expect(section.collections?.map(\.rows.value) == [6_000])
            #expect(section.rules("own data.Docs.vec").contains("outgrown"))
            let rebuild = try #require(section.jobs?.first { $0.kind == "rebuild_index" })
            #expect(rebuild.disposition == "refused")
            #expect(rebuild.why?.contains("is not a member of \(owner.name), the owner of the table") == true)
            let sentences = section.blindSpots ?? []
            #expect(sentences.count == 2)

            let text = try await ProgramRun.dryRun(on: database, user: role.name, password: "few")
            #expect(text.output.split(separator: "\n").count { $0.hasPrefix("  ! Role f\"ew \(database.name) ") } == 2)
            for sentence in sentences {
                let grants = sentence.matches(of: /GRANT [^;]*;/).map { String($0.output) }
                #expect(!grants.isEmpty)
                try await database.paste(grants)
            }
            let fixed = try await ProgramRun.dryRun(on: database, user: role.name, password: "few")
            #expect(!fixed.output.contains("\n  ! Role "))
            try await drop([role, owner], from: database)
        }
    }

    @Test(
        "what grants prints lets a role report without a blind spot, and then carry out what is printed",
        arguments: TestServer.all
    )
    func grants(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let role = Identifier(#"st"ew'ard $vecsteward$ %s \ 🐘 "# + database.name)
            let owner = Identifier(#"ow"ner "# + database.name)
            try await fill(database, owner: owner)
            // A name that no quoting may miss; the fixture drops the database under its own.
            let hostile = #"da"ta'base $vecsteward$ %s \; "# + database.name
            try await rename(database.name, to: hostile, on: server)
            let result = await Task { try await granted(database, named: hostile, role: role) }.result
            try await rename(hostile, to: database.name, on: server)
            try result.get()
            try await drop([role, owner], from: database)
        }
    }

    private func rename(_ name: String, to other: String, on server: TestServer) async throws {
        var admin = try await Connection.open(server.target(), timeout: .seconds(30), applicationName: "rename")
        // Sessions that have just ended may take a moment to be gone; the server waits for them itself.
        try await admin.run(script: "ALTER DATABASE \(Identifier(name)) RENAME TO \(Identifier(other))")
    }

    private func granted(_ database: TestDatabase, named name: String, role: Identifier) async throws {
        let superuser = ["PGPASSWORD": try database.server.password()]
        let connection = try database.connection(database: name)
        let target = try database.server.target().replacing(database: name)
        for purpose in ["report", "maintain"] {
            let grants = try await ProgramRun.of(
                ["grants", "--role", role.name, "--for", purpose, "--database", connection] + ProgramRun.patiently,
                in: folder,
                environment: superuser
            )
            #expect((grants.status, grants.errors) == (0, ""))
            var admin = try await Connection.open(target, timeout: .seconds(30), applicationName: "grants")
            // It can be run twice.
            try await admin.run(script: grants.output)
            try await admin.run(script: grants.output)
            try await admin.run(script: "ALTER ROLE \(role) PASSWORD 'few'")
            let run = try await ProgramRun.of(
                ["--dry-run", "--database", database.connection(user: role.name, database: name)]
                    + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": "few"]
            )
            #expect((run.status, run.errors) == (0, ""))
            #expect(!run.output.contains("\n  ! Role "), "\(run.output)")
            #expect(run.output.contains("~6,000"))
            #expect(run.output.contains("  -> would run: rebuild") == (purpose == "maintain"), "\(run.output)")
            guard purpose == "maintain" else { continue }
            let asRole = target.replacing(user: role.name).replacing(password: "few")
            var maintainer = try await Connection.open(asRole, timeout: .seconds(30), applicationName: "maintain")
            for line in run.sql() { try await maintainer.run(script: line) }
            let valid = try await admin.query(
                """
                SELECT count(*) AS number FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                WHERE indisvalid AND reltuples = 6000 AND relname LIKE '%vec_idx'
                """
            )
            #expect(try valid.one()["number", as: Int.self] == 1)
        }
    }
}
