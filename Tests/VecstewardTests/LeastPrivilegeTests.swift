import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("The privileges that grants prints", .timeLimit(.minutes(15)))
struct LeastPrivilegeTests {
    /// What is no longer to be had without a privilege.
    private struct Loss {
        var grant: String
        var arguments: [String]
        var status: Int32
        var words: String
    }

    /// Runs a test with an outgrown collection whose owner has nothing but the table: the database, the schemas of table and
    /// extension and the tablespace of the index are others', and nothing of them is everybody's.
    private func withGuardedCollection(
        on server: TestServer,
        _ body: (TestDatabase, Identifier) async throws -> Void
    ) async throws {
        try await withDatabase(on: server, extension: false) { database in
            let tablespace = Identifier("space \(database.name)")
            var administrator = try await database.connect()
            _ = try await administrator.query("SET allow_in_place_tablespaces = on")
            _ = try await administrator.query("CREATE TABLESPACE \(tablespace) LOCATION ''")
            let result: Result<Void, any Error>
            do {
                try await fill(database, tablespace)
                result = .success(try await body(database, tablespace))
            } catch {
                result = .failure(error)
            }
            _ = try? await administrator.query("DROP TABLE IF EXISTS area.docs")
            _ = try? await administrator.query("DROP TABLESPACE \(tablespace)")
            try result.get()
        }
    }

    private func fill(_ database: TestDatabase, _ tablespace: Identifier) async throws {
        try await database.administer(
            """
            ALTER DATABASE \(Identifier(database.name)) OWNER TO CURRENT_USER;
            REVOKE ALL ON DATABASE \(Identifier(database.name)) FROM PUBLIC;
            CREATE SCHEMA extensions;
            CREATE EXTENSION vector SCHEMA extensions;
            CREATE SCHEMA area;
            CREATE TABLE area.docs AS SELECT g AS id, ('[' || g || ',1,2]')::extensions.vector(3) AS vec
            FROM generate_series(1, 1500) AS g;
            CREATE INDEX by_hand ON area.docs USING ivfflat (vec extensions.vector_l2_ops) WITH (lists = 30)
            TABLESPACE \(tablespace);
            INSERT INTO area.docs SELECT * FROM area.docs UNION ALL SELECT * FROM area.docs;
            ALTER TABLE area.docs OWNER TO \(Identifier(try database.user(.application)));
            """
        )
        try await database.waitForEndOfSessions()
    }

