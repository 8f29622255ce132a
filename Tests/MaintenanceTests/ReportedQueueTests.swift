import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The queue in a report")
struct ReportedQueueTests {
    @Test("is none where there is no schema, and an empty one where there is", arguments: TestServer.all)
    func empty(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let none = try await assess(database)
            #expect(none.queue == nil && none.snapshot.missingPrivileges.isEmpty)
            var connection = try await database.connect(as: .steward)
            _ = try await StateSchema.prepare(on: &connection, createIfMissing: true)
            #expect(try await assess(database).queue == QueueSnapshot(entries: []))
        }
    }

    @Test("has what is running first, then what failed, then the others as they begin", arguments: TestServer.all)
    func order(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let tables = ["a", "b", "c", "d", "e", "f", "g"]
            _ = try await JobQueue.enqueue(tables.map { SampleJobs.analyze($0) }, on: &connection)
            try await database.administer(
                """
                UPDATE vecsteward.job SET state = 'swapping', started_at = now() WHERE table_name = 'g';
                UPDATE vecsteward.job SET state = 'failed', finished_at = now(), failure_message = 'no', failure_hint = 'do'
                WHERE table_name = 'c';
                UPDATE vecsteward.job SET state = 'done', finished_at = now() WHERE table_name = 'a';
                UPDATE vecsteward.job SET state = 'cancelled', finished_at = now() WHERE table_name = 'f';
                UPDATE vecsteward.job SET state = 'waiting', not_before = now() + interval '1 hour' WHERE table_name = 'b';
                UPDATE vecsteward.job SET origin = 'person' WHERE table_name = 'e';
                """
            )
            let queue = try #require(try await assess(database).queue)
            #expect(queue.entries.map(\.record.job.targets[0].table) == ["g", "c", "e", "b", "d"])
            #expect((queue.total, queue.failed) == (5, 1))
            #expect(queue.entries[1].failure == QueueEntry.Failure(message: "no", hint: "do"))
            #expect(queue.entries[3].notBefore != nil)
        }
    }

    @Test("is bounded, and says how many there are", arguments: TestServer.all)
    func bound(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let jobs = (0...QueueSnapshot.limit).map { SampleJobs.analyze("t\($0)") }
            _ = try await JobQueue.enqueue(jobs, on: &connection)
            let queue = try #require(try await assess(database).queue)
            #expect(queue.entries.count == QueueSnapshot.limit)
            #expect(queue.total == Int64(QueueSnapshot.limit) + 1)
        }
    }

    @Test(
        "is a blind spot where the schema is of another version, and so are its baselines",
        arguments: TestServer.all,
        [
            (
                "INSERT INTO vecsteward.migration (version) VALUES (99)", 99,
                "as new as the one that manages this database"
            ),
            (
                "INSERT INTO vecsteward.migration (version) VALUES (99); ALTER TABLE vecsteward.job RENAME id TO number",
                99, "as new as the one that manages this database"
            ),
            (
                "DELETE FROM vecsteward.migration WHERE version > 1; ALTER TABLE vecsteward.job DROP COLUMN origin", 1,
                "The next vecsteward run upgrades the schema."
            ),
        ] as [(String, Int, String)]
    )
    func version(server: TestServer, other: (change: String, version: Int, sentence: String)) async throws {
        try await withState(on: server) { database, _ in
            try await database.administer(table("t", rows: 2_000) + other.change)
            let assessment = try await assess(database)
            #expect(assessment.queue == nil)
            #expect(assessment.snapshot.collections.count == 1)
            let sentence = try #require(assessment.snapshot.missingPrivileges.first)
            #expect(sentence.hasPrefix("The schema vecsteward has version \(other.version), and this program needs"))
            #expect(sentence.contains(other.sentence))
        }
    }

    @Test("is a blind spot while its table is locked", .timeLimit(.minutes(2)), arguments: TestServer.all)
    func locked(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            _ = try await connection.query("BEGIN")
            _ = try await connection.query("LOCK TABLE vecsteward.job IN ACCESS EXCLUSIVE MODE")
            let assessment = try await assess(database)
            #expect(assessment.queue == nil)
            let sentence = try #require(assessment.snapshot.missingPrivileges.first)
            #expect(sentence.contains("could not be read") && sentence.contains("55P03"))
        }
    }

    @Test("is read by another role with what a blind spot asks for, and with no more", arguments: TestServer.all)
    func granted(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let name = "re\"ader \(database.name)"
            let role = Identifier(name)
            try await database.administer(
                "CREATE ROLE \(role) LOGIN PASSWORD 'few'; GRANT pg_read_all_stats TO \(role)"
            )
            _ = try await JobQueue.enqueue([SampleJobs.analyze("t")], on: &connection)
            let conninfo = try database.conninfo(user: name, password: "few")
            let blind = try await assess(database, conninfo: conninfo)
            #expect(blind.queue == nil && blind.snapshot.missingPrivileges.count == 1)
            let grants = blind.snapshot.missingPrivileges[0].matches(of: /GRANT [^;]*;/).map { String($0.output) }
            #expect(grants.count == 2)
            for grant in grants { try await database.administer(grant) }
            let seen = try await assess(database, conninfo: conninfo)
            #expect(seen.snapshot.missingPrivileges.isEmpty && seen.queue?.total == 1)

            // The rows of a policy would be fewer than there are: that is said, and none of its code runs.
            try await database.administer(
                """
                ALTER TABLE vecsteward.job ENABLE ROW LEVEL SECURITY;
                CREATE FUNCTION public.trap() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
                CREATE POLICY trap ON vecsteward.job USING (public.trap());
                """
            )
            let hidden = try await assess(database, conninfo: conninfo)
            #expect(hidden.queue == nil)
            #expect(hidden.snapshot.missingPrivileges.first?.contains("row-level security policy") == true)
            #expect(hidden.snapshot.missingPrivileges.first?.contains("trapped") == false)
            try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    @Test("belongs to a superuser, and then grants gives no membership", arguments: TestServer.all)
    func superuserState(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            var superuser = try await database.connect()
            _ = try await StateSchema.prepare(on: &superuser, createIfMissing: true)
            let seen = try await assess(database).snapshot
            let script = GrantScript(snapshot: seen, role: "steward", purpose: .maintain).sql
            #expect(!script.contains("\nGRANT \"postgres\"") && !script.contains("CREATE SCHEMA"))
            // What it says to do instead is all there is to hand over.
            let role = Identifier("steward \(database.name)")
            let fixed = GrantScript(snapshot: seen, role: role.name, purpose: .maintain).sql
                .split(separator: "\n").map { $0.hasPrefix("--   ALTER") ? String($0.dropFirst(5)) : String($0) }
            try await database.administer(fixed.joined(separator: "\n"))
            try await database.administer("ALTER ROLE \(role) PASSWORD 'few'")
            let left = try await database.query(
                """
                SELECT count(*) AS number FROM pg_class
                WHERE relnamespace = 'vecsteward'::regnamespace AND relowner = 'postgres'::regrole
                """
            )
            #expect(try left.one()["number", as: Int.self] == 0)
            let conninfo = try database.conninfo(user: role.name, password: "few")
            var connection = try await Connection.open(
                try ConnectionTarget(parsing: conninfo),
                timeout: .seconds(30),
                applicationName: "vecsteward tests"
            )
            #expect(try await StateSchema.prepare(on: &connection, createIfMissing: true) == .ready)
            try await database.administer("DROP OWNED BY \(role) CASCADE; DROP ROLE \(role)")
        }
    }
}