    /// What is printed, without its comments.
    private func grants(_ database: TestDatabase) async throws -> [String] {
        let run = try await database.run(
            ["grants", "--role", database.user(.steward), "--for", "maintain"],
            user: database.user(.superuser)
        )
        #expect((run.status, run.errors) == (0, ""))
        return run.output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("GRANT ") }
    }

    private func asSteward(_ arguments: [String], _ database: TestDatabase) async throws -> ProgramRun {
        try await database.run(arguments, user: database.user(.steward))
    }

    @Test(
        "are each needed: without one of them something is missing, and it is said what fixes it",
        arguments: TestServer.all
    )
    func eachIsNeeded(server: TestServer) async throws {
        try await withGuardedCollection(on: server) { database, tablespace in
            try await database.grant()
            let rebuild = ["rebuild", "area.docs"]
            let steward = Identifier(try database.user(.steward))
            let application = Identifier(try database.user(.application))
            let losses = [
                Loss(
                    grant: "CONNECT ON DATABASE \(Identifier(database.name))",
                    arguments: ["--dry-run"],
                    status: 77,
                    words: "permission denied for database"
                ),
                Loss(
                    grant: "pg_read_all_stats",
                    arguments: ["--dry-run"],
                    status: 0,
                    words: "To fix this: GRANT pg_read_all_stats TO \(steward);"
                ),
                Loss(
                    grant: "pg_read_all_settings",
                    arguments: rebuild,
                    status: 0,
                    words: "to fix: GRANT pg_read_all_settings TO \(steward);"
                ),
                Loss(
                    grant: "USAGE ON SCHEMA \"area\"",
                    arguments: ["--dry-run"],
                    status: 0,
                    words: "GRANT USAGE ON SCHEMA \"area\" TO \(steward);"
                ),
                Loss(
                    grant: "USAGE ON SCHEMA \"extensions\"",
                    arguments: rebuild,
                    status: 77,
                    words: "may not use schema extensions, which contains pgvector's operator classes"
                ),
                Loss(
                    grant: "CREATE ON TABLESPACE \(tablespace)",
                    arguments: rebuild,
                    status: 77,
                    words: "may not create in tablespace \(tablespace.name), where the index is kept"
                ),
                Loss(
                    grant: "CREATE ON SCHEMA \"area\"",
                    arguments: rebuild,
                    status: 77,
                    words: "may not create in schema area"
                ),
                Loss(
                    grant: "\(application)",
                    arguments: rebuild,
                    status: 77,
                    words: "is not a member of \(application.name)"
                ),
            ]
            let printed = try await grants(database)
            let plain = printed.map { $0.replacing(" WITH INHERIT TRUE, SET FALSE", with: "") }
            #expect(plain == losses.map { "GRANT \($0.grant) TO \(steward);" })
            for (grant, loss) in zip(printed, losses) {
                try await database.administer("REVOKE \(loss.grant) FROM \(steward)")
                let run = try await asSteward(loss.arguments, database)
                #expect(run.status == loss.status, "without \(loss.grant): \(run.text)")
                #expect(
                    run.text.replacing(/\s+/, with: " ").contains(loss.words),
                    "without \(loss.grant): \(run.text)"
                )
                if loss.status != 0 {
                    #expect(run.errors.contains(/HINT: .*`vecsteward grants --role NAME --for/), "\(run.errors)")
                }
                try await database.administer(grant)
            }
            let whole = try await asSteward(rebuild, database)
            #expect(whole.status == 0, "\(whole.text)")
            #expect(!whole.text.contains("to fix: GRANT") && !whole.text.contains("To fix this"), "\(whole.text)")
            #expect(try await database.usableIndexes(of: "area.docs") == ["by_hand"])
        }
    }

    @Test("do for a role that inherits nothing by itself, and do not let it become another", arguments: TestServer.all)
    func membership(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.administer("CREATE ROLE \(Identifier(try database.user(.steward))) LOGIN NOINHERIT")
            let run = try await database.run(["run", "--once"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try await database.isRebuilt())
            var steward = try await database.connect(as: .steward)
            let application = Identifier(try database.user(.application))
            do throws(PostgresError) {
                _ = try await steward.query("SET ROLE \(application)")
                Issue.record("it has become the owner of the tables")
            } catch {
                #expect(error.sqlState == .insufficientPrivilege)
            }
        }
    }

    @Test(
        "without pg_read_all_stats it builds, tells how far it is and who holds it up, but not what strangers do",
        arguments: TestServer.all
    )
    func strangers(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let steward = try database.user(.steward)
            try await database.grant()
            try await database.administer("REVOKE pg_read_all_stats FROM \(Identifier(steward))")
            var stranger = try await database.connect(applicationName: "a stranger")
            var own = try await database.connect(as: .application, applicationName: "a long report")
            for sql in ["BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT FROM pg_class LIMIT 1"] {
                try await stranger.run(script: sql)
                try await own.run(script: sql)
            }
            let unseen =
                "process \(stranger.processID) (role \"\(try database.user(.superuser))\", application 'a stranger', "
                + "its state shows only to a member of pg_read_all_stats)"
            let seen =
                "process \(own.processID) (role \"\(try database.user(.application))\", "
                + "application 'a long report', idle in transaction"
            let daemon = try await Daemon.start(on: [database], user: steward, password: server.password())
            try await database.waitForEndOfBuild()
            let list = try await asSteward(["jobs"], database)
            #expect(list.output.contains("waiting for old snapshots"), "\(list.text)")
            // The build waits at its end for one after the other, and which is first is not said.
            var (hasToldUnseen, hasToldSeen) = (false, false)
            while !(hasToldUnseen && hasToldSeen) {
                if !hasToldUnseen, daemon.text.contains("the build waits for " + unseen) {
                    hasToldUnseen = true
                    _ = try await stranger.query("COMMIT")
                }
                if !hasToldSeen, daemon.text.contains("the build waits for " + seen) {
                    hasToldSeen = true
                    _ = try await own.query("COMMIT")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            try await database.waitForEmptyQueue()
            #expect(try await database.isRebuilt())
            #expect(await daemon.end() == 0)
        }
    }
}
